package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/trigger"
)

// Warning is a valid setting that reviewers should see.
type Warning struct {
	Where string // like "entitlement admin-30m"
	Why   string
}

// String returns one line.
func (w Warning) String() string { return w.Where + ": " + w.Why }

// Warnings returns the warnings at an instant, sorted by name within entitlements, triggers, detections and machines.
func (c *Catalog) Warnings(now time.Time) []Warning {
	var all []Warning
	l := linter{c}
	for _, e := range c.Entitlements() {
		for _, why := range l.entitlementWarnings(e) {
			all = append(all, Warning{"entitlement " + e.Name, why})
		}
	}
	for _, t := range c.Triggers() {
		for _, why := range l.triggerWarnings(t) {
			all = append(all, Warning{"trigger " + t.Name, why})
		}
	}
	for _, d := range c.Detections() {
		for _, why := range detectionWarnings(d, now) {
			all = append(all, Warning{"detection " + d.Name, why})
		}
	}
	for _, m := range c.machines {
		if strings.ContainsAny(m.Principal, "*?") {
			all = append(all, Warning{"machine " + m.Name, fmt.Sprintf("principal %s is a pattern: every role with such a name is in its groups, also one created later", m.Principal)})
		}
	}
	return all
}

// linter finds the warnings of a checked catalog.
type linter struct{ *Catalog }

func (c linter) entitlementWarnings(e access.Entitlement) []string {
	var why []string
	note := func(doubtful bool, format string, args ...any) {
		if doubtful {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	statements := allowStatements(e)
	allows, everywhere := allowsAll(statements)
	note(slices.ContainsFunc(statements, func(s iampolicy.Statement) bool { return len(s.NotResources) > 0 }), "allows all resources but those under NotResource")
	reviewed := e.BreakGlass || e.Review != access.ReviewNever
	note(allows && e.Approval == nil && reviewed, "allows whole services or more, without approval")
	note(allows && e.Approval == nil && !reviewed, "allows whole services or more, without approval and without review: consider review: always")
	note(everywhere, "allows everything on every resource, without a condition")
	note(e.Session == access.BindNone, "session none: every session of the principal has the privilege")
	note(e.Weak, "binding weak: every caller that may assume the role can choose the session name")
	note(len(e.Names) > 0, "effects outlive a revoke: %s", strings.Join(e.Names, ", "))
	note(e.Heartbeat == 0 && e.Max > time.Hour && c.machineAsks(e), "a machine may hold it for %s without a heartbeat", formatDuration(e.Max))
	note(e.BreakGlass && slices.ContainsFunc(e.Tasks, func(t access.TaskRule) bool { return !t.Known }), "break-glass for an unverified task: consider known: required")
	why = append(why, unknownActions(statements)...)
	for _, name := range triggersOf(e.Requesters) {
		note(c.triggers[name].Entitlement != e.Name, "requesters: trigger %s starts another entitlement, %s", name, c.triggers[name].Entitlement)
	}
	for _, p := range e.Principals {
		note(strings.HasPrefix(p, "arn:aws:iam::*:") && strings.HasSuffix(p, "/*"), "principals: %s is every one of every account", p)
	}
	return why
}

func (c linter) machineAsks(e access.Entitlement) bool {
	return slices.ContainsFunc(c.machines, func(m Machine) bool {
		return slices.ContainsFunc(m.Groups, func(g string) bool { return slices.Contains(e.Requesters, "group:"+g) })
	})
}

// allowStatements returns the Allow statements.
func allowStatements(e access.Entitlement) []iampolicy.Statement {
	values := map[string]string{}
	for name, t := range e.Parameters {
		values[name] = sample(t)
	}
	doc, err := iampolicy.Substitute(e.Policy, e.Parameters, values)
	if err != nil { // impossible: Load compiled it
		return nil
	}
	return slices.DeleteFunc(slices.Clone(doc.Statements), func(s iampolicy.Statement) bool { return s.Effect != iampolicy.Allow })
}

// allowsAll reports whether statements allow all actions of a service, and all actions on all resources.
func allowsAll(statements []iampolicy.Statement) (services, everything bool) {
	for _, s := range statements {
		star := slices.Contains(s.Actions, "*") || slices.Contains(s.Actions, "*:*")
		services = services || star || slices.ContainsFunc(s.Actions, func(a string) bool { return strings.HasSuffix(a, ":*") })
		everything = everything || star && slices.Contains(s.Resources, "*") && len(s.Conditions) == 0
	}
	return services, everything
}

func (c linter) triggerWarnings(t trigger.Trigger) []string {
	var why []string
	note := func(doubtful bool, format string, args ...any) {
		if doubtful {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	ent := c.entitlements[t.Entitlement]
	note(t.Unconfirmed, "is started by unconfirmed events: see events/README.md")
	note(ent.Heartbeat > 0, "%s needs a heartbeat: change the job to send it", ent.Name)
	if t.Schedule != nil {
		each := everyOf(t.Schedule.Expression)
		note(each > 0 && each <= t.Max, "%s and a max of %s: the principal always holds it", t.Schedule.Expression, formatDuration(t.Max))
	}
	for _, account := range t.Accounts {
		ours := slices.ContainsFunc(t.Principals, func(arn string) bool { return accountOf(arn) == account })
		note(!ours, "events of account %s elevate a principal of another account", account)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		note(fromEvent().MatchString(t.Parameters[name]), "parameters: the caller that causes the event chooses %s", name)
	}
	for _, arn := range t.Principals {
		for _, by := range c.byPeople(arn) {
			note(true, "people may also ask for a session of %s, by %s: check that it is a machine", arn, by)
		}
	}
	return why
}

// byPeople returns the entitlements by which people may ask for a session of a principal.
func (c linter) byPeople(arn string) (names []string) {
	for _, e := range c.Entitlements() {
		named := e.Session == access.BindUserID || e.Session == access.BindSourceIdentity
		if named && e.MayHold(arn) && slices.ContainsFunc(e.Requesters, c.ofPeople) {
			names = append(names, e.Name)
		}
	}
	return names
}

// ofPeople reports whether a requester is a group without machines.
func (c linter) ofPeople(ref string) bool {
	group, ok := strings.CutPrefix(ref, "group:")
	return ok && !slices.ContainsFunc(c.machines, func(m Machine) bool { return slices.Contains(m.Groups, group) })
}
