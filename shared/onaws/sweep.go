package onaws

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// LateQueue is where what [Late] postponed waits: package sqs.
type LateQueue interface {
	// Receive gives some messages, or none. Each comes again some time later unless it is deleted. Transient: ask again.
	Receive(context.Context) ([]LateMessage, error)

	// Delete deletes a message by its receipt; one that is not there any more is no error. Transient: it comes again.
	Delete(ctx context.Context, receipt string) error
}

// LateMessage is a message as it was received.
type LateMessage struct {
	Body    string // JSON of [access.Late], if it is what it should be
	Receipt string // of this receiving of it
}

// sweepIn is what the function reconcile is invoked with: whatever the schedule sends, or by hand {"survey": true}, to have
// all of IAM read in this pass.
type sweepIn struct {
	Survey bool `json:"survey"`
}

// Sweep is the handler of the function reconcile: one pass of the sweep, the late evidence, and a count of what there is.
// The net's beat is told of a pass that came to its end.
func (f *Function) Sweep(s *access.Service, q LateQueue) Handler {
	whole := *s
	whole.Settings.SurveyEvery = 0
	return Task(f, func(ctx context.Context, in sweepIn) (sweep.Swept, error) {
		s := s
		if in.Survey {
			s = &whole
		}
		if f.NoAccount {
			f.warnNoAccount(ctx)
		}
		began := s.Now()
		counted := f.countElevations(ctx, s) // first: what pages must not wait for what may take long
		sw, err := sweep.New(s).Reconcile(ctx)
		// It came to its end, with or without errors, which have a metric and a finding of their own.
		f.Metrics.Beat(access.NetSweep)
		f.Metrics.Put(nil, Value{MetricSweep, Seconds, s.Now().Sub(began).Seconds()})
		if sw.CanaryDies {
			f.Metrics.Put(nil, Value{MetricDies, Count, 1})
		}
		if c := sw.Canary; c != nil && c.EndedBy == string(c.Net) {
			f.Metrics.Put(map[string]string{"Net": string(c.Net)}, Value{MetricCanary, Seconds, float64(c.Late)})
		}
		return sw, errors.Join(err, f.appendLate(ctx, s, q), counted)
	})
}

// mostBatches bounds what one pass appends; the next is a minute away.
const mostBatches = 10

// appendLate stores what was postponed. A message that cannot be stored yet stays, and comes again; one of an elevation
// that there is not, as after the table was restored, is left to the log.
func (f *Function) appendLate(ctx context.Context, s *access.Service, q LateQueue) error {
	var failed []error
	for range mostBatches {
		messages, err := q.Receive(ctx)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			if err := f.appendOne(ctx, s, m.Body); err != nil {
				failed = append(failed, err)
				continue
			}
			if err := q.Delete(ctx, m.Receipt); err != nil {
				failed = append(failed, err)
			}
		}
	}
	return errors.Join(failed...)
}

// appendOne stores one. What is no evidence stays in the queue until its redrive policy takes it to the dead letters.
func (f *Function) appendOne(ctx context.Context, s *access.Service, body string) error {
	late, err := decodeObject[access.Late]([]byte(body))
	if err != nil {
		return err
	}
	err = s.AppendLate(ctx, late)
	if fault.KindOf(err) == fault.NotFound {
		f.Log.ErrorContext(ctx, "late evidence without an elevation", "elevation", late.Elevation, "entry", late.Entry)
		return nil
	}
	return err
}

// countElevations counts what has access, and what should not have it any more.
func (f *Function) countElevations(ctx context.Context, s *access.Service) error {
	active, err := countActive(ctx, s)
	if err != nil {
		return err
	}
	overdue, stuck := 0, 0
	var failed []error
	q := record.Query{Index: record.ByDue, Partition: "due", UpTo: s.Now().UTC().Format(time.RFC3339) + "#~", Limit: 100}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return err
		}
		late, pages, err := countLate(ctx, s, page.Keys)
		overdue, stuck, failed = overdue+late, stuck+pages, append(failed, err)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	f.Metrics.Put(nil, Value{MetricActive, Count, float64(active)}, Value{MetricOverdue, Count, float64(overdue)}, Value{MetricStuck, Count, float64(stuck)})
	return errors.Join(failed...)
}

// countLate counts, of the elevations of these keys, what is overdue and what is stuck, as they stand now.
func countLate(ctx context.Context, s *access.Service, keys []record.Key) (overdue, stuck int, err error) {
	if len(keys) == 0 {
		return 0, 0, nil
	}
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return 0, 0, err
	}
	for _, row := range rows {
		e, failed := access.DecodeElevation(row)
		if failed != nil { // what cannot be read is overdue: somebody has to look
			overdue++
			err = errors.Join(err, failed)
			continue
		}
		late, unread := sweep.New(s).Overdue(ctx, e)
		err = errors.Join(err, unread)
		if late {
			overdue++
		}
		if e.State == access.Stuck {
			stuck++
		}
	}
	return overdue, stuck, err
}

// activePage is how many keys are counted at a time: as many as a Store lists.
const activePage = 200

// countActive is the number of elevations with access, by an index that may lag a little: it decides nothing.
func countActive(ctx context.Context, s *access.Service) (int, error) {
	n := 0
	q := record.Query{Index: record.ByState, Partition: access.IndexOpen, Limit: activePage}
	for {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return 0, err
		}
		n += len(page.Keys)
		if q.After = page.Next; q.After == "" {
			return n, nil
		}
	}
}
