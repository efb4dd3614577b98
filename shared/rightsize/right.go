package rightsize

import (
	"slices"

	"curfew/shared/iampolicy"
)

// right is one Allow, ready to be asked: as it is, and on any resource. It has no conditions: a record does not say what they saw.
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
