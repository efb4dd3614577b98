package rightsize

import (
	"slices"
	"strings"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// matcher tells which actions a pattern has. It is compiled once.
func matcher(pattern string) func(action string) bool {
	d := iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{{Effect: iampolicy.Allow, Actions: []string{pattern}, Resources: []string{"*"}}}}
	parsed, err := iampolicy.Parse(d.Bytes())
	if err != nil { // a policy with it was read
		parsed = &d
	}
	return func(action string) bool { return iampolicy.Reaches(action, parsed) }
}

func isPattern(action string) bool { return strings.ContainsAny(action, "*?") }

// expand gives the known actions of a pattern, sorted by service.
func expand(pattern string) (all []string) {
	services := iamdata.Services()
	service, rest, _ := strings.Cut(strings.ToLower(pattern), ":")
	if !isPattern(service) {
		services = []string{service}
	}
	matches := matcher(pattern)
	every := rest == "*" && !isPattern(service) || pattern == "*"
	for _, s := range services {
		for _, a := range iamdata.Actions(s) {
			if action := s + ":" + a.Name; every || matches(action) {
				all = append(all, action)
			}
		}
	}
	return all
}

type narrowed struct {
	statement iampolicy.Statement
	entries   []*entry
	inverse   bool     // from a NotAction
	resources []string // as the text has them; nil: they stay
}

// narrowActions finds what stays of an Allow.
func narrowActions(s iampolicy.Statement, used []string, quiet *silent) *narrowed {
	n := &narrowed{statement: s, inverse: len(s.NotActions) > 0}
	if n.inverse {
		e := &entry{pattern: "*", joins: true, not: s.NotActions}
		excluded := make([]func(string) bool, 0, len(s.NotActions))
		for _, pattern := range s.NotActions {
			excluded = append(excluded, matcher(pattern))
		}
		for _, action := range expand("*") {
			if !slices.ContainsFunc(excluded, func(has func(string) bool) bool { return has(action) }) {
				e.known = append(e.known, action)
			}
		}
		e.keep(used, quiet)
		n.entries = append(n.entries, e)
		return n
	}
	for _, pattern := range s.Actions {
		e := &entry{pattern: pattern, known: expand(pattern)}
		service, rest, _ := strings.Cut(strings.ToLower(pattern), ":")
		head, star := strings.CutSuffix(rest, "*")
		e.joins = pattern == "*" || star && !isPattern(service) && !isPattern(head)
		matches := matcher(pattern)
		e.keep(slices.DeleteFunc(slices.Clone(used), func(action string) bool { return !matches(action) }), quiet)
		n.entries = append(n.entries, e)
	}
	return n
}

func (e *entry) keep(used []string, quiet *silent) {
	wanted := map[string]bool{}
	for _, action := range used {
		wanted[strings.ToLower(action)] = true
	}
	for _, action := range e.known {
		low := strings.ToLower(action)
		if wanted[low] || quiet.is(action) {
			e.kept = append(e.kept, action)
		}
		delete(wanted, low)
	}
	unknown := len(wanted) > 0
	for _, action := range used {
		if low := strings.ToLower(action); wanted[low] { // newer than the data
			delete(wanted, low)
			e.kept = append(e.kept, action)
		}
	}
	slices.Sort(e.kept)
	// An action that the data lacks cannot be called unused.
	e.asIs = len(e.known) == 0 || !unknown && len(e.kept) == len(e.known) && e.not == nil || !isPattern(e.pattern) && len(e.kept) > 0
}

func (n *narrowed) actions() (all []string) {
	seen := map[string]bool{}
	for _, e := range n.entries {
		for _, text := range e.texts() {
			if low := strings.ToLower(text); !seen[low] {
				seen[low] = true
				all = append(all, text)
			}
		}
	}
	return all
}

func (n *narrowed) stays() bool { return n.inverse && n.entries[0].asIs }
