package correlate

import (
	"context"
	"errors"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// answersPerHour bounds the answers of one installation. More means a bug, or somebody who provokes them.
const answersPerHour = 20

// TooManyAnswers is raised where the bound keeps a detection from being answered.
var TooManyAnswers = finding.Kind{
	Name: "answers-stopped", PageInterval: time.Hour, Severity: finding.Critical,
	Why: "A detection hit, and its answer was not given: there were 20 in this hour.",
	Do:  "End the elevation yourself if the detection is right: curfew end ID. Correct the detection if it is wrong.",
}

// answered is a row: the elevations that were ordered to end in this hour.
type answered struct {
	Hour       int64    `json:"hour"` // since 1970
	Elevations []string `json:"elevations"`
}

func answeredKey() record.Key { return record.AccessKey("history#answers", "answers") }

// answerer answers hits.
type answerer struct {
	*access.Service
	in Installation
}

// answer ends the elevations of hits, where the catalog says so. Function revoke reads IAM and decides by the record what is left to
// remove, so a repetition changes nothing.
func (s answerer) answer(ctx context.Context, lives map[string]access.Life, hits []detection.Hit) error {
	var failed error
	for _, h := range hits {
		l, known := lives[h.Elevation]
		if h.Answer == "" || !known {
			continue
		}
		if free, err := s.takeAnswer(ctx, h.Elevation); err != nil || !free {
			if err == nil {
				err = finding.Report(ctx, s.Base, TooManyAnswers, finding.Occurrence{Subject: h.Elevation, What: "no answer to " + h.What, Elevation: h.Elevation, Events: h.Events})
			}
			failed = errors.Join(failed, err)
			continue
		}
		o := l.Elevation.Order(access.ByDetection+h.Detection, s.Now())
		err := s.Workflow.Revoke(ctx, o)
		if h.Answer == detection.AnswerContain {
			err = errors.Join(err, s.Workflow.Contain(ctx, o))
		}
		failed = errors.Join(failed, fault.Wrap(err, "answering detection %s", h.Detection))
	}
	return failed
}

// takeAnswer reports whether an elevation may be answered. A repetition in the same hour is free.
func (s answerer) takeAnswer(ctx context.Context, elevation string) (free bool, err error) {
	hour := s.Now().Unix() / 3600
	err = record.UpdateRow(ctx, s.Store, "answers", answeredKey(), func(was record.Stored[answered]) ([]record.Change, error) {
		now := was.Value
		if now.Hour != hour {
			now = answered{Hour: hour}
		}
		for _, id := range now.Elevations {
			if free = id == elevation; free {
				return nil, nil
			}
		}
		if free = len(now.Elevations) < answersPerHour; !free {
			return nil, nil
		}
		now.Elevations = append(now.Elevations[:len(now.Elevations):len(now.Elevations)], elevation)
		put, err := was.Put(now, s.Now().Add(24*time.Hour))
		return []record.Change{put}, err
	})
	return free, err
}

// removeUnexplained orders the removal of what function grant attached and no record explains.
func (s answerer) removeUnexplained(ctx context.Context, e *detection.Event) error {
	r := e.Record
	if e.Class != detection.Own || e.Explained || s.in.function(r.Identity.Issuer.ARN) != "grant" || r.Error != "" {
		return nil
	}
	principal := principalOf(r)
	id, ours := s.in.grantID(policyOf(r))
	if !ours || principal == "" {
		return nil // the finding is all there is to do: Curfew removes no policy that is not its own
	}
	l, err := s.Load(ctx, id)
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	o := access.Order{ID: id, Account: r.Account, Principal: principal, By: access.ByDetection + "unexplained", OrderedAt: record.Instant(s.Now())}
	o.Stray = err == nil && l.Terms.Principal.Name() != (access.Principal{ARN: principal}).Name()
	if err == nil && !o.Stray {
		o = l.Elevation.Order(o.By, s.Now())
	}
	return s.Workflow.Revoke(ctx, o)
}
