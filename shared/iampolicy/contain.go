package iampolicy

import (
	"fmt"
	"slices"
)

// Counter gives the policy that denies what filled, fenced policies allow: each
// of their Allow statements under the same conditions, as a Deny. It therefore
// concerns only the principal and the session of the fence, and is dead with it.
// Their own Deny statements are left out: what they deny is denied already.
//
// It refuses, as [*FenceError], a policy whose fence is not whole, because the
// Deny would then have no end; and policies that allow nothing.
func Counter(filled ...[]byte) ([]byte, error) {
	out := &Document{}
	for i, b := range filled {
		if _, _, err := Fenced(b); err != nil {
			return nil, fmt.Errorf("policy %d: %w", i, err)
		}
		d, err := Parse(b)
		if err != nil {
			return nil, err
		}
		out.Version = d.Version // parts of one policy have one
		for _, s := range d.Statements {
			if s.Effect != Allow {
				continue
			}
			s.Effect, s.Sid = Deny, "" // a Sid is unique in its document only
			out.Statements = append(out.Statements, s)
		}
	}
	if len(out.Statements) == 0 {
		return nil, &FenceError{Statement: -1, Why: "there is no Allow to deny"}
	}
	return out.Bytes(), nil
}

// CounterAll is [Counter] with every action on every resource in the place of
// what was allowed: shorter, and still dead with the fence. It concerns whatever
// aws:userid the fence names, which is one session only if it was bound to one.
func CounterAll(filled []byte) ([]byte, error) {
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

// OnlyDenies reports whether a policy has statements, and each is a Deny.
func OnlyDenies(policy []byte) bool {
	d, err := Parse(policy)
	return err == nil && len(d.Statements) > 0 && !slices.ContainsFunc(d.Statements, func(s Statement) bool { return s.Effect != Deny })
}
