package catalog

import (
	"slices"
	"strings"
)

// groupName is what an exact name of a group is made of: nothing that separates names in a claim, a header or a list.
var groupName = lazily(`^[A-Za-z0-9_.:/-]{1,128}$`)

// refs reads a list of "group:<name>".
func (f fields) refs(name string, needed bool) []string {
	v, ok := f.get(name)
	if !ok {
		if needed {
			f.need(name)
		}
		return nil
	}
	var refs []string
	for _, each := range v.some() {
		if ref, ok := each.text(); ok && each.group(ref) {
			refs = append(refs, ref)
		}
	}
	return v.set(refs)
}

// group reports whether a value is "group:<name>"; if not, that is a problem.
func (v value) group(ref string) bool {
	name, ok := strings.CutPrefix(ref, "group:")
	if !ok || !groupName().MatchString(name) {
		v.bad("%q is not group:<name>, the name of letters, digits and _ . : / -", ref)
		return false
	}
	return true
}

// set gives the items in order, and reports one that is there twice.
func (v value) set(items []string) []string {
	items = sorted(items)
	if once := slices.Compact(slices.Clone(items)); len(once) != len(items) {
		v.bad("has an item twice")
		return once
	}
	return items
}

// principalPattern is the ARN of roles or users: account and name may have wildcards, what they are may not.
var principalPattern = lazily(`^arn:aws[a-z-]*:iam::[0-9*?]{1,12}:(role|user)/[\w+=,.@/*?-]{1,512}$`)

// protected are paths of principals that Curfew never touches.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
// https://docs.aws.amazon.com/singlesignon/latest/userguide/using-service-linked-roles.html
var protected = lazily(`:role/(aws-service-role/|aws-reserved/|AWSReservedSSO_|AWSServiceRoleFor)`)

func (v value) arns() []string {
	var arns []string
	for _, each := range v.some() {
		if arn, ok := each.arn(); ok {
			arns = append(arns, arn)
		}
	}
	return v.set(arns)
}

func (v value) arn() (string, bool) {
	arn, ok := v.matching(principalPattern(), "the ARN of roles or users, like arn:aws:iam::111122223333:role/name-*")
	if ok && protected().MatchString(arn) {
		v.bad("%q is of roles that are never elevated", arn)
		return "", false
	}
	return arn, ok
}

// sorted gives a copy in order: lists that are sets have one canonical form however they were written.
func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}
