package catalog

import (
	"slices"
	"strings"

	"curfew/shared/identity"
)

// roll is what identities.yaml says, as far as only checking needs it.
type roll struct {
	groups  map[string]bool // all groups that exist; nil: identities.yaml could not be read, and nothing is held against it
	human   map[string]bool // those that a person is in
	machine map[string]bool // those that a machine is in
	known   []string        // ARNs of principals that exist; none: not said
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

// checkPattern refuses a pattern that matches no principal that exists, if it was said which exist.
func (r roll) checkPattern(at value, pattern string) {
	if pattern == "" || len(r.known) == 0 {
		return
	}
	if !slices.ContainsFunc(r.known, func(arn string) bool { return identity.MatchARN(pattern, arn) }) {
		at.bad("%q matches no principal of %s", pattern, identitiesFile)
	}
}
