package inprocess

import (
	"fmt"
	"slices"

	"curfew/shared/fault"
)

// Changes made in IAM without Curfew. They reach the control plane at once and are enforced after propagation.
// [IAM.Calls] does not count them. Error kinds are those of IAM: NotFound, Quota, Invalid, or Denied for a protected
// role.

func (w *IAM) byHand(do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := do(); err != nil {
		return &fault.Error{Kind: kindOf(err), Text: "by hand: " + err.Error(), Err: err}
	}
	return nil
}

func (w *IAM) edit(arn string, change func(*principal) error) error {
	return w.byHand(func() error {
		p, err := w.writable(arn, allowAny)
		if err != nil {
			return err
		}
		c := p.cloneForChange()
		if err := change(c); err != nil {
			return err
		}
		w.publish(arn, c)
		return nil
	})
}

// PutRolePolicyByHand creates or replaces an inline policy.
func (w *IAM) PutRolePolicyByHand(arn, name, document string) error {
	return w.byHand(func() error { return w.putInline(arn, name, document, allowAny) })
}

// DeleteRolePolicyByHand deletes an inline policy.
func (w *IAM) DeleteRolePolicyByHand(arn, name string) error {
	return w.byHand(func() error { return w.deleteInline(arn, name, allowAny) })
}

// AttachByHand attaches a managed policy.
func (w *IAM) AttachByHand(arn, policy string) error {
	return w.byHand(func() error { return w.attach(arn, policy, allowAny) })
}

// DetachByHand detaches a managed policy.
func (w *IAM) DetachByHand(arn, policy string) error {
	return w.byHand(func() error { return w.detach(arn, policy, allowAny) })
}

// CreatePolicyByHand creates a customer managed policy of this ARN.
func (w *IAM) CreatePolicyByHand(policy, document string) error {
	return w.byHand(func() error { return w.createPolicy(policy, document) })
}

// DeleteRole deletes a role or user and its policies.
func (w *IAM) DeleteRole(arn string) error {
	return w.byHand(func() error {
		if _, err := w.writable(arn, allowAny); err != nil {
			return err
		}
		w.publish(arn, nil)
		return nil
	})
}

// RecreateRole deletes a role or user and creates it again, as a pipeline does: same name, trust policy, tags and
// boundary, but no policies. It returns the new unique id.
func (w *IAM) RecreateRole(arn string) (id string, err error) {
	err = w.edit(arn, func(p *principal) error {
		w.ids++
		id = fmt.Sprintf("AROA%017d", w.ids)
		if p.user() {
			id = fmt.Sprintf("AIDA%017d", w.ids)
		}
		p.id, p.attached = id, nil
		clear(p.inline)
		return nil
	})
	return id, err
}

// SetTag sets a tag, and replaces one whose key differs only in case.
func (w *IAM) SetTag(arn, key, value string) error {
	return w.edit(arn, func(p *principal) error {
		p.tags = p.tags.set(key, value)
		return nil
	})
}

// RemoveTag removes a tag. Case is ignored. A missing tag is success, as in IAM.
func (w *IAM) RemoveTag(arn, key string) error {
	return w.edit(arn, func(p *principal) error {
		p.tags.remove(key)
		return nil
	})
}

// SetBoundary sets the permissions boundary; an empty ARN removes it.
func (w *IAM) SetBoundary(arn, policy string) error {
	return w.edit(arn, func(p *principal) error {
		if policy != "" {
			if _, err := w.getPolicy(policy); err != nil {
				return err
			}
		}
		p.boundary = policy
		return nil
	})
}

// Principals returns the sorted ARNs of all principals.
func (w *IAM) Principals() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var arns []string
	for _, a := range w.accounts {
		for _, t := range a.principals {
			if p := t.now(); p != nil {
				arns = append(arns, p.arn)
			}
		}
	}
	slices.Sort(arns)
	return arns
}
