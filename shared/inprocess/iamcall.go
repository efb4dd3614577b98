package inprocess

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/iamcall"
	"curfew/shared/iampolicy"
)

type apiError struct{ code, message string }

func (e *apiError) Error() string { return e.code + ": " + e.message }

func apiErrorf(code, format string, args ...any) error {
	return &apiError{code, fmt.Sprintf(format, args...)}
}

func codeOf(err error) string {
	if e, ok := errors.AsType[*apiError](err); ok {
		return e.code
	}
	return ""
}

func kindOf(err error) fault.Kind {
	if err == nil {
		return ""
	}
	return iamcall.KindOf(codeOf(err))
}

// call makes one AWS call: atomic, counted, with an injected fault if any.
func (w *IAM) call(action string, do func() error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls[action]++
	if w.settings.Fault != nil {
		if code := w.settings.Fault(action); code != "" {
			return apiErrorf(code, "%s was made to fail", action)
		}
	}
	return do()
}

// permission is the IAM condition under which the caller may change a principal.
type permission func(*principal) bool

func allowAny(*principal) bool { return true }

// get returns a principal's newest version, or an older one if stale.
func (w *controlPlane) get(arn string, stale bool) (*principal, error) {
	t := w.find(arn)
	if t == nil {
		return nil, noSuchEntity(arn)
	}
	p := t.now()
	if stale && w.settings.StaleReads != nil {
		p = t.asOf(w.settings.Now().Add(-w.settings.StaleReads()))
	}
	if p == nil || p.arn != arn {
		return nil, noSuchEntity(arn)
	}
	return p, nil
}

func noSuchEntity(arn string) error { return apiErrorf("NoSuchEntity", "%s cannot be found", arn) }

// writable returns a principal for a write, if the caller may change it and AWS does not protect it.
func (w *controlPlane) writable(arn string, may permission) (*principal, error) {
	p, err := w.get(arn, false)
	if err != nil {
		return nil, err
	}
	if !may(p) {
		return nil, apiErrorf("AccessDenied", "no identity-based policy allows the action on %s", arn)
	}
	if parts, _ := iamarn.Parse(arn); parts.Protected() {
		return nil, apiErrorf("UnmodifiableEntity", "%s is only modifiable by AWS", arn)
	}
	return p, nil
}

func (w *controlPlane) putInline(arn, name, text string, may permission) error {
	p, err := w.writable(arn, may)
	if err != nil {
		return err
	}
	doc, err := newDocument(text)
	if err != nil {
		return apiErrorf("MalformedPolicyDocument", "%v", err)
	}
	if old, ok := p.inline[name]; ok && old.text == text {
		return nil
	}
	c := p.cloneForChange()
	delete(c.inline, name)
	if room, _ := c.remainingQuota(); doc.size > room {
		return apiErrorf("LimitExceeded", "policy %s: more than the %d characters of room that %s has", name, room, arn)
	}
	c.inline[name] = doc
	w.publish(arn, c)
	return nil
}

func (w *controlPlane) deleteInline(arn, name string, may permission) error {
	p, err := w.writable(arn, may)
	if err != nil {
		return err
	}
	if _, ok := p.inline[name]; !ok {
		return apiErrorf("NoSuchEntity", "the policy with name %s cannot be found", name)
	}
	c := p.cloneForChange()
	delete(c.inline, name)
	w.publish(arn, c)
	return nil
}

func (w *controlPlane) createPolicy(arn, text string) error {
	parts, ok := iamarn.Parse(arn)
	if !ok || parts.Kind != "policy" {
		return apiErrorf("InvalidInput", "%s is not the ARN of a policy", arn)
	}
	a := w.account(parts.Account)
	if a.names[strings.ToLower(parts.Name)] { // names are unique across paths
		return apiErrorf("EntityAlreadyExists", "a policy called %s already exists", parts.Name)
	}
	doc, err := newDocument(text)
	if err != nil {
		return apiErrorf("MalformedPolicyDocument", "%v", err)
	}
	if n := iampolicy.Size([]byte(text)); n > managedQuota {
		return apiErrorf("LimitExceeded", "policy %s: %d characters, more than %d", parts.Name, n, managedQuota)
	}
	w.revision++
	a.add(parts, &managed{arn: arn, document: doc})
	return nil
}

func (w *controlPlane) getPolicy(arn string) (*managed, error) {
	if m := w.policy(arn); m != nil {
		return m, nil
	}
	return nil, noSuchEntity(arn)
}

func (w *controlPlane) attach(arn, policy string, may permission) error {
	p, err := w.writable(arn, may)
	if err != nil {
		return err
	}
	if w.policy(policy) == nil {
		return apiErrorf("NoSuchEntity", "policy %s does not exist or is not attachable", policy)
	}
	if slices.Contains(p.attached, policy) {
		return nil
	}
	if _, room := p.remainingQuota(); room == 0 {
		return apiErrorf("LimitExceeded", "%s has %d policies attached", arn, len(p.attached))
	}
	c := p.cloneForChange()
	c.attached = append(c.attached, policy)
	w.publish(arn, c)
	return nil
}

func (w *controlPlane) detach(arn, policy string, may permission) error {
	p, err := w.writable(arn, may)
	if err != nil {
		return err
	}
	i := slices.Index(p.attached, policy)
	if i < 0 {
		return apiErrorf("NoSuchEntity", "policy %s was not found", policy)
	}
	c := p.cloneForChange()
	c.attached = slices.Delete(c.attached, i, i+1)
	w.publish(arn, c)
	return nil
}

// holders is ListEntitiesForPolicy: who has the policy attached, and who has it as boundary.
func (w *controlPlane) holders(policy string) (attached, bounded []string, err error) {
	if _, err := w.getPolicy(policy); err != nil {
		return nil, nil, err
	}
	parts, _ := iamarn.Parse(policy)
	a := w.accounts[parts.Account]
	for _, t := range a.principals {
		p := t.now()
		if p != nil && slices.Contains(p.attached, policy) {
			attached = append(attached, p.arn)
		}
		if p != nil && strings.EqualFold(p.boundary, policy) {
			bounded = append(bounded, p.arn)
		}
	}
	for _, g := range a.groups {
		if slices.Contains(g.attached, policy) {
			attached = append(attached, g.arn)
		}
	}
	slices.Sort(attached)
	slices.Sort(bounded)
	return attached, bounded, nil
}

func (w *controlPlane) deletePolicy(policy string) error {
	attached, bounded, err := w.holders(policy)
	if err != nil {
		return err
	}
	if len(attached)+len(bounded) > 0 {
		return apiErrorf("DeleteConflict", "policy %s is still attached to an entity", policy)
	}
	w.revision++
	parts, _ := iamarn.Parse(policy)
	delete(w.accounts[parts.Account].policies, strings.ToLower(policy))
	delete(w.accounts[parts.Account].names, strings.ToLower(parts.Name))
	return nil
}
