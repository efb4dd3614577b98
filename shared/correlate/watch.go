package correlate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// watcher judges records by the detections of the catalog. It is safe for concurrent use.
type watcher struct {
	*access.Service
	in      Installation
	set     *detection.Set
	kept    detection.History
	origins *origins

	mu        sync.Mutex // guards the fields below
	people    map[trail.SessionKey]person
	approvers map[string][]string // by elevation
}

// person is who opened a session, as far as it was known at an instant.
type person struct {
	trail.Who
	readAt time.Time
}

// keptPeople bounds the caches. An opening that was not seen is looked for again after askAgain.
const (
	keptPeople = 10_000
	askAgain   = time.Minute
)

func newWatcher(s *access.Service, in Installation, set *detection.Set) *watcher {
	return &watcher{
		Service: s, in: in, set: set, kept: history{s.Base}, origins: &origins{Base: s.Base, known: map[string]addresses{}},
		people: map[trail.SessionKey]person{}, approvers: map[string][]string{},
	}
}

// judge raises what the detections find in records.
// Only the bus brings answers: a log file may be forged as long as its digest was not verified.
func (s *watcher) judge(ctx context.Context, route Route, rights *trail.Rights, lives map[string]access.Life, all []judged) ([]detection.Hit, error) {
	if s.set == nil {
		return nil, nil
	}
	if err := s.learn(ctx, all); err != nil {
		return nil, err
	}
	var matches []detection.Match
	var events []*detection.Event
	for _, j := range all {
		e, err := s.event(ctx, rights, lives, j)
		if err != nil {
			return nil, err
		}
		events = append(events, e)
		matches = append(matches, s.set.Match(e)...)
	}
	hits, err := detection.Judge(ctx, s.kept, matches)
	if err != nil {
		return nil, err
	}
	if err := raise(ctx, s.Base, hits, all); err != nil {
		return hits, err
	}
	if route == ByBus {
		a := answerer{s.Service, s.in}
		err = errors.Join(a.answer(ctx, lives, hits), a.removeUnexplained(ctx, events))
	}
	return hits, err
}

// event is a record with all that detections may ask.
func (s *watcher) event(ctx context.Context, rights *trail.Rights, lives map[string]access.Life, j judged) (*detection.Event, error) {
	r := j.Record
	e := &detection.Event{Record: r, Verdict: j.verdict, Who: s.who(r), Class: s.class(rights, r), Origin: s.origins.of(j)}
	calls := j.verdict.Calls
	if calls == nil {
		calls, _ = trail.Calls(r)
	}
	e.OwnResource = s.in.touches(r, calls)
	if g := rights.Last(r); g != nil {
		if l, known := lives[g.Elevation]; known {
			approvers, err := s.approversOf(ctx, l)
			if err != nil {
				return nil, err
			}
			e.Elevation = elevationOf(l, g, approvers)
		}
	}
	if g := rights.OfOther(r); g != nil {
		e.OfOther = g.Elevation
	}
	if f := s.in.function(r.Identity.Issuer.ARN); f != "" && r.Source == "iam.amazonaws.com" && r.ReadOnly != trail.True && r.Error == "" {
		var err error
		if e.Explained, err = (explainer{s.Service, s.in}).explained(ctx, f, r); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (s *watcher) class(rights *trail.Rights, r *trail.Record) detection.Class {
	a := r.Identity.Actor()
	switch {
	case s.in.function(a.ARN) != "":
		return detection.Own
	case slices.Contains(s.in.IaC, a.ARN):
		return detection.IaC
	case rights.Marked(a.PrincipalID):
		return detection.Marked
	}
	return detection.Other
}

func elevationOf(l access.Life, g *trail.Grant, approvers []string) *detection.Elevation {
	x := &detection.Elevation{
		ID: l.Terms.ID, State: string(l.Elevation.State), TaskKind: string(l.Terms.Task.Kind), TaskKnown: l.Terms.Task.Known,
		EndedAt: l.Elevation.GoneAt, Deadline: l.Elevation.Deadline, Binding: detection.BoundNone, Approvers: approvers,
	}
	if g.UserID != "" {
		x.Binding = detection.BoundHere
	}
	return x
}

// approversOf are the names of the people who approved. Decisions on what was granted do not change.
func (s *watcher) approversOf(ctx context.Context, l access.Life) ([]string, error) {
	if l.Terms.Approval.Need == 0 {
		return nil, nil
	}
	s.mu.Lock()
	all, known := s.approvers[l.Terms.ID]
	s.mu.Unlock()
	if known {
		return all, nil
	}
	decisions, err := access.ReadStanding(ctx, s.Service, l.Terms.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range decisions {
		if d.Approve {
			all = append(all, d.By.Name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.approvers) >= keptPeople {
		clear(s.approvers)
	}
	s.approvers[l.Terms.ID] = all
	return all, nil
}

// learn reads who opened the sessions of some records, and from where their principals called before.
func (s *watcher) learn(ctx context.Context, all []judged) error {
	var unknown []trail.SessionKey
	s.mu.Lock()
	for _, j := range all {
		if key := j.Identity.Actor().Session; j.subject != "" && key.Created > 0 {
			if w, known := s.people[key]; !known || w.Kind == trail.WhoUnknown && !s.Now().Before(w.readAt.Add(askAgain)) {
				unknown = append(unknown, key)
			}
		}
	}
	s.mu.Unlock()
	if len(unknown) > 0 {
		sessions, err := sessions(ctx, s.Store, unknown)
		if err != nil {
			return err
		}
		s.mu.Lock()
		if len(s.people) >= keptPeople {
			clear(s.people)
		}
		for _, key := range unknown {
			s.people[key] = person{sessions.Of(key), s.Now()}
		}
		s.mu.Unlock()
	}
	return s.origins.learn(ctx, all)
}

// who is at the beginning of a record's session.
func (s *watcher) who(r *trail.Record) trail.Who {
	w := trail.Sessions{}.Who(&r.Identity)
	if w.Kind == trail.WhoUnknown {
		s.mu.Lock()
		defer s.mu.Unlock()
		claim := w.Claim
		if known, ok := s.people[r.Identity.Actor().Session]; ok {
			w = known.Who
			w.Claim = claim
		}
	}
	return w
}

// kindOf is the kind of finding of a detection. Hits of one subject are one finding.
func kindOf(h detection.Hit) finding.Kind {
	name := "detection"
	if h.Kind == detection.KindError {
		name = "detection-error"
	}
	return finding.Kind{Name: name, PageInterval: 24 * time.Hour, Severity: h.Severity, Why: h.Why, Do: h.Do}
}

// formOf is the kind of event of a finding.
func formOf(r *trail.Record) string {
	return strings.TrimSuffix(r.Source, ".amazonaws.com") + " " + r.Name
}

// raise stores the findings of hits. A detection in dry run is a log line.
func raise(ctx context.Context, b record.Base, hits []detection.Hit, all []judged) error {
	forms := map[string]string{}
	for _, j := range all {
		forms[j.ID] = formOf(j.Record)
	}
	for _, h := range hits {
		if h.DryRun {
			b.Log.InfoContext(ctx, "dry run", "detection", h.Detection, "severity", string(h.Severity), "subject", h.Subject, "what", h.What, "events", strings.Join(h.Events, " "))
			continue
		}
		subject := h.Subject
		if h.Elevation != "" && !strings.HasSuffix(subject, h.Elevation) { // what one requester did is not hidden by what another did
			subject += " " + h.Elevation
		}
		o := finding.Occurrence{Subject: subject, What: h.What, Elevation: h.Elevation, Account: h.Account, Events: h.Events, Detail: map[string]any{"detection": h.Detection, "at": h.At}}
		if len(h.Events) > 0 {
			o.Form = forms[h.Events[len(h.Events)-1]]
		}
		if err := finding.Report(ctx, b, kindOf(h), o); err != nil {
			return err
		}
	}
	return nil
}
