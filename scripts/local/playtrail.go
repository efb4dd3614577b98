package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/access"
	"curfew/shared/correlate"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// usage adds what CloudTrail's records show of the story: what its principal did by which right, what was denied, and what is unresolved.
func (s *story) usage() error {
	t, id, account := s.h.trail, s.h.iam.UniqueID(s.principal), strings.Split(s.principal, ":")[4]
	if err := t.arrived(s.ctx, id); err != nil {
		return err
	}
	lives, err := s.h.livesOf(s.ctx, s.principal)
	if err != nil {
		return err
	}
	denied, doers := map[string]int64{}, map[string]bool{}
	for _, l := range lives {
		u, err := correlate.ReadUsage(s.ctx, s.h.Service.Base, account, l.Terms.ID)
		if err != nil {
			return err
		}
		if used := counted(rows(&u.Actions)); used != "" {
			s.sums("used", used, "by the elevation "+short("curfew-"+l.Terms.ID)+" ("+strings.Join(sessionsOf(u.Usage), ", ")+")"+when(u.AlsoStanding > 0, ", also by its own policies"))
		}
		sum(denied, u.Usage, doers)
	}
	u, err := correlate.ReadUsage(s.ctx, s.h.Service.Base, account, id)
	if err != nil {
		return err
	}
	if used := counted(rows(&u.Actions)); used != "" {
		s.sums("used", used, "by its own policies")
	}
	sum(denied, u.Usage, doers)
	if all := counted(denied); all != "" {
		s.sums("denied", all, "sessions: "+strings.Join(slices.Sorted(maps.Keys(doers)), ", "))
	}
	return s.h.unresolved(s.ctx, id)
}

// livesOf are the elevations of a principal, the first that was requested first.
func (h *house) livesOf(ctx context.Context, principal string) ([]access.Life, error) {
	page, err := h.Store.List(ctx, record.Query{Index: record.ByPrincipal, Partition: principal, Limit: access.LivesPerRead})
	if err != nil {
		return nil, err
	}
	lives, failed, err := h.Service.LoadAll(ctx, page.Keys)
	return lives, errors.Join(append(failed, err)...)
}

// unresolved is an error if calls of a principal have no right.
func (h *house) unresolved(ctx context.Context, principalID string) error {
	for _, why := range trail.Whys() {
		was, err := record.Get[finding.Finding](ctx, h.Store, finding.Key(correlate.Unexplained, principalID+" "+string(why)))
		if err != nil {
			return err
		}
		if was.Exists() {
			return fmt.Errorf("calls of %s are unresolved: %s", principalID, why)
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

// finds waits for a finding whose line names something, and adds what it says.
func (s *story) finds(name, kind, what string) (client.Finding, error) {
	c, err := s.as(name)
	if err != nil {
		return client.Finding{}, err
	}
	for {
		page, err := c.Findings(s.ctx, client.FindingFilter{Kind: kind})
		if err != nil {
			return client.Finding{}, err
		}
		for _, f := range page.Findings {
			if strings.Contains(f.What, what) {
				about, _, _ := strings.Cut(f.What, ":")
				s.line("Curfew", "finds: "+about, string(f.Severity))
				return f, nil
			}
		}
		if err := s.wait(20 * time.Millisecond); err != nil {
			return client.Finding{}, fmt.Errorf("no finding %s about %s came: %w", kind, what, err)
		}
	}
}

func (s *story) acknowledges(name, id string) error {
	c, err := s.as(name)
	if err == nil {
		_, err = c.AcknowledgeFinding(s.ctx, id, "")
		s.line(name, "takes the finding on", "acknowledged")
	}
	return err
}

func (s *story) closes(name, id string) error {
	c, err := s.as(name)
	if err == nil {
		_, err = c.CloseFinding(s.ctx, id, "the policy is gone; its author asks next time")
		s.line(name, "closes the finding", "closed")
	}
	return err
}
