package correlate

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
	"curfew/shared/trail"
)

const (
	// ownKept is how long what a principal may do by itself is not read again.
	ownKept = time.Minute
	// mostLives bounds the granted elevations of one principal that are considered, the newest first. Requests that were not granted
	// count towards mostPages.
	mostLives = 1000
	mostPages = 100
	// indexLag is more than an index is behind.
	indexLag = 10 * time.Second
	// longestLife is how long before an event its elevation may have been requested: 30 days ahead, and a year.
	longestLife = 400 * 24 * time.Hour
	// mostPrincipals bounds the cache.
	mostPrincipals = 10_000
)

// Own returns what a principal may do by itself, for each instant of a span; empty: the principal is not marked.
type Own func(ctx context.Context, principalID string, from, to time.Time) ([]trail.Baseline, error)

// rights reads the grants and own policies of principals. It is safe for concurrent use.
type rights struct {
	*access.Service
	own   Own
	fixed *trail.Rights // of a test

	mu         sync.Mutex // guards the field below
	principals map[string]*principal
}

func newRights(s *access.Service, own Own) *rights {
	return &rights{Service: s, own: own, principals: map[string]*principal{}}
}

// principal is what is known of one principal.
type principal struct {
	own    []trail.Baseline
	from   time.Time // own is known from here
	readAt time.Time
	// unmarkedAt: until then it had neither a baseline nor a grant. A principal may be elevated before a survey sees its mark.
	unmarkedAt time.Time
	over       map[string]access.Life // elevations that are over, by id: they no longer change
}

// span is the time of a principal's records in a batch.
type span struct {
	arn      string
	from, to time.Time
}

func (x *span) add(arn string, at time.Time) {
	if x.arn == "" {
		x.arn = arn
	}
	if x.from.IsZero() || at.Before(x.from) {
		x.from = at
	}
	if at.After(x.to) {
		x.to = at
	}
}

// of returns the grants and own policies of the principals of some records, and the elevations by id.
func (s *rights) of(ctx context.Context, records []*trail.Record) (*trail.Rights, map[string]access.Life, error) {
	if s.fixed != nil {
		return s.fixed, nil, nil
	}
	spans := map[string]*span{}
	for _, r := range records {
		a := r.Identity.Actor()
		if a.PrincipalID == "" || r.Time.IsZero() {
			continue
		}
		if spans[a.PrincipalID] == nil {
			spans[a.PrincipalID] = &span{}
		}
		spans[a.PrincipalID].add(a.ARN, r.Time)
	}
	lives := map[string]access.Life{}
	var grants []trail.Grant
	var own []trail.Baseline
	for id, x := range spans {
		p, err := s.principal(ctx, id, *x)
		if err != nil {
			return nil, nil, err
		}
		own = append(own, p.own...)
		if len(p.own) == 0 && p.unmarkedAt.After(x.to) {
			continue
		}
		all, err := s.lives(ctx, *x, p)
		if err != nil {
			return nil, nil, err
		}
		granted := false
		for _, l := range all {
			if g, ok := GrantOf(l); ok && g.PrincipalID == id {
				granted = true
				grants = append(grants, g)
				lives[g.Elevation] = l
			}
		}
		if !granted && len(p.own) == 0 {
			s.noteUnmarked(id)
		}
	}
	return trail.NewRights(grants, own), lives, nil
}

func (s *rights) noteUnmarked(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.principals[id]; p != nil {
		p.unmarkedAt = s.Now().Add(-indexLag)
	}
}

func (s *rights) principal(ctx context.Context, id string, x span) (principal, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, now := s.principals[id], s.Now()
	if p != nil && now.Before(p.readAt.Add(ownKept)) && !x.from.Before(p.from) && (len(p.own) > 0 || !x.to.After(p.readAt)) {
		return *p, nil
	}
	own, err := s.own(ctx, id, x.from, latest(x.to, now)) // to now: later records use it too
	if err != nil {
		return principal{}, err
	}
	if p == nil {
		if len(s.principals) >= mostPrincipals {
			clear(s.principals)
		}
		p = &principal{over: map[string]access.Life{}}
		s.principals[id] = p
	}
	p.own, p.from, p.readAt = own, x.from, now
	return *p, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// lives are the elevations of a principal that may be behind its records. The list is made after the calls, and an elevation is stored
// before its grant is attached: it lacks none that is older than the lag of the index.
func (s *rights) lives(ctx context.Context, x span, p principal) (all []access.Life, err error) {
	q := record.Query{Index: record.ByPrincipal, Partition: x.arn, Newest: true, Limit: access.LivesPerRead}
	granted := 0
	for pages := 0; x.arn != "" && granted < mostLives && pages < mostPages; pages++ {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return nil, err
		}
		some, err := s.read(ctx, page.Keys, p)
		if err != nil {
			return nil, err
		}
		for _, l := range some {
			if !l.Elevation.GrantedAt.IsZero() {
				granted++
			}
		}
		all = append(all, some...)
		old := slices.ContainsFunc(some, func(l access.Life) bool { return l.Terms.RequestedAt.Before(x.from.Add(-longestLife)) })
		if q.After = page.Next; q.After == "" || old {
			break
		}
	}
	return all, nil
}

// read reads lives that it has not, or that may have changed.
func (s *rights) read(ctx context.Context, keys []record.Key, p principal) (all []access.Life, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var unread []record.Key
	for _, k := range keys {
		if l, ok := p.over[access.IDOf(k)]; ok {
			all = append(all, l)
		} else {
			unread = append(unread, k)
		}
	}
	if len(unread) == 0 {
		return all, nil
	}
	lives, failed, err := s.LoadAll(ctx, unread)
	if err = errors.Join(append(failed, err)...); err != nil {
		return nil, err
	}
	for _, l := range lives {
		if l.Terms.ID == "" {
			continue // the index is behind
		}
		if all = append(all, l); l.Elevation.State.Terminal() {
			p.over[l.Terms.ID] = l
		}
	}
	return all, nil
}

// GrantOf returns an elevation's grant; false: it was never granted.
func GrantOf(l access.Life) (trail.Grant, bool) {
	e, t := l.Elevation, l.Terms
	g := trail.Grant{
		Elevation: t.ID, PrincipalID: t.Principal.ID, Account: t.Principal.Account, Task: t.Task.String(),
		From: e.GrantedAt, Deadline: e.Deadline, GoneAt: e.GoneAt, Documents: t.Policies,
	}
	if t.Session.Bind == access.BindUserID && t.Session.Value != "" {
		g.UserID = g.PrincipalID + ":" + t.Session.Value
	}
	return g, !e.GrantedAt.IsZero()
}

// subjectOf is what a verdict counts for; empty: it counts for nothing.
func subjectOf(r *trail.Record, v *trail.Verdict) string {
	switch v.Right {
	case trail.ByElevation:
		return v.Elevation
	case trail.Standing:
		return r.Identity.Actor().PrincipalID
	}
	return ""
}

func (s *rights) marked(ctx context.Context, id string, at time.Time) (bool, error) {
	p, err := s.principal(ctx, id, span{from: at, to: at})
	return err == nil && len(p.own) > 0, err
}
