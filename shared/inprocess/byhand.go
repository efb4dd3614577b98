package inprocess

import (
	"fmt"
	"slices"

	"curfew/shared/fault"
)

// What people and other tools do to IAM beside Curfew. Each takes the ARN of a role or user, works at once in the control
// plane and is enforced when it has propagated, is not counted as a call of Curfew's, and fails as IAM would: NotFound,
// Quota, Invalid, or Denied for a protected role.

// byHand does something as somebody with all rights.
func (w *IAM) byHand(do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := do(); err != nil {
		return &fault.Error{Kind: kindOf(err), Text: "by hand: " + err.Error(), Err: err}
	}
	return nil
}

// edit changes a copy of the principal and publishes it.
func (w *IAM) edit(arn string, change func(*principal) error) error {
	return w.byHand(func() error {
		p, err := w.writable(arn, anybody)
		if err != nil {
			return err
		}
		c := p.changed()
		if err := change(c); err != nil {
			return err
		}
		w.publish(arn, c)
		return nil
	})
}

// PutRolePolicyByHand puts or changes an inline policy.
func (w *IAM) PutRolePolicyByHand(arn, name, document string) error {
	return w.byHand(func() error { return w.putInline(arn, name, document, anybody) })
}

// DeleteRolePolicyByHand deletes an inline policy.
func (w *IAM) DeleteRolePolicyByHand(arn, name string) error {
	return w.byHand(func() error { return w.deleteInline(arn, name, anybody) })
}

// AttachByHand attaches a managed policy.
func (w *IAM) AttachByHand(arn, policy string) error {
	return w.byHand(func() error { return w.attach(arn, policy, anybody) })
}

// DetachByHand detaches a managed policy.
func (w *IAM) DetachByHand(arn, policy string) error {
	return w.byHand(func() error { return w.detach(arn, policy, anybody) })
}

// CreatePolicyByHand creates a customer managed policy of this ARN.
func (w *IAM) CreatePolicyByHand(policy, document string) error {
	return w.byHand(func() error { return w.createPolicy(policy, document) })
}

// DeleteRole deletes a role or user with all that is on it.
func (w *IAM) DeleteRole(arn string) error {
	return w.byHand(func() error {
		if _, err := w.writable(arn, anybody); err != nil {
			return err
		}
		w.publish(arn, nil)
		return nil
	})
}

// RecreateRole deletes a role or user and makes it anew, as a pipeline does: the same name, trust policy, tags and
// boundary, no policies, and another unique id, which is the result.
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

// SetTag sets a tag. It replaces one whose key differs in case alone.
func (w *IAM) SetTag(arn, key, value string) error {
	return w.edit(arn, func(p *principal) error {
		p.tags = p.tags.set(key, value)
		return nil
	})
}

// RemoveTag removes a tag, in whatever case its key is; one that is not there is success, as in IAM.
func (w *IAM) RemoveTag(arn, key string) error {
	return w.edit(arn, func(p *principal) error {
		p.tags.remove(key)
		return nil
	})
}

// SetBoundary sets the permissions boundary to this policy; an empty ARN removes it.
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

// Principals are the ARNs of all principals that there are, in order.
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
