package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/outliving"
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
		for _, why := range l.entitlementWarnings(e, now) {
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
	if len(c.budgets) > 0 && !slices.ContainsFunc(c.Entitlements(), func(e access.Entitlement) bool { return slices.Equal(e.Budgets, c.budgets) }) {
		all = append(all, Warning{"catalog", "budgets: every entitlement has its own, or is break-glass: the default has no effect"})
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

func (c linter) entitlementWarnings(e access.Entitlement, now time.Time) []string {
	var why []string
	note := func(doubtful bool, format string, args ...any) {
		if doubtful {
			why = append(why, fmt.Sprintf(format, args...))
		}
	}
	ends := untilWarning(e, now)
	note(ends != "", "%s", ends)
	why = append(why, budgetWarnings(e, c.budgets)...)
	policy := samplePolicy(e)
	statements := slices.DeleteFunc(slices.Clone(policy.Statements), func(s iampolicy.Statement) bool { return s.Effect != iampolicy.Allow })
	allows := allowsService(statements)
	note(slices.ContainsFunc(statements, func(s iampolicy.Statement) bool { return len(s.NotResources) > 0 }), "allows all resources but those under NotResource")
	reviewed := e.BreakGlass || e.Review != access.ReviewNever
	note(allows && e.Approval == nil && reviewed, "allows whole services or more, without approval")
	note(allows && e.Approval == nil && !reviewed, "allows whole services or more, without approval and without review: consider review: always")
	admin := outliving.Admin(policy)
	note(admin != "", "is admin: it allows %s", admin)
	note(e.Session == access.BindNone, "session none: every session of the principal has the privilege")
	note(e.MFA, "mfa: only sessions that users begin with an MFA code have it; where only roles, Identity Center, federation or services begin them, it is asked for at sign-in alone")
	note(e.MFA && c.machineAsks(e), "mfa: machines ask, and have none")
	note(e.Weak, "binding weak: every caller that may assume the role can choose the session name")
	for _, r := range outliving.Reached(policy) {
		note(true, "%s, which outlives a revoke: %s", r.Class.Does(), r)
	}
	note(e.Heartbeat == 0 && e.Max > time.Hour && c.machineAsks(e), "a machine may hold it for %s without a heartbeat", formatDuration(e.Max))
	unseen := e.Heartbeat > 0 && e.Session == access.BindSourceIdentity
	note(unseen && c.machineAsks(e), "heartbeat: Curfew cannot see the source identity of a machine: a session of the requester, with the name that asked, must send the heartbeat")
	note(unseen && len(triggersOf(e.Requesters)) > 0, "heartbeat: Curfew cannot see the source identity of a machine: what a trigger starts ends without a heartbeat")
	note(e.BreakGlass && slices.ContainsFunc(e.Tasks, func(t access.TaskRule) bool { return !t.Known }), "break-glass for an unverified task: consider known: required")
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

func samplePolicy(e access.Entitlement) *iampolicy.Document {
	doc, err := iampolicy.Substitute(e.Policy, e.Parameters, samples(e.Policy, e.Parameters))
	if err != nil { // impossible: Load compiled it
		return &iampolicy.Document{}
	}
	return doc
}

func allowsService(statements []iampolicy.Statement) bool {
	return slices.ContainsFunc(statements, func(s iampolicy.Statement) bool {
		return slices.ContainsFunc(s.Actions, func(a string) bool { return a == "*" || strings.HasSuffix(a, ":*") })
	})
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
