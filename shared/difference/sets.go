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

func setsOf(own iampolicy.Policies, grant []*iampolicy.Document) sets {
	s := sets{granted: reach.Of(reach.Layers{Identity: grant})}
	all, with := []*iampolicy.Document(nil), slices.Clone(grant)
	for _, n := range own.Identity {
		all = append(all, n.Document)
		if denies := deniesOf(n.Document); denies != nil {
			with = append(with, denies)
			s.refuse(n.Name, reach.Layers{Identity: append(slices.Clone(grant), denies)})
		}
	}
	s.denied = reach.Difference(s.granted, reach.Of(reach.Layers{Identity: with}))
	if own.Boundary != nil {
		s.refuse("", reach.Layers{Identity: grant, Boundary: own.Boundary})
	}
	// The principal's own Allows are held: here only its Denies can matter.
	s.held = reach.Of(reach.Layers{Identity: all, Boundary: own.Boundary})
	s.added = reach.Difference(reach.Of(reach.Layers{Identity: with, Boundary: own.Boundary}), s.held)
	return s
}

func (s *sets) refuse(by string, left reach.Layers) {
	s.refusing = append(s.refusing, refusal{by, reach.Difference(s.granted, reach.Of(left))})
}

// deniesOf is nil if a document has no Deny.
func deniesOf(d *iampolicy.Document) *iampolicy.Document {
	less := &iampolicy.Document{Version: d.Version}
	for _, s := range d.Statements {
		if s.Effect == iampolicy.Deny {
			less.Statements = append(less.Statements, s)
		}
	}
	if less.Statements == nil {
		return nil
	}
	return less
}
