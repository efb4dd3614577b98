package catalog

import (
	"slices"
	"strings"

	"curfew/shared/identity"
)

// crossChecker checks rules about several files.
type crossChecker struct{ *loader }

// checkDeciders requires an approver who is not an owner if a machine may ask. An owner of the machine can make it ask.
func (l crossChecker) checkDeciders(d draft) {
	approval, ok := d.get("approval")
	if !ok || d.Approval == nil || len(d.Approval.Of) == 0 {
		return
	}
	of, _ := approval.fields(approvalFields()...).get("of")
	for _, ref := range d.Approval.All() {
		if l.identities.machine[strings.TrimPrefix(ref, "group:")] {
			of.report("%q is a group of machines; only people may approve", ref)
		}
	}
	if l.identities.forMachines(d) && !slices.ContainsFunc(d.Approval.All(), func(ref string) bool { return !slices.Contains(d.Owners, ref) }) {
		of.report("has only owners: add another group, because an owner can make a machine ask")
	}
}

// forMachines reports whether a machine or trigger may ask.
func (r identityIndex) forMachines(d draft) bool {
	return len(triggersOf(d.Requesters)) > 0 || slices.ContainsFunc(d.Requesters, func(ref string) bool {
		return r.machine[strings.TrimPrefix(ref, "group:")]
	})
}

func triggersOf(refs []string) (names []string) {
	for _, ref := range refs {
		if name, ok := strings.CutPrefix(ref, identity.TriggerID("")); ok {
			names = append(names, name)
		}
	}
	return names
}
