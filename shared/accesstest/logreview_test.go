package accesstest_test

import (
	"context"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/review"
	"curfew/shared/sweep"
)

// Its requester gets no break-glass until another person has signed it.
func TestOverdueReviewIsAFindingAndClosesBreakGlass(t *testing.T) {
	tell(t, func(s *story) {
		ana := s.As("ana")
		tries := func(want fault.Kind) error {
			t.Helper()
			_, err := ana.Tries("incident", 10*time.Minute)
			s.WantKind(err, want)
			s.Advance(30 * time.Minute)
			return err
		}
		glass := ana.Asks("incident", 10*time.Minute)
		s.Advance(30 * time.Minute)
		s.Want(glass, "ended deadline")
		s.Sweeps()
		tries("")
		s.Advance(8 * 24 * time.Hour)
		s.Sweeps()
		s.Advance(time.Second)
		s.WantPaged(sweep.ReviewOverdue.Name)
		if err := tries(fault.Denied); fault.Reasons(err)[0] != "curfew.review" {
			t.Errorf("%v, want a denial by curfew.review", err)
		}
		for _, l := range overdue(s) {
			_, err := s.Service.SignReview(s.Context(), s.As("ben").Caller, l.Terms.ID, "seen")
			s.WantKind(err, "")
		}
		tries("")
	})
}

func overdue(s *story) []access.Life {
	all, err := access.Reviews{Service: s.Service}.Overdue(s.Context())
	s.WantKind(err, "")
	return all
}

// reviewed gives every entitlement a review.
type reviewed struct {
	access.Decider
	rule access.ReviewRule
}

func (r reviewed) Entitlement(ctx context.Context, catalog, name string) (access.Entitlement, error) {
	e, err := r.Decider.Entitlement(ctx, catalog, name)
	if r.rule != access.ReviewNever {
		e.Review, e.Reviewers = r.rule, []string{"group:leads"}
	}
	return e, err
}

// A review that is only for findings is overdue only with a finding about its elevation.
func TestReviewOpensAtTheEndIfTheEntitlementSaysSo(t *testing.T) {
	for rule, want := range map[access.ReviewRule]int{access.ReviewNever: 0, access.ReviewAlways: 1, access.ReviewFindings: 0} {
		tell(t, func(s *story) {
			s.Service.Decider = reviewed{s.Service.Decider, rule}
			id := s.As("ana").Asks("deploy", 10*time.Minute)
			s.Advance(time.Minute)
			was, err := record.Get[review.Review](s.Context(), s.Store, review.Key(id))
			if err != nil || was.Exists() {
				t.Errorf("%s: opened before the end: %v, %v", rule, was, err)
			}
			s.Advance(30*time.Minute + 8*24*time.Hour)
			if got := len(overdue(s)); got != want {
				t.Errorf("%s: %d overdue, want %d", rule, got, want)
			}
			l, err := s.Service.Load(s.Context(), id)
			s.WantKind(err, "")
			raises(s, l.Found("it is so"))
			if rule == access.ReviewFindings {
				want = 1
			}
			if got := len(overdue(s)); got != want {
				t.Errorf("%s: %d overdue with a finding, want %d", rule, got, want)
			}
		})
	}
}
