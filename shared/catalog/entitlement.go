package catalog

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/outliving"
	"curfew/shared/task"
)

func entitlementFields() []string {
	return []string{"about", "owners", "principals", "requesters", "tasks", "max", "until", "approval", "budgets", "breakGlass", "coolDown", "review", "reviewers",
		"session", "vpce", "binding", "mfa", "heartbeat", "overlap", "contain", "names", "parameters", "policy"}
}

// readEntitlement reads one file. crossChecker checks later what depends on other files.
func (l *loader) readEntitlement(v value, name string) draft {
	d := draft{Entitlement: access.Entitlement{Name: name}, fields: v.fields(entitlementFields()...)}
	if about, ok := d.need("about"); ok {
		d.About, _ = about.text()
		if len(d.About) > maxAbout {
			about.report("is longer than %d bytes", maxAbout)
		}
	}
	d.Owners = d.refs("owners", true)
	d.readRequesters()
	d.Reviewers = d.refs("reviewers", false)
	if principals, ok := d.need("principals"); ok {
		d.Principals = principals.arns()
	}
	if tasks, ok := d.need("tasks"); ok {
		d.Tasks = readTasks(tasks)
	}
	d.readLimits(l.longest)
	d.readUntil(l.c.zone)
	d.readBudgets(l.c.budgets)
	d.readBinding()
	d.readFlags()
	before := len(l.problems)
	if parameters, ok := d.get("parameters"); ok {
		d.Parameters = readParameters(parameters)
	}
	if policy, ok := d.need("policy"); ok {
		d.Policy = asJSON(policy).policy()
	}
	d.isComplete = len(l.problems) == before
	return d
}

const maxAbout = 200

func (d *draft) readLimits(longest time.Duration) {
	if v, ok := d.need("max"); ok {
		d.Max = v.duration(shortest, longest)
	}
	if v, ok := d.get("heartbeat"); ok {
		d.Heartbeat = v.duration(30*time.Second, time.Hour)
		if d.Max > 0 && d.Heartbeat > d.Max {
			v.report("%s is longer than max, %s", formatDuration(d.Heartbeat), formatDuration(d.Max))
		}
	}
	if v, ok := d.get("approval"); ok {
		d.Approval = readApproval(v)
		if glass, ok := d.get("breakGlass"); ok && glass.flag() {
			v.report("does not go with breakGlass, which has a review instead")
		}
	}
}

func approvalFields() []string { return []string{"need", "of", "within", "mfaWithin", "seen", "then"} }

func readApproval(v value) *access.ApprovalRule {
	f := v.fields(approvalFields()...)
	rule := &access.ApprovalRule{Of: f.refs("of", true)}
	if need, ok := f.need("need"); ok {
		rule.Need = need.number(1, 5)
	}
	if within, ok := f.need("within"); ok {
		rule.Within = within.duration(time.Minute, 7*24*time.Hour)
	}
	if within, ok := f.get("mfaWithin"); ok {
		rule.MFAWithin = within.duration(time.Minute, 24*time.Hour)
	}
	if seen, ok := f.get("seen"); ok {
		_, rule.Seen = seen.oneOf("required")
	}
	if then, ok := f.get("then"); ok {
		rule.Then = readSteps(then, *rule)
	}
	return rule
}

var vpcEndpoint = fault.Pattern(`^vpce-[0-9a-f]{8,17}$`)

func (d *draft) readBinding() {
	if v, ok := d.need("session"); ok {
		bind, _ := v.oneOf(string(access.BindUserID), string(access.BindSourceIdentity), string(access.BindVPCEndpoint), string(access.BindNone))
		d.Session = access.Bind(bind)
	}
	named := d.Session == access.BindUserID || d.Session == access.BindSourceIdentity
	if v, ok := d.get("binding"); ok {
		_, d.Weak = v.oneOf("weak")
		if d.Weak && !named {
			v.report("is only for session userid or sourceIdentity")
		}
	}
	v, there := d.get("vpce")
	switch {
	case there && d.Session != access.BindVPCEndpoint:
		v.report("is only for session vpce")
	case there:
		d.VPCEndpoint, _ = v.matching(vpcEndpoint(), "the id of a VPC endpoint")
	case d.Session == access.BindVPCEndpoint:
		d.need("vpce")
	}
}

func (d *draft) readFlags() {
	for name, to := range map[string]*bool{"breakGlass": &d.BreakGlass, "mfa": &d.MFA, "contain": &d.Contain, "overlap": &d.Overlap} {
		if v, ok := d.get(name); ok {
			*to = v.flag()
		}
	}
	if v, ok := d.get("names"); ok {
		for _, each := range v.nonEmptyList() {
			if name, ok := outlivingName(each); ok {
				d.Names = append(d.Names, name)
			}
		}
		d.Names = v.set(d.Names)
	}
	d.readReview()
	d.readCoolDown()
}

const longestCoolDown = 7 * 24 * time.Hour

// readCoolDown: break-glass without one says so.
func (d *draft) readCoolDown() {
	if d.BreakGlass {
		d.CoolDown = d.Max
	}
	v, there := d.get("coolDown")
	if there {
		d.CoolDown = v.duration(0, longestCoolDown)
		if !d.BreakGlass {
			v.report("is only for breakGlass")
		}
	}
	if overlap, _ := d.get("overlap"); d.Overlap && d.CoolDown > 0 {
		overlap.report("does not go with coolDown: write coolDown: 0s")
	}
}

// outlivingName reads a class, or an action of the table.
func outlivingName(v value) (string, bool) {
	name, ok := v.text()
	if row, found := outliving.Lookup(name); found {
		return row.Action, true
	}
	if ok && !slices.Contains(outliving.Classes(), outliving.Class(name)) {
		v.report("%q is neither an action whose effects outlive a revoke nor a class of them; the classes are %s", name, classes())
		return "", false
	}
	return name, ok
}

func classes() string {
	var all []string
	for _, c := range outliving.Classes() {
		all = append(all, string(c))
	}
	return strings.Join(all, ", ")
}

func (d *draft) readReview() {
	if v, ok := d.get("review"); ok {
		word, _ := v.oneOf(string(access.ReviewAlways), string(access.ReviewFindings), "never")
		if word != "never" {
			d.Review = access.ReviewRule(word)
		}
		if d.BreakGlass {
			v.report("does not go with breakGlass, which always has a review")
		}
	}
	reviewers, listed := d.get("reviewers")
	switch reviewed := d.BreakGlass || d.Review != access.ReviewNever; {
	case reviewed && !listed:
		d.need("reviewers")
	case listed && !reviewed:
		reviewers.report("is only for breakGlass, or review always or findings")
	}
}

func (d *draft) readRequesters() {
	v, ok := d.need("requesters")
	if !ok {
		return
	}
	var refs []string
	for _, each := range v.nonEmptyList() {
		ref, ok := each.text()
		if !ok {
			continue
		}
		if name, isTrigger := strings.CutPrefix(ref, identity.TriggerID("")); isTrigger {
			if ok = entitlementName().MatchString(name); !ok {
				each.report("%q is not the name of a trigger", name)
			}
		} else {
			ok = each.group(ref)
		}
		if ok {
			refs = append(refs, ref)
		}
	}
	d.Requesters = v.set(refs)
}

func readTasks(v value) []access.TaskRule {
	var rules []access.TaskRule
	for _, each := range v.nonEmptyList() {
		rule, ok := readTask(each)
		if ok && slices.ContainsFunc(rules, func(r access.TaskRule) bool { return r.Kind == rule.Kind }) {
			each.report("%q appears twice", rule.Kind)
			continue
		}
		if ok {
			rules = append(rules, rule)
		}
	}
	slices.SortFunc(rules, func(a, b access.TaskRule) int { return strings.Compare(a.Kind, b.Kind) })
	return rules
}

// A closed alarm may open again at once, so an incident ends only after it stayed closed.
const (
	incident        = "incident"
	incidentSettles = 10 * time.Minute
	longestSettle   = 24 * time.Hour
)

// readTask reads a kind of task, or {kind: …, known: required, settle: …}.
func readTask(v value) (access.TaskRule, bool) {
	if v.kind() != "a mapping" {
		kind, ok := v.oneOf(task.Kinds()...)
		return access.TaskRule{Kind: kind, Settle: settleOf(kind)}, ok
	}
	f := v.fields("kind", "known", "settle")
	var rule access.TaskRule
	kind, ok := f.need("kind")
	if ok {
		rule.Kind, ok = kind.oneOf(task.Kinds()...)
	}
	if known, there := f.get("known"); there {
		_, rule.Known = known.oneOf("required")
	}
	rule.Settle = settleOf(rule.Kind)
	if settle, there := f.get("settle"); there {
		rule.Settle = settle.duration(0, longestSettle)
	}
	return rule, ok
}

func settleOf(kind string) time.Duration {
	if kind == incident {
		return incidentSettles
	}
	return 0
}

// readParameters reads name: type, or name: {type: …}.
func readParameters(v value) map[string]iampolicy.ParameterType {
	types := map[string]iampolicy.ParameterType{}
	for _, m := range v.members() {
		at := m.value
		if at.kind() == "a mapping" {
			var ok bool
			if at, ok = at.fields("type").need("type"); !ok {
				continue
			}
		}
		name, ok := at.text()
		if ok && !iampolicy.KnownParameterType(iampolicy.ParameterType(name)) {
			at.report("%q is not a type of parameter; there are %s", name, parameterTypes())
			continue
		}
		if ok {
			types[m.name] = iampolicy.ParameterType(name)
		}
	}
	if len(types) == 0 {
		return nil
	}
	return types
}

func parameterTypes() string {
	var names []string
	for _, t := range iampolicy.ParameterTypes() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}
