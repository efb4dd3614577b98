package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/access"
)

// doubtsOf are the warnings about a trigger.
func (c linter) doubtsOf(t access.Trigger) []string {
	var why []string
	note := func(doubtful bool, format string, args ...any) {
		if doubtful {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	ent := c.entitlements[t.Entitlement]
	note(t.Unconfirmed, "begins by events whose shape was not read in AWS's own text")
	note(ent.Heartbeat > 0, "%s wants a heartbeat, which only a job that was changed for it sends", ent.Name)
	if t.Schedule != nil {
		each := everyOf(t.Schedule.Expression)
		note(each > 0 && each <= t.Max, "%s and a max of %s: the principal is never without it", t.Schedule.Expression, short(t.Max))
	}
	for _, account := range t.Accounts {
		ours := slices.ContainsFunc(t.Principals, func(arn string) bool { return accountOf(arn) == account })
		note(!ours, "events of account %s elevate a principal of another", account)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		note(fromEvent().MatchString(t.Parameters[name]), "parameters: whoever causes the event chooses %s", name)
	}
	for _, arn := range t.Principals {
		for _, by := range c.byPeople(arn) {
			note(true, "people may ask for a session of %s too, by %s: is it a machine?", arn, by)
		}
	}
	return why
}

// byPeople are the entitlements by which somebody who is no machine may ask for a session of a principal.
func (c linter) byPeople(arn string) (names []string) {
	for _, e := range c.Entitlements() {
		named := e.Session == access.BindUserID || e.Session == access.BindSourceIdentity
		if named && e.MayHold(arn) && slices.ContainsFunc(e.Requesters, c.ofPeople) {
			names = append(names, e.Name)
		}
	}
	return names
}

// ofPeople reports whether a requester is a group that no machine is in.
func (c linter) ofPeople(ref string) bool {
	group, ok := strings.CutPrefix(ref, "group:")
	return ok && !slices.ContainsFunc(c.machines, func(m Machine) bool { return slices.Contains(m.Groups, group) })
}
