package rightsize

import (
	"fmt"
	"slices"

	"curfew/shared/iampolicy"
)

// RefusedError is a recorded call that keeps a policy from being printed.
type RefusedError struct {
	Use Use
	Why string
}

// Error names the call.
func (e *RefusedError) Error() string {
	on := "an unknown resource"
	if e.Use.Resource != "" {
		on = e.Use.Resource
	}
	return fmt.Sprintf("the recorded call %s on %s %s", e.Use.Action, on, e.Why)
}

// right is one Allow, ready to be asked: as it is, and without its resources for a call whose resource is not known. Conditions are left
// out: they stay as they are, and a record does not say what they saw.
type right struct{ exact, anywhere *iampolicy.Document }

func rightOf(s iampolicy.Statement) (right, error) {
	s.Conditions = nil
	one := func(s iampolicy.Statement) (*iampolicy.Document, error) {
		d := iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{s}}
		return iampolicy.Parse(d.Bytes())
	}
	exact, err := one(s)
	if err != nil {
		return right{}, err
	}
	s.Resources, s.NotResources = []string{"*"}, nil
	anywhere, err := one(s)
	return right{exact, anywhere}, err
}

// allows asks the evaluator.
func (r right) allows(u Use) bool {
	call, d := iampolicy.Call{Action: u.Action, Resource: u.Resource}, r.exact
	if u.Resource == "" {
		call.Resource, d = "*", r.anywhere
	}
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}, call).Outcome == iampolicy.Allowed
}

// denies are the Deny statements of a policy that no condition and no placeholder leaves open.
type denies struct{ exact, anywhere *iampolicy.Document }

func deniesOf(t *template) denies {
	exact, anywhere := iampolicy.Document{Version: t.doc.Version}, iampolicy.Document{Version: t.doc.Version}
	for i, s := range t.doc.Statements {
		tree := t.items[i]
		open := slices.ContainsFunc(append(texts(member(tree, "Resource")), texts(member(tree, "NotResource"))...), isOpen)
		if s.Effect != iampolicy.Deny || open || member(tree, "Condition") != nil {
			continue
		}
		exact.Statements = append(exact.Statements, s)
		if slices.Contains(s.Resources, "*") {
			anywhere.Statements = append(anywhere.Statements, s)
		}
	}
	return denies{prepared(exact), prepared(anywhere)}
}

// prepared is parsed once, for many calls; nil: it has no statement.
func prepared(d iampolicy.Document) *iampolicy.Document {
	if parsed, err := iampolicy.Parse(d.Bytes()); err == nil && len(d.Statements) > 0 {
		return parsed
	}
	return nil
}

// has reports whether a Deny surely refuses a use; of an unknown resource, only one on every resource.
func (x denies) has(u Use) bool {
	call, d := iampolicy.Call{Action: u.Action, Resource: u.Resource}, x.exact
	if u.Resource == "" {
		call.Resource, d = "*", x.anywhere
	}
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}, call).Outcome == iampolicy.ExplicitDeny
}

// prove asks the evaluator for every use: each Allow that had it before must have it now, with the conditions that it had. It returns the
// first use of which that is not so.
func (x *run) prove() error {
	now := make([]*right, len(x.allows))
	for i, a := range x.allows {
		if a.gone() {
			continue
		}
		r, err := rightOf(a.result())
		if err != nil {
			return fmt.Errorf("the new policy cannot be read: %w", err)
		}
		now[i] = &r
	}
	for _, u := range x.uses {
		had := false
		for i, a := range x.allows {
			if !a.before.allows(u) {
				continue
			}
			had = true
			if now[i] == nil || !now[i].allows(u) || u.Resource == "" && a.written != nil {
				return &RefusedError{u, "is not allowed by the new policy: this is a fault of Curfew; keep the old policy"}
			}
		}
		if !had {
			return &RefusedError{u, "is not allowed by the policy that was given: was the policy another one then, or is part of it missing?"}
		}
		for _, t := range x.templates {
			if t.denies.has(u) {
				return &RefusedError{u, "is denied by the policy that was given: was the policy another one then?"}
			}
		}
	}
	return nil
}
