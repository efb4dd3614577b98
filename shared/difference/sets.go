package difference

import (
	"slices"

	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

func unreadable(n iampolicy.Named) bool {
	if n.Document == nil {
		return true
	}
	_, err := n.Document.Rules()
	return err != nil
}

// sets are calls.
type sets struct {
	granted  *reach.Set // what the grant alone allows
	held     *reach.Set // what the principal has
	added    *reach.Set
	refusing []refusal
	denied   *reach.Set // what all Denies may refuse: most actions need no look at each
}

// refusal is what one policy refuses of the grant.
type refusal struct {
	by  string // name of a policy of the principal; "" is the boundary
	set *reach.Set
}

// setsOf leaves out statements that decide nothing for certain. The principal's own Denies and boundary bind the grant, so what it has
// needs only its Allows: a call that they refuse is in neither.
func setsOf(own iampolicy.Policies, grant []*iampolicy.Document, steps *reach.Steps) sets {
	s := sets{granted: reach.Of(reach.Layers{Identity: grant, Steps: steps})}
	when := conditions(append(slices.Clone(grant), own.Boundary))
	var all, allows []*iampolicy.Document
	with := slices.Clone(grant)
	for _, n := range own.Identity {
		all, allows = append(all, n.Document), append(allows, only(n.Document, iampolicy.Allow, when, steps))
		if denies := only(n.Document, iampolicy.Deny, when, steps); denies != nil {
			with = append(with, denies)
			s.refuse(n.Name, reach.Layers{Identity: append(slices.Clone(grant), denies), Steps: steps})
		}
	}
	s.denied = reach.Difference(s.granted, reach.Of(reach.Layers{Identity: with, Steps: steps}))
	if own.Boundary != nil {
		s.refuse("", reach.Layers{Identity: grant, Boundary: own.Boundary, Steps: steps})
	}
	s.held = reach.Of(reach.Layers{Identity: all, Boundary: own.Boundary, Steps: steps})
	s.added = reach.Difference(reach.Of(reach.Layers{Identity: with, Boundary: own.Boundary, Steps: steps}), reach.Of(reach.Layers{Identity: allows, Steps: steps}))
	return s
}

func (s *sets) refuse(by string, left reach.Layers) {
	s.refusing = append(s.refusing, refusal{by, reach.Difference(s.granted, reach.Of(left))})
}

// conditions are those of Allows.
func conditions(documents []*iampolicy.Document) (all []iampolicy.Condition) {
	for _, d := range documents {
		if d == nil {
			continue
		}
		rules, err := d.Rules()
		if err != nil {
			continue // no condition: less is certain
		}
		for _, r := range rules {
			if r.Allow {
				all = append(all, r.Conditions...)
			}
		}
	}
	return all
}

// only has the statements of one effect, without those with a condition that the others never imply. It is nil if there are none.
func only(d *iampolicy.Document, effect iampolicy.Effect, when []iampolicy.Condition, steps *reach.Steps) *iampolicy.Document {
	rules, err := d.Rules()
	if err != nil {
		return nil // begin has read it
	}
	less := &iampolicy.Document{Version: d.Version}
	for i, r := range rules {
		if s := d.Statements[i]; s.Effect == effect && !slices.ContainsFunc(r.Conditions, func(c iampolicy.Condition) bool {
			return steps.Over() || !steps.AnyImplies(when, c)
		}) {
			less.Statements = append(less.Statements, s)
		}
	}
	if less.Statements == nil {
		return nil
	}
	return less
}
