package accesstest_test

import (
	"fmt"
	"math/bits"

	"github.com/anishathalye/porcupine"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// lifeState is one elevation that needs two approvals, as the model of linearizability knows it: all verbs on it happen
// one after the other, each at once.
type lifeState struct {
	state            access.State
	approved, denied uint8 // who did, one bit a person
}

const needed = 2

// verb is what is asked of an elevation.
type verb string

// The verbs. Granting stores twice, and others may come between: it is two operations of the same time.
const (
	approve     verb = "approve"
	deny        verb = "deny"
	withdraw    verb = "withdraw"
	lapse       verb = "lapse"
	end         verb = "end"
	get         verb = "get"
	beginGrant  verb = "begin granting"
	finishGrant verb = "finish granting"
)

// asked is a verb by somebody; who counts for decisions only.
type asked struct {
	verb verb
	who  uint8 // one bit; 0: somebody who may not decide
}

// answered is what he was told.
type answered struct {
	kind  fault.Kind
	state access.State // if the verb tells it
}

// model is the elevation as a sequential specification. An answer that never came, or that says the call may have taken
// effect all the same, leaves two possible states.
func model() porcupine.Model {
	return (&porcupine.NondeterministicModel{
		Init: func() []any { return []any{lifeState{state: access.Requested}} },
		Step: func(state, input, output any) []any {
			var next []any
			for _, s := range step(state.(lifeState), input.(asked), output.(answered)) {
				next = append(next, s)
			}
			return next
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v: %v", input, output) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%v", state) },
	}).ToModel()
}

// step gives the states that may follow; none: nobody who did this in that state could be told so.
func step(s lifeState, in asked, out answered) []lifeState {
	next, kind := s.after(in)
	switch {
	case out.kind == fault.Transient && next == s:
		return []lifeState{s}
	case out.kind == fault.Transient:
		return []lifeState{s, next}
	case out.kind != kind, out.state != "" && out.state != next.state:
		return nil
	}
	return []lifeState{next}
}

// after is what a verb makes of the elevation, and of what kind the error is that its caller gets.
func (s lifeState) after(in asked) (lifeState, fault.Kind) {
	switch in.verb {
	case approve, deny:
		return s.decide(in.verb == approve, in.who)
	case withdraw:
		return s.move(access.WithdrawnState, access.WithdrawnState, access.Requested, access.Approved)
	case lapse:
		next := s
		if s.state == access.Requested {
			next.state = access.LapsedState
		}
		if next.state == access.Approved {
			return next, ""
		}
		return next, fault.Lapsed
	case end:
		if s.state == access.Requested || s.state == access.Approved {
			return s, fault.Conflict
		}
		next, _ := s.move(access.Revoking, "", access.Granting, access.Active)
		return next, ""
	case beginGrant:
		return s.move(access.Granting, access.Active, access.Approved, access.Granting)
	case finishGrant:
		return s.move(access.Active, access.Active, access.Granting)
	}
	return s, ""
}

// decide is one person's word. The same word again is success, whatever became of the elevation.
func (s lifeState) decide(yes bool, who uint8) (lifeState, fault.Kind) {
	did, other := s.approved, s.denied
	if !yes {
		did, other = other, did
	}
	switch {
	case who == 0:
		return s, fault.Denied
	case did&who != 0:
		return s, ""
	case other&who != 0 || s.state != access.Requested:
		return s, fault.Conflict
	case !yes:
		s.denied, s.state = s.denied|who, access.DeniedState
		return s, ""
	}
	s.approved |= who
	if bits.OnesCount8(s.approved) >= needed {
		s.state = access.Approved
	}
	return s, ""
}

// move is a move to a state from some others; where it is there already, or in a state that is as good, it is success.
func (s lifeState) move(to, asGood access.State, from ...access.State) (lifeState, fault.Kind) {
	for _, f := range from {
		if s.state == f {
			s.state = to
			return s, ""
		}
	}
	if s.state == to || s.state == asGood {
		return s, ""
	}
	return s, fault.Conflict
}
