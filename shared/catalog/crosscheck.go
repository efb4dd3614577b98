package catalog

import (
	"slices"
	"strings"
)

// crossChecker holds what was read against each other.
type crossChecker struct{ *loader }

// check holds the entitlements against the identities, and their policies against what a grant may be.
func (l crossChecker) check() {
	for _, d := range l.drafts {
		for _, name := range []string{"owners", "requesters", "reviewers"} {
			l.loader.roll.checkRefs(d.fields, name)
		}
		if approval, ok := d.get("approval"); ok {
			l.loader.roll.checkRefs(approval.fields(approvalFields()...), "of")
		}
		if principals, ok := d.get("principals"); ok {
			for _, each := range principals.list() {
				if pattern, ok := each.arn(); ok {
					l.loader.roll.checkPattern(each, pattern)
				}
			}
		}
		l.checkDeciders(d)
		l.checkPolicy(d)
	}
	l.checkTriggers()
}

// checkRefs refuses a group that nobody is in: a misspelt name would grant to nobody now, and to whoever takes it later.
func (r roll) checkRefs(f fields, name string) {
	v, ok := f.get(name)
	if !ok || r.groups == nil {
		return
	}
	for _, each := range v.list() {
		ref, _ := each.text()
		group, ok := strings.CutPrefix(ref, "group:")
		if ok && groupName().MatchString(group) && !r.groups[group] {
			each.bad("%q is a group that %s does not know", group, identitiesFile)
		}
	}
}

// checkDeciders keeps the rule that a machine's owners are not the only ones who decide on its requests: whoever owns
// the machine can make it ask.
func (l crossChecker) checkDeciders(d draft) {
	approval, ok := d.get("approval")
	if !ok || d.Approval == nil || len(d.Approval.Of) == 0 {
		return
	}
	of, _ := approval.fields(approvalFields()...).get("of")
	for _, ref := range d.Approval.Of {
		if l.roll.machine[strings.TrimPrefix(ref, "group:")] {
			of.bad("%q is a group of machines, and only people decide", ref)
		}
	}
	if l.loader.roll.forMachines(d) && !slices.ContainsFunc(d.Approval.Of, func(ref string) bool { return !slices.Contains(d.Owners, ref) }) {
		of.bad("has only owners, who may not be the only ones to decide on a machine's request")
	}
}

// forMachines reports whether a machine may ask for it. A trigger is one.
func (r roll) forMachines(d draft) bool {
	return len(triggersOf(d.Requesters)) > 0 || slices.ContainsFunc(d.Requesters, func(ref string) bool {
		return r.machine[strings.TrimPrefix(ref, "group:")]
	})
}
