package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"curfew/shared/trail"
)

// usage adds what CloudTrail's records show of the story: what its principal did by which right, what was denied, and what is unresolved.
func (s *story) usage() error {
	t, id := s.h.trail, s.h.iam.UniqueID(s.principal)
	if err := t.arrived(s.ctx, id); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	denied, doers := map[string]int64{}, map[string]bool{}
	for _, elevation := range slices.Sorted(maps.Keys(t.ledger.Elevations)) {
		u := t.ledger.Elevations[elevation]
		if !slices.ContainsFunc(slices.Collect(maps.Keys(u.Sessions.Rows)), func(name string) bool { return strings.HasPrefix(name, id+":") }) {
			continue
		}
		if used := counted(rows(&u.Actions)); used != "" {
			s.sums("used", used, "by the elevation "+short("curfew-"+elevation)+" ("+strings.Join(sessionsOf(u), ", ")+")"+when(u.AlsoStanding > 0, ", also by its own policies"))
		}
		sum(denied, u, doers)
	}
	if u := t.ledger.Standing[id]; u != nil {
		if used := counted(rows(&u.Actions)); used != "" {
			s.sums("used", used, "by its own policies")
		}
		sum(denied, u, doers)
	}
	if all := counted(denied); all != "" {
		s.sums("denied", all, "sessions: "+strings.Join(slices.Sorted(maps.Keys(doers)), ", "))
	}
	return s.unresolved(id)
}

// unresolved adds the calls without a right.
func (s *story) unresolved(principalID string) error {
	for _, why := range slices.Sorted(maps.Keys(s.h.trail.ledger.Unresolved)) {
		n := 0
		for _, e := range s.h.trail.ledger.Unresolved[why].Examples {
			if strings.HasPrefix(e.Principal, principalID) {
				n++
			}
		}
		if n > 0 {
			return fmt.Errorf("%d calls of %s are unresolved: %s", n, s.principal, why)
		}
	}
	return nil
}

// sum adds the denied actions of one usage, and the names of its sessions.
func sum(denied map[string]int64, u *trail.Usage, doers map[string]bool) {
	for action, n := range rows(&u.Denials) {
		denied[action] += n
	}
	for _, name := range sessionsOf(u) {
		doers[name] = true
	}
}

// sessionsOf are the names of the sessions of a usage.
func sessionsOf(u *trail.Usage) (names []string) {
	for name := range u.Sessions.Rows {
		_, name, _ = strings.Cut(name, ":")
		name, _, _ = strings.Cut(name, "@")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func rows(t *trail.Table) map[string]int64 {
	all := map[string]int64{}
	for name, c := range t.Rows {
		all[name] = c.Events
	}
	return all
}

// counted are actions with how often, most first.
func counted(actions map[string]int64) string {
	var all []string
	for _, name := range slices.SortedFunc(maps.Keys(actions), func(a, b string) int {
		return cmp.Or(cmp.Compare(actions[b], actions[a]), cmp.Compare(a, b))
	}) {
		all = append(all, fmt.Sprintf("%s ×%d", name, actions[name]))
	}
	return strings.Join(all, ", ")
}

// sums adds a line that has no time: it is of the whole story.
func (s *story) sums(what, actions, by string) {
	s.add(fmt.Sprintf("          CloudTrail          %-62s %s", what+": "+actions, by))
}

func when(b bool, text string) string {
	if b {
		return text
	}
	return ""
}
