package onaws

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// LateQueue holds deferred evidence: package sqs.
type LateQueue interface {
	// Receive returns up to one batch of messages. Undeleted messages come again. Transient: retry.
	Receive(context.Context) ([]LateMessage, error)

	// Delete is idempotent. Transient: the message comes again.
	Delete(ctx context.Context, receipt string) error
}

type LateMessage struct {
	Body    string // [access.Late.Body], of a sender who is not trusted
	Receipt string // of this delivery
}

// sweepIn is the schedule's input, or {"survey": true} by hand to read all of IAM.
type sweepIn struct {
	Survey bool `json:"survey"`
}

// Sweep handles reconcile: one sweep, the late evidence, the counts.
func (f *Function) Sweep(s *access.Service, q LateQueue) Handler {
	whole := *s
	whole.Settings.SurveyEvery = 0
	return Task(f, func(ctx context.Context, in sweepIn) (sweep.PassResult, error) {
		s := s
		if in.Survey {
			s = &whole
		}
		if f.NoAccount {
			f.warnNoAccount(ctx)
		}
		began := s.Now()
		counted := f.countElevations(ctx, s) // first: alarms must not wait for a long sweep
		sw, err := sweep.New(s).Reconcile(ctx)
		// even with errors, which have their own metric and finding
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

// maxBatches limits one pass; the next follows in a minute.
const maxBatches = 10

// appendLate stores deferred evidence. Failures come again.
func (f *Function) appendLate(ctx context.Context, s *access.Service, q LateQueue) error {
	var failed []error
	for range maxBatches {
		messages, err := q.Receive(ctx)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		if len(messages) == 0 {
			break
		}
		for _, m := range messages {
			if err := s.AppendLate(ctx, []byte(m.Body)); err != nil {
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
		if failed != nil { // unreadable: an operator must look
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

// activePage is the Store's maximum page size.
const activePage = 200

// countActive reads an eventually consistent index; nothing depends on it.
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
