package correlate

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// answersPerHour bounds the answers of one installation. More means a bug or an attack.
const answersPerHour = 20

// TooManyAnswers is raised when the bound keeps a detection from being answered.
var TooManyAnswers = finding.Kind{
	Name: "answers-stopped", PageInterval: time.Hour, Severity: finding.Critical,
	Why: "A detection hit, and its answer was not given: there were 20 in this hour.",
	Do:  "End the elevation yourself if the detection is right: curfew end ID. Correct the detection if it is wrong. Deny a changed principal by hand.",
}

// answered is a row: when each elevation was last ordered to end, in this hour.
type answered struct {
	Hour       int64            `json:"hour"` // since 1970
	Elevations map[string]int64 `json:"elevations"`
}

func answeredKey() record.Key { return record.AccessKey("history#answers", "answers") }

type answerer struct {
	*access.Service
	in Installation
}

// answer ends the elevations of hits, where the catalog says so. Function revoke is idempotent.
func (s answerer) answer(ctx context.Context, lives map[string]access.Life, hits []detection.Hit) error {
	var failed error
	for _, h := range hits {
		if l, known := lives[h.Elevation]; h.Answer != "" && known && !l.Elevation.State.Terminal() {
			failed = errors.Join(failed, s.order(ctx, l.Elevation.Order(access.ByDetection+h.Detection, s.Now()), h.What, h.Events))
		}
	}
	return failed
}

// order gives an order to revoke, unless the same was given within a minute or there were too many.
func (s answerer) order(ctx context.Context, o access.Order, what string, events []string) error {
	give, full, err := s.take(ctx, o.ID)
	switch {
	case err != nil:
		return err
	case full:
		return finding.Report(ctx, s.Base, TooManyAnswers, finding.Occurrence{Subject: o.ID, What: "no answer to " + what, Elevation: o.ID, Events: events})
	case !give:
		return nil
	}
	return fault.Wrap(s.Workflow.Revoke(ctx, o), "answering %s", o.By)
}

// again is how long an order is not repeated.
const again = time.Minute

// take notes an answer. full: too many.
func (s answerer) take(ctx context.Context, elevation string) (give, full bool, err error) {
	now := s.Now().Unix()
	err = record.UpdateRow(ctx, s.Store, "answers", answeredKey(), func(was record.Stored[answered]) ([]record.Change, error) {
		next := answered{now / 3600, map[string]int64{}}
		if was.Value.Hour == next.Hour && was.Value.Elevations != nil {
			next.Elevations = maps.Clone(was.Value.Elevations)
		}
		last, known := next.Elevations[elevation]
		give, full = !known || now >= last+int64(again/time.Second), !known && len(next.Elevations) >= answersPerHour
		if give = give && !full; !give {
			return nil, nil
		}
		next.Elevations[elevation] = now
		put, err := was.Put(next, s.Now().Add(24*time.Hour))
		return []record.Change{put}, err
	})
	return give, full, err
}

// removeUnexplained orders the removal of what grant and contain attached without a record that explains it. An
// account's administrators can take these roles there, so the order concerns that account alone.
func (s answerer) removeUnexplained(ctx context.Context, events []*detection.Event) error {
	var failed error
	for _, e := range events {
		r := e.Record
		f := s.in.function(r.Identity.Issuer.ARN)
		wrote := r.Source == "iam.amazonaws.com" && r.ReadOnly != trail.True && r.Error == "" && slices.Contains(adds, r.Name)
		if e.Class != detection.Own || e.Explained || !wrote || f != "grant" && f != "contain" {
			continue
		}
		id, ours := s.in.attachedBy(r)
		principal := principalOf(r)
		if !ours || principal == "" {
			continue // the finding is all there is to do: Curfew removes no policy that is not its own
		}
		l, err := s.Load(ctx, id)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			failed = errors.Join(failed, err)
			continue
		}
		o := access.Order{ID: id, Account: r.Account, Principal: principal, By: access.ByDetection + "unexplained", OrderedAt: record.Instant(s.Now()),
			Contained: strings.HasPrefix(policyOf(r), access.ContainmentName(s.in.Name, ""))}
		if p := l.Terms.Principal; err == nil && p.Account == r.Account && p.Name() == (access.Principal{ARN: principal}).Name() {
			contained := o.Contained
			o = l.Elevation.Order(o.By, s.Now())
			o.Contained = contained
		} else {
			o.Stray = true // the elevation names another principal, and goes on
		}
		failed = errors.Join(failed, s.order(ctx, o, "a write that no record explains", []string{r.ID}))
	}
	return failed
}
