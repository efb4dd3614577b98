package access

import (
	"context"
	"errors"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// A survey of IAM reads every principal of every account. In an account of many roles it takes longer than a pass of the
// sweep may, and IAM answers only so many calls: a pass reads so many pages within so long a time, the next goes on where
// it stopped, and when all were read the next survey begins [Settings.SurveyEvery] after this one began.
const surveyPages = 40 // of up to 1,000 principals, and by surveyBy

// surveyed is where the survey stands between two passes.
type surveyed struct {
	BeganAt time.Time `json:"began_at"`
	Next    string    `json:"next,omitempty"`   // where to go on; empty: it came to its end
	Failed  bool      `json:"failed,omitempty"` // at some page: the next begins sooner
}

// every is how long after its beginning the next one begins. One that could not read everything is made up for soon, but
// not on every pass: what keeps failing must not use up the calls that IAM answers.
func (at surveyed) every(every time.Duration) time.Duration {
	if at.Failed {
		return every / 5
	}
	return every
}

// pageFor is when a page that is being read is cut off.
const pageFor = 30 * time.Second

// inIAM is the part of a pass that reads all of IAM.
type inIAM struct{ *Service }

// sweepIAM reads the part of IAM that is due in this pass, and handles each page before it reads the next: a page that takes
// long, or cannot be read, keeps no other from being handled.
func (s inIAM) sweepIAM(ctx context.Context, sw *Swept) error {
	at, due, err := s.surveyFrom(ctx)
	if !due {
		return err
	}
	failed := []error{err}
	within := sweeper{s.Service}.within(sw, surveyBy)
	for pages := 1; ; pages++ {
		next, whole, err := s.sweepPage(ctx, at.Next, sw)
		at.Failed = at.Failed || !whole || err != nil
		failed = append(failed, err)
		if at.Next = next; next == "" {
			break
		}
		if s.Settings.SurveyEvery > 0 && (pages == surveyPages || !within()) {
			break
		}
	}
	return errors.Join(append(failed, s.surveyedTo(ctx, at))...)
}

// sweepPage reads one page of IAM, and then the record of each policy on it: a grant that is attached in between has its
// record by the time it is looked up.
func (s inIAM) sweepPage(ctx context.Context, after string, sw *Swept) (next string, whole bool, err error) {
	reading, stop := context.WithTimeout(ctx, pageFor)
	page, unread := s.Cloud.Survey(reading, after)
	stop()
	sw.Policies += len(page.Grants)
	whole, err = s.sweepFound(ctx, page.Grants, sw)
	return page.Next, whole, errors.Join(fault.Wrap(unread, "surveying IAM"), err)
}

// surveyFrom says where to go on. A place that cannot be read is no reason not to look: from the beginning, then.
func (s inIAM) surveyFrom(ctx context.Context) (at surveyed, due bool, err error) {
	fresh := surveyed{BeganAt: s.Instant()}
	if s.Settings.SurveyEvery == 0 {
		return fresh, true, nil
	}
	rows, err := s.Store.Read(ctx, surveyKey())
	if err != nil {
		return fresh, true, fault.Wrap(err, "reading how far IAM was surveyed")
	}
	row, ok := rows[surveyKey()]
	if !ok {
		return fresh, true, nil
	}
	if at, err = record.Decode[surveyed](row); err != nil {
		return fresh, true, err
	}
	switch over := !s.Now().Before(at.BeganAt.Add(at.every(s.Settings.SurveyEvery))); {
	case at.Next != "" && !s.Now().Before(at.BeganAt.Add(2*s.Settings.SurveyEvery)):
		return fresh, true, nil // what it was at is too long ago, or cannot be gone on from
	case at.Next != "":
		return at, true, nil
	case over:
		return fresh, true, nil
	}
	return at, false, nil
}

// surveyedTo stores how far IAM was surveyed, after it was handled. A pass that dies before is made again.
func (s inIAM) surveyedTo(ctx context.Context, at surveyed) error {
	if s.Settings.SurveyEvery == 0 {
		return nil
	}
	row, err := record.Encode(surveyKey(), 1, at)
	if err == nil {
		err = s.Store.Write(ctx, record.Change{If: record.Always, Row: row}) // one sweep runs at a time, and two would only read twice
	}
	return fault.Wrap(err, "storing how far IAM was surveyed")
}
