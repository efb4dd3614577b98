package catalog

import (
	"slices"
	"strings"

	"curfew/shared/fault"
)

// groupName excludes characters that separate names in a claim, a header or a list.
var groupName = fault.Pattern(`^[A-Za-z0-9_.:/-]{1,128}$`)

func (f fields) refs(name string, needed bool) []string {
	v, ok := f.get(name)
	if !ok {
		if needed {
			f.need(name)
		}
		return nil
	}
	var refs []string
	for _, each := range v.nonEmptyList() {
		if ref, ok := each.text(); ok && each.group(ref) {
			refs = append(refs, ref)
		}
	}
	return v.set(refs)
}

// group reports a value that is not "group:<name>".
func (v value) group(ref string) bool {
	name, ok := strings.CutPrefix(ref, "group:")
	if !ok || !groupName().MatchString(name) {
		v.report("%q is not group:<name>, the name of letters, digits and _ . : / -", ref)
		return false
	}
	return true
}

// set returns the items sorted and reports a duplicate.
func (v value) set(items []string) []string {
	items = sortedCopy(items)
	if once := slices.Compact(slices.Clone(items)); len(once) != len(items) {
		v.report("has an item twice")
		return once
	}
	return items
}

// principalPattern allows wildcards in account and name only.
var principalPattern = fault.Pattern(`^arn:aws[a-z-]*:iam::[0-9*?]{1,12}:(role|user)/[\w+=,.@/*?-]{1,512}$`)

// protected matches principals that Curfew never touches.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
// https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
var protected = fault.Pattern(`:role/(aws-service-role/|aws-reserved/|AWSReservedSSO_|AWSServiceRoleFor)`)

func (v value) arns() []string {
	var arns []string
	for _, each := range v.nonEmptyList() {
		if arn, ok := each.arn(); ok {
			arns = append(arns, arn)
		}
	}
	return v.set(arns)
}

func (v value) arn() (string, bool) {
	arn, ok := v.matching(principalPattern(), "the ARN of roles or users, like arn:aws:iam::111122223333:role/name-*")
	if ok && protected().MatchString(arn) {
		v.report("%q is a protected role: Curfew never elevates it", arn)
		return "", false
	}
	return arn, ok
}

// sortedCopy returns a sorted copy: a set has one canonical form.
func sortedCopy(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
