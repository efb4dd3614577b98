package iampolicy

import (
	"fmt"
	"slices"
)

// DenyGrant returns a policy that denies what filled, fenced policies allow: each Allow statement becomes a Deny under
// the same conditions. The Deny therefore concerns only the principal and session of the fence, and has no effect after
// it. Deny statements are left out: AWS denies their calls already.
//
// DenyGrant returns a [*FenceError] for a policy with an incomplete fence, because its Deny would never end, and for
// policies without an Allow.
func DenyGrant(filled ...[]byte) ([]byte, error) {
	out := &Document{}
	for i, b := range filled {
		if _, _, err := Fenced(b); err != nil {
			return nil, fmt.Errorf("policy %d: %w", i, err)
		}
		d, err := Parse(b)
		if err != nil {
			return nil, err
		}
		out.Version = d.Version // all parts of a policy have the same
		for _, s := range d.Statements {
			if s.Effect != Allow {
				continue
			}
			s.Effect, s.Sid = Deny, "" // a Sid is unique only within its document
			out.Statements = append(out.Statements, s)
		}
	}
	if len(out.Statements) == 0 {
		return nil, &FenceError{Statement: -1, Why: "there is no Allow to deny"}
	}
	return out.Bytes(), nil
}

// DenyAll is like [DenyGrant] but denies every action on every resource, which is shorter. It also has no effect after
// the fence. It concerns every session that the fence's aws:userid matches: one session only if the grant was bound to
// one.
func DenyAll(filled []byte) ([]byte, error) {
	if _, _, err := Fenced(filled); err != nil {
		return nil, err
	}
	d, err := Parse(filled)
	if err != nil {
		return nil, err
	}
	fence := slices.DeleteFunc(slices.Clone(d.Statements[0].Conditions), func(c Condition) bool {
		return c.Key != keyCurrentTime && c.Key != keyUserID
	})
	out := &Document{Version: d.Version, Statements: []Statement{{
		Effect: Deny, Actions: []string{"*"}, Resources: []string{"*"}, Conditions: fence,
	}}}
	return out.Bytes(), nil
}

// OnlyDenies reports whether a policy has statements and each is a Deny.
func OnlyDenies(policy []byte) bool {
	d, err := Parse(policy)
	return err == nil && len(d.Statements) > 0 && !slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Effect != Deny })
}
