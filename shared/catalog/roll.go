package catalog

import (
	"slices"
	"strings"

	"curfew/shared/identity"
)

// identityIndex holds what the checks need from identities.yaml.
type identityIndex struct {
	groups  map[string]bool // all groups; nil: identities.yaml is unreadable, skip the checks
	human   map[string]bool // groups with a person
	machine map[string]bool // groups with a machine
	known   []string        // ARNs of existing principals; empty: not listed
}

// checkRefs refuses an unknown group. A misspelled name has no members now, but a later group may take it.
func (r identityIndex) checkRefs(f fields, name string) {
	v, ok := f.get(name)
	if !ok || r.groups == nil {
		return
	}
	for _, each := range v.list() {
		r.checkRef(each)
	}
}

func (r identityIndex) checkRef(v value) {
	ref, _ := v.text()
	group, ok := strings.CutPrefix(ref, "group:")
	if ok && groupName().MatchString(group) && !r.groups[group] {
		v.report("%q is not a group of %s", group, identitiesFile)
	}
}

// checkPattern refuses a pattern that matches no listed principal.
func (r identityIndex) checkPattern(at value, pattern string) {
	r.checkMatch(at, pattern, func(arn string) string { return arn })
}

// checkMachine is [identityIndex.checkPattern] of a machine, which is named as its calls are.
func (r identityIndex) checkMachine(at value, pattern string) {
	r.checkMatch(at, pattern, identity.SessionARN)
}

func (r identityIndex) checkMatch(at value, pattern string, named func(arn string) string) {
	if pattern == "" || len(r.known) == 0 {
		return
	}
	if !slices.ContainsFunc(r.known, func(arn string) bool { return identity.MatchARN(pattern, named(arn)) }) {
		at.report("%q matches no principal of %s", pattern, identitiesFile)
	}
}
