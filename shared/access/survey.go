package access

import (
	"context"
	"errors"
	"time"
)

// A survey of IAM reads every principal of every account. In an account of many roles it takes longer than a pass of the
// sweep may, and IAM answers only so many calls: a pass reads so many pages within so long a time, the next goes on where
// it stopped, and when all were read the next survey begins [Settings.SurveyEvery] after this one began.
const surveyPages = 40 // of up to 1,000 principals, and by surveyBy

// longestSurvey is when a page that is being read is cut off.
const longestSurvey = 2 * time.Minute

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

// survey reads the part of IAM that is due in this pass. A page that cannot be read does not keep the others from being
// read. at is for [Service.surveyedTo], after what was found was handled; nil: no survey was due.
func (s *Service) survey(ctx context.Context, sw *Swept) (found []Found, at *surveyed, err error) {
	from, due, failed := s.surveyFrom(ctx)
	if !due {
		return nil, nil, failed
	}
	at = &from
	// A page may hold more managed policies of our name than can be read in a pass: it is cut off, and the next goes on.
	ctx, stop := context.WithTimeout(ctx, longestSurvey)
	defer stop()
	errs := []error{failed}
	within, after := s.within(sw, surveyBy), at.Next
	for pages := 1; ; pages++ {
		page, err := s.Cloud.Survey(ctx, after)
		if err != nil {
			at.Failed = true
			errs = append(errs, wrap(err, "surveying IAM"))
		}
		found = append(found, page.Grants...)
		if after = page.Next; after == "" {
			break
		}
		if s.Settings.SurveyEvery > 0 && (pages == surveyPages || !within()) {
			break
		}
	}
	at.Next = after
	return found, at, errors.Join(errs...)
}

// surveyFrom says where to go on. A place that cannot be read is no reason not to look: from the beginning, then.
func (s *Service) surveyFrom(ctx context.Context) (at surveyed, due bool, err error) {
	fresh := surveyed{BeganAt: s.now()}
	if s.Settings.SurveyEvery == 0 {
		return fresh, true, nil
	}
	rows, err := s.Store.Read(ctx, surveyKey())
	if err != nil {
		return fresh, true, wrap(err, "reading how far IAM was surveyed")
	}
	row, ok := rows[surveyKey()]
	if !ok {
		return fresh, true, nil
	}
	if at, err = decode[surveyed](row); err != nil {
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

// surveyedTo stores how far IAM was surveyed, and that it was for nothing if something found could not be seen to. A pass that
// dies before is made again.
func (s *Service) surveyedTo(ctx context.Context, at *surveyed, failed error) error {
	if s.Settings.SurveyEvery == 0 || at == nil {
		return nil
	}
	at.Failed = at.Failed || failed != nil
	row, err := encode(surveyKey(), 1, at)
	if err == nil {
		err = s.Store.Write(ctx, Change{If: Always, Row: row}) // one sweep runs at a time, and two would only read twice
	}
	return wrap(err, "storing how far IAM was surveyed")
}
