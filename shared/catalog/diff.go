package catalog

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
)

// Diff returns the differences of b from a, sorted. No difference means the same hash.
func Diff(a, b *Catalog) []Change {
	var d diff
	names := slices.Concat(slices.Collect(maps.Keys(a.entitlements)), slices.Collect(maps.Keys(b.entitlements)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.where = "entitlement " + name
		was, had := a.entitlements[name]
		is, has := b.entitlements[name]
		if d.addedOrRemoved(had, has) {
			d.entitlement(was, is)
		}
	}
	d.triggers(a, b)
	d.detections(a, b)
	d.policies(a, b)
	d.machines(a, b)
	d.where = "identities"
	d.set("operators", a.operators, b.operators, true)
	if a.claims != b.claims {
		d.add(Changed, "claims: session %s, groups %s; were %s, %s", b.claims.Session, b.claims.Groups, a.claims.Session, a.claims.Groups)
	}
	d.where = "catalog"
	d.set("iac", a.iac, b.iac, true)
	d.text("onForeign", a.onForeign, b.onForeign)
	if a.zone.String() != b.zone.String() {
		d.add(Changed, "zone: %s, was %s", b.zone, a.zone)
	}
	if a.cedarSchema != b.cedarSchema {
		d.add(Changed, "policy schema: from another version of Curfew")
	}
	return d.changes
}

// review compares: fewer reviews are weaker.
func (d *diff) review(was, is access.ReviewRule) {
	strict := []access.ReviewRule{access.ReviewNever, access.ReviewFindings, access.ReviewAlways}
	name := func(r access.ReviewRule) string { return cmp.Or(string(r), "never") }
	d.compareOrdered("review", int64(slices.Index(strict, was)), int64(slices.Index(strict, is)), name(was), name(is), false)
}

func (d *diff) entitlement(was, is access.Entitlement) {
	if was.About != is.About {
		d.add(Changed, "about: %s", is.About)
	}
	d.set("owners", was.Owners, is.Owners, true)
	d.set("principals", was.Principals, is.Principals, true)
	d.set("requesters", was.Requesters, is.Requesters, true)
	d.review(was.Review, is.Review)
	d.set("reviewers", was.Reviewers, is.Reviewers, true)
	d.set("names", was.Names, is.Names, true)
	d.tasks(was.Tasks, is.Tasks)
	d.compareOrdered("max", int64(was.Max), int64(is.Max), formatDuration(was.Max), formatDuration(is.Max), true)
	d.until(was, is)
	d.approval(was.Approval, is.Approval)
	d.budgets(was.Budgets, is.Budgets)
	d.heartbeat(was, is)
	d.flag("breakGlass", was.BreakGlass, is.BreakGlass, true)
	d.compareOrdered("coolDown", int64(was.CoolDown), int64(is.CoolDown), formatDuration(was.CoolDown), formatDuration(is.CoolDown), false)
	d.flag("overlap", was.Overlap, is.Overlap, true)
	d.flag("binding: weak", was.Weak, is.Weak, true)
	d.flag("mfa", was.MFA, is.MFA, false)
	d.flag("contain", was.Contain, is.Contain, false)
	d.session(was, is)
	if !maps.Equal(was.Parameters, is.Parameters) {
		d.add(Changed, "parameters: %s; were %s", parameterList(is.Parameters), parameterList(was.Parameters))
	}
	if !bytes.Equal(was.Policy, is.Policy) {
		d.policy(was, is)
	}
}

func (d *diff) tasks(was, is []access.TaskRule) {
	// Accepting unverified tasks is wider.
	kinds := func(rules []access.TaskRule) (all, unverified []string) {
		for _, r := range rules {
			all = append(all, r.Kind)
			if !r.Known {
				unverified = append(unverified, r.Kind)
			}
		}
		return all, unverified
	}
	wasAll, wasUnverified := kinds(was)
	isAll, isUnverified := kinds(is)
	d.set("tasks", wasAll, isAll, true)
	d.settles(was, is)
	for _, kind := range isAll {
		before, now := slices.Contains(wasUnverified, kind), slices.Contains(isUnverified, kind)
		switch {
		case !slices.Contains(wasAll, kind) || before == now:
		case now:
			d.add(Widened, "tasks: %s need not be known", kind)
		default:
			d.add(Narrowed, "tasks: %s must be known", kind)
		}
	}
}

func (d *diff) settles(was, is []access.TaskRule) {
	for _, now := range is {
		for _, before := range was {
			if before.Kind == now.Kind {
				d.compareOrdered("tasks: settle of "+now.Kind, int64(before.Settle), int64(now.Settle), formatDuration(before.Settle), formatDuration(now.Settle), true)
			}
		}
	}
}

func (d *diff) approval(was, is *access.ApprovalRule) {
	switch {
	case was == nil && is == nil:
	case was == nil:
		d.add(Narrowed, "approval: %d of %s, was none", is.Need, strings.Join(is.Of, ", "))
	case is == nil:
		d.add(Widened, "approval: none, was %d of %s", was.Need, strings.Join(was.Of, ", "))
	default:
		d.compareOrdered("approval.need", int64(was.Need), int64(is.Need), fmt.Sprint(was.Need), fmt.Sprint(is.Need), false)
		d.set("approval.of", was.Of, is.Of, true)
		d.compareOrdered("approval.within", int64(was.Within), int64(is.Within), formatDuration(was.Within), formatDuration(is.Within), true)
		d.stepUp(was.MFAWithin, is.MFAWithin)
		compareSeen(d, was.Seen, is.Seen)
		d.steps(was.Then, is.Then)
	}
}

func (d *diff) heartbeat(was, is access.Entitlement) {
	switch {
	case was.Heartbeat == is.Heartbeat:
	case was.Heartbeat == 0:
		d.add(Narrowed, "heartbeat: %s, was none", formatDuration(is.Heartbeat))
	case is.Heartbeat == 0:
		d.add(Widened, "heartbeat: none, was %s", formatDuration(was.Heartbeat))
	default:
		d.compareOrdered("heartbeat", int64(was.Heartbeat), int64(is.Heartbeat), formatDuration(was.Heartbeat), formatDuration(is.Heartbeat), true)
	}
}

func (d *diff) session(was, is access.Entitlement) {
	if was.Session == is.Session && was.VPCEndpoint == is.VPCEndpoint {
		return
	}
	direction := Changed
	switch {
	case was.Session == is.Session:
	case is.Session == access.BindNone:
		direction = Widened
	case was.Session == access.BindNone:
		direction = Narrowed
	}
	d.add(direction, "session: %s, was %s", sessionText(is), sessionText(was))
}

func sessionText(e access.Entitlement) string {
	return strings.TrimSpace(string(e.Session) + " " + e.VPCEndpoint)
}

func parameterList(types map[string]iampolicy.ParameterType) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(types)) {
		all = append(all, name+" "+string(types[name]))
	}
	if len(all) == 0 {
		return "none"
	}
	return strings.Join(all, ", ")
}

// policies compares by id. Own policies only forbid: a new one narrows, a removed one widens.
func (d *diff) policies(a, b *Catalog) {
	was, is := policyTexts(a), policyTexts(b)
	ids := slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		d.where = "policy " + id
		more, less := Narrowed, Widened
		if strings.HasPrefix(id, reserved) {
			more, less = less, more
		}
		before, had := was[id]
		now, has := is[id]
		switch {
		case !had:
			d.add(more, "is new: %s", oneLine(now))
		case !has:
			d.add(less, "is gone")
		case before != now:
			d.add(Changed, "%s", oneLine(now))
		}
	}
}

func policyTexts(c *Catalog) map[string]string {
	texts := map[string]string{}
	for _, p := range c.policies {
		texts[p.ID] = p.Text
	}
	return texts
}

func (d *diff) machines(a, b *Catalog) {
	was, is := machinesByName(a), machinesByName(b)
	names := slices.Concat(slices.Collect(maps.Keys(was)), slices.Collect(maps.Keys(is)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		d.where = "machine " + name
		before, had := was[name]
		now, has := is[name]
		if !d.addedOrRemoved(had, has) {
			continue
		}
		if before.Principal != now.Principal {
			d.add(Changed, "principal: %s, was %s", now.Principal, before.Principal)
		}
		d.set("groups", before.Groups, now.Groups, true)
	}
}

func machinesByName(c *Catalog) map[string]Machine {
	byName := map[string]Machine{}
	for _, m := range c.machines {
		byName[m.Name] = m
	}
	return byName
}
