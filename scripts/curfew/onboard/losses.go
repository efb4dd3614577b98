package onboard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// Loss is what one statement of the boundary takes away.
type Loss struct {
	By    string `json:"by"`              // the statement
	When  string `json:"when,omitempty"`  // its conditions; "" if it has none
	Where string `json:"where,omitempty"` // an example of its resources; "" if they are all
	// Actions are allowed today, and denied with the boundary. If the statement has wildcards they are examples.
	Actions  []string `json:"actions"`
	Examples bool     `json:"examples"`
	From     []string `json:"from"` // the statements that allow them today
}

// trial compares today's policies with those under the boundary.
type trial struct {
	before, after iampolicy.Policies
	account       string
	base          iampolicy.Context
	actions       []string // all that are tried
	untried       []string
}

// allow is an Allow statement of today, with a context that meets its conditions.
type allow struct {
	iampolicy.Statement
	from string
	met  iampolicy.Context
}

// losses returns what the boundary would take from the identity policies. Their present boundary, if any, applies until
// then. untried are the statements for whose conditions no example is known.
func losses(s Subject, account string, until, boundary *iampolicy.Document) (all []Loss, untried []string) {
	t := trial{
		before: iampolicy.Policies{Identity: s.Identity, Boundary: until}, after: iampolicy.Policies{Identity: s.Identity, Boundary: boundary},
		account: account, actions: actions(s, boundary),
		base: iampolicy.Context{"aws:PrincipalArn": {s.ARN}, "aws:PrincipalAccount": {account}, "aws:SecureTransport": {"true"}},
	}
	allows := t.allows()
	for i, st := range boundary.Statements {
		if st.Effect != iampolicy.Deny {
			continue
		}
		if loss, found := t.lossByDeny(i, st, allows); found {
			all = append(all, loss)
		}
	}
	return append(all, t.lossByOmission(allows)...), t.untried
}

// actions returns the known actions, and those that a policy names in full.
func actions(s Subject, boundary *iampolicy.Document) []string {
	all := knownActions()
	for _, d := range append(documentsOf(s), boundary) {
		for _, st := range d.Statements {
			for _, a := range slices.Concat(st.Actions, st.NotActions) {
				if !strings.ContainsAny(a, "*?") && !slices.ContainsFunc(all, func(b string) bool { return strings.EqualFold(a, b) }) {
					all = append(all, a)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

func documentsOf(s Subject) []*iampolicy.Document {
	var all []*iampolicy.Document
	for _, n := range s.Identity {
		all = append(all, n.Document)
	}
	return all
}

func (t *trial) allows() []allow {
	var all []allow
	for _, n := range t.before.Identity {
		for i, st := range n.Document.Statements {
			if st.Effect != iampolicy.Allow {
				continue
			}
			a := allow{Statement: st, from: n.Name + " " + statementName(st, i)}
			met, ok := contextMeeting(st.Conditions)
			if !ok {
				t.untried = append(t.untried, a.from+": its conditions ("+conditionsText(st.Conditions)+") match no example")
				continue
			}
			a.met = met
			all = append(all, a)
		}
	}
	return all
}

// statementName is a statement's name for people.
func statementName(st iampolicy.Statement, i int) string {
	if st.Sid != "" {
		return st.Sid
	}
	return fmt.Sprintf("statement %d", i+1)
}

// lossByDeny returns what one Deny of the boundary takes away.
func (t *trial) lossByDeny(i int, st iampolicy.Statement, allows []allow) (Loss, bool) {
	loss := Loss{By: statementName(st, i), When: conditionsText(st.Conditions), Examples: wild(st)}
	met, ok := contextMeeting(st.Conditions)
	if !ok {
		t.untried = append(t.untried, "boundary "+loss.By+": its conditions ("+loss.When+") match no example")
		return loss, false
	}
	from := map[string]bool{}
	for _, action := range t.actions {
		for _, a := range allows {
			resource, taken := t.findTaken(i, action, mergeContexts(a.met, met), slices.Concat(st.Resources, a.Resources))
			if !taken {
				continue
			}
			from[a.from] = true
			if !slices.Contains(loss.Actions, action) {
				loss.Actions = append(loss.Actions, action)
			}
			if loss.Where == "" && !slices.Contains(st.Resources, "*") {
				loss.Where = resource
			}
		}
	}
	loss.From = slices.Sorted(maps.Keys(from))
	return loss, len(loss.Actions) > 0
}

func wild(st iampolicy.Statement) bool {
	return len(st.NotActions) > 0 || slices.ContainsFunc(st.Actions, func(a string) bool { return strings.ContainsAny(a, "*?") })
}

// findTaken finds a resource on which an action is allowed today, and denied by that statement.
func (t *trial) findTaken(statement int, action string, met iampolicy.Context, patterns []string) (resource string, taken bool) {
	if len(patterns) == 0 { // NotResource: any other
		patterns = []string{"*"}
	}
	for _, pattern := range patterns {
		resource, ok := exampleOf(pattern, action, t.account)
		if !ok {
			continue
		}
		call := iampolicy.Call{Action: action, Resource: resource, Context: mergeContexts(t.base, met)}
		if iampolicy.Evaluate(t.before, call).Outcome != iampolicy.Allowed {
			continue
		}
		after := iampolicy.Evaluate(t.after, call)
		if after.Outcome == iampolicy.ExplicitDeny && slices.ContainsFunc(after.By, func(r iampolicy.Reason) bool { return r.Boundary && r.Statement == statement }) {
			return resource, true
		}
	}
	return "", false
}

// lossByOmission returns what the boundary takes away because it does not allow it.
func (t *trial) lossByOmission(allows []allow) []Loss {
	loss := Loss{By: "no statement of the boundary allows it"}
	from := map[string]bool{}
	for _, a := range allows {
		patterns := a.Actions
		if len(a.NotActions) > 0 {
			patterns = t.actions
		}
		for _, pattern := range patterns {
			if !t.isLost(pattern, a) {
				continue
			}
			from[a.from] = true
			if !slices.Contains(loss.Actions, pattern) {
				loss.Actions = append(loss.Actions, pattern)
			}
		}
	}
	if len(loss.Actions) == 0 {
		return nil
	}
	slices.Sort(loss.Actions)
	loss.From = slices.Sorted(maps.Keys(from))
	return []Loss{loss}
}

// isLost reports whether an action, or an example of a pattern, is allowed today and not by the boundary.
func (t *trial) isLost(pattern string, a allow) bool {
	action := fillIn(pattern)
	if pattern == "*" {
		action = exampleWord + ":" + exampleWord
	}
	patterns := a.Resources
	if len(patterns) == 0 {
		patterns = []string{"*"}
	}
	for _, p := range patterns {
		resource, ok := exampleOf(p, action, t.account)
		if !ok {
			continue
		}
		call := iampolicy.Call{Action: action, Resource: resource, Context: mergeContexts(t.base, a.met)}
		if iampolicy.Evaluate(t.before, call).Outcome == iampolicy.Allowed && iampolicy.Evaluate(t.after, call).Outcome == iampolicy.ImplicitDeny {
			return true
		}
	}
	return false
}
