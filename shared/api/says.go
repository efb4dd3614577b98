package api

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
)

// says returns hints for approvers. The terms may be incomplete.
func says(t access.Terms) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if t.BreakGlass {
		say("Break-glass: it is granted at once, and a second person must sign its review afterwards.")
	}
	if t.Principal.ARN != "" { // else task and principal are unread
		if !t.Task.Known {
			say("The %s task %s is unverified: Curfew has seen no start of it, or has already seen it end.", t.Task.Kind, t.Task.ID)
		}
		out = append(out, saysOfSession(t)...)
	}
	if reached := outliving(t); len(reached) > 0 {
		say("It allows %s. What is done with that outlives the end of access.", strings.Join(reached, ", "))
	}
	out = append(out, saysOfTrail(t)...)
	if t.Requester.Kind == identity.Machine && t.Approval.Need > 0 {
		say("A machine asks: its owners (%s) may not be the only ones who approve.", strings.Join(t.Owners, ", "))
	}
	if t.Contain && t.Principal.ARN != "" {
		out = append(out, saysOfContain(t))
	}
	return out
}

func saysOfContain(t access.Terms) string {
	name, what := t.Principal.Name(), "what it allows"
	whom := "every session of " + name
	switch {
	case t.Principal.User():
		whom = name
	case t.Session.Bind == access.BindUserID:
		whom, what = fmt.Sprintf("the session %s of %s", t.Session.Value, name), "what it allows, or everything if that is too long to write,"
	case t.Session.Bind == access.BindSourceIdentity:
		whom = fmt.Sprintf("sessions of %s with the source identity %s", name, t.Session.Value)
	}
	return fmt.Sprintf("If AWS refuses to remove its grant, %s may be denied to %s until its deadline, whatever else allows it.", what, whom)
}

func saysOfSession(t access.Terms) []string {
	name := t.Principal.Name()
	switch {
	case t.Principal.User():
		return []string{fmt.Sprintf("%s is a user, which has no sessions: anyone with its credentials has the grant.", name)}
	case t.Session.Bind == access.BindNone:
		return []string{fmt.Sprintf("It is bound to no session: every session of %s has the grant.", name)}
	case t.Session.Bind == access.BindVPCEndpoint:
		return []string{fmt.Sprintf("It is bound to a network and to no session: every session of %s that calls through %s has the grant.", name, t.Session.Value)}
	case t.Session.Weak:
		return []string{fmt.Sprintf("Its binding is weak: nothing but the caller's own word pins the name %s, so anyone who may assume %s can take that name.", t.Session.Value, name)}
	}
	return nil
}

// outliving returns allowed actions whose effects outlive a revoke: all of them if a policy cannot be read.
func outliving(t access.Terms) []string {
	var reached []string
	for _, p := range t.Policies {
		doc, err := iampolicy.Parse([]byte(p))
		if err != nil {
			return access.Outliving()
		}
		for _, action := range access.Outliving() {
			if iampolicy.Reaches(doc, action) && !slices.Contains(reached, action) {
				reached = append(reached, action)
			}
		}
	}
	return reached
}
