package linear

import (
	"fmt"
	"math/bits"

	"github.com/anishathalye/porcupine"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// lifeState is one elevation that needs two approvals, in the model of linearizability. Its verbs happen one after the
// other, atomically.
type lifeState struct {
	state            access.State
	approved, denied uint8 // one bit per person
	turned           uint8 // who approved before they denied
}

const needed = 2

// verb is an operation on an elevation.
type verb string

// The verbs. Granting writes twice, with others possibly between: it is two concurrent operations.
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

// asked is a verb of a caller; who matters only for decisions.
type asked struct {
	verb verb
	who  uint8 // one bit; 0: may not decide
}

// answered is the result for the caller.
type answered struct {
	kind  fault.Kind
	state access.State // if the verb returns it
}

// model is the elevation as a sequential specification. A lost answer, or one that says that the call may have taken
// effect, leaves two possible states.
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

// step returns the possible next states; nil: this answer is impossible in this state.
func step(s lifeState, in asked, out answered) []lifeState {
	next, kind := s.after(in)
	switch {
	case out.kind == fault.Transient && next == s:
		return []lifeState{s}
	case out.kind == fault.Transient:
		return []lifeState{s, next}
	case in.verb == approve && s.turned&in.who != 0 && out == (answered{state: s.state}):
		return []lifeState{s} // found its approval, and read the elevation after the denial
	case out.kind != kind, out.state != "" && out.state != next.state:
		return nil
	}
	return []lifeState{next}
}

// after returns the elevation after a verb, and the error kind for the caller.
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

// decide applies one person's decision. A repeat succeeds in every state. An approver may deny until the elevation is decided.
func (s lifeState) decide(yes bool, who uint8) (lifeState, fault.Kind) {
	did := s.approved
	if !yes {
		did = s.denied
	}
	switch {
	case who == 0:
		return s, fault.Denied
	case did&who != 0:
		return s, ""
	case s.state != access.Requested:
		return s, fault.Conflict
	case !yes:
		s.turned, s.approved = s.turned|s.approved&who, s.approved&^who
		s.denied, s.state = s.denied|who, access.DeniedState
		return s, ""
	}
	s.approved |= who
	if bits.OnesCount8(s.approved) >= needed {
		s.state = access.Approved
	}
	return s, ""
}

// move is a transition from some states; it is success if already there, or in a state as good.
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
