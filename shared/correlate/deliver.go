package correlate

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/trail"
)

var (
	// Unread: something came that is not a record of a governed account.
	Unread = finding.Kind{
		Name: "trail.unread", PageInterval: finding.Daily, Severity: finding.Medium,
		Why: "A record that Curfew cannot read is not counted. Somebody may also send what is no record.",
		Do:  "See the examples in the evidence. If the account is yours, add it (curfew accounts add); if not, see who may send to the bus.",
	}
	// Unexplained: records of marked principals whose right is not known.
	Unexplained = finding.Kind{
		Name: "trail.unresolved", PageInterval: finding.Daily, Severity: finding.Medium,
		Why: "A marked principal made calls, and neither a grant nor its own policies are known to allow them.",
		Do:  "Look for a resource policy that allows the principal. If there is none, treat the calls as an incident: end the principal's elevations and see what was done.",
	}
)

// maxAhead is how far a record's time may be ahead of the clock.
const maxAhead = 15 * time.Minute

// Deliver counts CloudTrail records in EventBridge events, in any order. It is idempotent, and returns an error for
// each event to deliver again.
func (s *Service) Deliver(ctx context.Context, events []string) []error {
	o, failed := s.deliver(ctx, events)
	s.Log.InfoContext(ctx, "delivered", "records", o.Records, "counted", o.Counted, "unresolved", o.Open, "hits", o.Hits, "refused", o.Refused)
	return failed
}

func (s *Service) deliver(ctx context.Context, events []string) (o Outcome, failed []error) {
	failed = make([]error, len(events))
	var all []judged
	var reader trail.Reader
	for i, text := range events {
		before := len(all)
		_ = reader.ReadText("bus", text, func(r *trail.Record) error { // only the function could fail
			if s.governed(r.Account) {
				one := *r
				all = append(all, judged{Record: &one, index: i})
			}
			return nil
		})
		if len(all) == before {
			o.Refused++
		}
	}
	done, err := s.take(ctx, ByBus, all, func(j judged, err error) { failed[j.index] = err })
	o.add(done)
	if o.Refused > 0 {
		err = errors.Join(err, finding.Report(ctx, s.Base, Unread, finding.Occurrence{
			Subject: string(ByBus), What: "events came that carry no record of a governed account", Detail: reader.Counts.Unread,
		}))
	}
	if err != nil { // of what concerns all
		for i := range failed {
			if failed[i] == nil {
				failed[i] = err
			}
		}
	}
	return o, failed
}

func (s *Service) take(ctx context.Context, route Route, all []judged, fails func(judged, error)) (o Outcome, err error) {
	o.Records = len(all)
	var records []*trail.Record
	for _, j := range all {
		if j.Time.After(s.Now().Add(maxAhead)) {
			j.Time = time.Time{}
		}
		records = append(records, j.Record)
	}
	rights, lives, err := s.rights.of(ctx, records)
	if err != nil {
		return o, fault.Wrap(err, "reading the rights of principals")
	}
	var open []judged
	for i := range all {
		j := &all[i]
		j.verdict = rights.Attribute(j.Record)
		j.subject, j.perhaps = subjectOf(j.Record, &j.verdict), rights.Perhaps(j.Record)
		if j.subject != "" {
			o.Counted++
		}
		if j.verdict.Right == trail.Unresolved {
			open = append(open, *j)
		}
	}
	o.Open = len(open)
	opener{s.rights}.note(ctx, all, fails)
	if err := s.beats.note(ctx, route, all); err != nil {
		return o, err
	}
	hits, err := s.watcher.judge(ctx, route, rights, lives, all)
	o.Hits = len(hits)
	if err := errors.Join(fault.Wrap(err, "judging records"), s.watcher.judgeChanges(ctx, route, rights, all), s.watcher.reportRegions(ctx, route, rights, all), s.reportOpen(ctx, lives, rights, open)); err != nil {
		return o, err // before anything is counted: the verdict may be another when the records come again
	}
	s.counter.count(ctx, route, all, fails)
	return o, nil
}

// reportOpen raises one finding for each principal, open elevation and reason.
func (s *Service) reportOpen(ctx context.Context, lives map[string]access.Life, rights *trail.Rights, open []judged) error {
	found := map[string]*finding.Occurrence{}
	var subjects []string
	for _, j := range open {
		a := j.Identity.Actor()
		subject, elevation := a.PrincipalID+" "+string(j.verdict.Why), ""
		if g := rights.Last(j.Record); g != nil && !lives[g.Elevation].Elevation.State.Terminal() {
			elevation = g.Elevation
			subject += " " + elevation
		}
		o := found[subject]
		if o == nil {
			o = &finding.Occurrence{
				Subject: subject, What: "calls of a marked principal whose right is not known: " + string(j.verdict.Why),
				Elevation: elevation, Principal: a.ARN, Account: j.Account, Form: formOf(j.Record), Detail: map[string]any{"call": j.Source + " " + j.Name, "at": j.Time},
			}
			found[subject] = o
			subjects = append(subjects, subject)
		}
		o.Events = append(o.Events, j.ID)
	}
	var failed error
	for _, subject := range subjects {
		failed = errors.Join(failed, finding.Report(ctx, s.Base, Unexplained, *found[subject]))
	}
	return failed
}
