package api

import (
	"fmt"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/outliving"
)

// says returns hints for approvers. The terms may be incomplete.
func says(t access.Terms) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if t.BreakGlass {
		say("Break-glass: it is granted at once, and a second person must sign its review afterwards.")
	}
	if t.Renews != "" {
		say("It renews %s: the same principal, entitlement, parameters, task and session go on after its deadline, for %d min at most.", t.Renews, (t.Duration+59)/60)
	}
	if t.Principal.ARN != "" { // else task and principal are unread
		if !t.Task.Known {
			say("The %s task %s is unverified: Curfew has seen no start of it, or has already seen it end.", t.Task.Kind, t.Task.ID)
		}
		out = append(out, saysOfSession(t)...)
		out = append(out, saysOfMFA(t)...)
	}
	out = append(out, saysOfPolicies(t)...)
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

func saysOfMFA(t access.Terms) []string {
	if t.Session.MFASignIn {
		return []string{fmt.Sprintf("MFA was asked for at sign-in only: no session of %s can show it to AWS, by its trust policy.", t.Principal.Name())}
	}
	if warning := needsMFA(t.Session.MFA, t.Principal, t.ID); warning != "" {
		return []string{warning}
	}
	return nil
}

// MFAWarning says which sessions have no access, though the elevation is active; "": calls need no MFA.
func (e Elevation) MFAWarning() string {
	return needsMFA(e.Session != nil && e.Session.MFA, access.Principal{ARN: e.Principal}, e.ID)
}

func needsMFA(mfa bool, p access.Principal, id string) string {
	switch {
	case !mfa:
		return ""
	case p.User():
		return "AWS allows only calls with MFA: those of credentials from sts:GetSessionToken with a code."
	}
	return fmt.Sprintf("AWS allows only calls with MFA: of a session that a user began with a code. One that another role or Identity Center began has none, and all its calls are denied, though %s is active.", id)
}

// saysOfPolicies says what the policies allow that outlives the end of access, and whether that is admin. The terms of a refused
// request have no policies.
func saysOfPolicies(t access.Terms) (out []string) {
	var policies []*iampolicy.Document
	for _, p := range t.Policies {
		d, err := iampolicy.Parse([]byte(p))
		if err != nil {
			return []string{"Its policy cannot be read here: it may allow anything."}
		}
		policies = append(policies, d)
	}
	if admin := outliving.Admin(policies...); admin != "" {
		out = append(out, fmt.Sprintf("It is admin: it allows %s.", admin))
	}
	for _, r := range outliving.Reached(policies...) {
		out = append(out, fmt.Sprintf("It %s, which outlives the end of access: %s.", r.Class.Does(), r))
	}
	return out
}
