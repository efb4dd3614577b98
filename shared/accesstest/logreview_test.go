package accesstest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/review"
	"curfew/shared/sweep"
)

// Its requester gets no break-glass until another person has signed it.
func TestOverdueReviewIsAFindingAndClosesBreakGlass(t *testing.T) {
	tell(t, func(s *story) {
		ana := s.As("ana")
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Review, e.Reviewers = access.ReviewAlways, []string{"group:leads"} })
		tries := func(want fault.Kind) error {
			t.Helper()
			id, err := ana.Tries("incident", 10*time.Minute)
			s.WantKind(err, want)
			s.Advance(30 * time.Minute)
			if err == nil {
				sign(s, "ben", id)
			}
			return err
		}
		reviewed := ana.Asks("deploy", 10*time.Minute)
		s.Advance(30 * time.Minute)
		s.Want(reviewed, "ended deadline")
		s.Sweeps()
		tries("")
		s.Advance(8 * 24 * time.Hour)
		s.Sweeps()
		s.Advance(time.Second)
		s.WantPaged(sweep.ReviewOverdue.Name)
		err := tries(fault.Denied)
		glassDenied(t, err, "curfew.review", inTheWay(err), "elevation "+reviewed, "is not signed", "group:leads", "curfew review "+reviewed, "colleague")
		for _, l := range overdue(s) {
			_, err := s.Service.SignReview(s.Context(), s.As("ben").Caller, l.Terms.ID, "seen")
			s.WantKind(err, "")
		}
		tries("")
	})
}

func overdue(s *story) []access.Life {
	var all []access.Life
	err := access.Reviews{Service: s.Service}.Overdue(s.Context(), func(r access.OpenReview) bool {
		if r.Due {
			all = append(all, r.Life)
		}
		return true
	})
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

// unsigned are the elevations in the list of reviews that are not signed.
func unsigned(s *story) (ids []string) {
	page, err := s.Store.List(s.Context(), record.Query{Index: record.ByState, Partition: review.Unsigned, Limit: 200})
	s.WantKind(err, "")
	for _, k := range page.Keys {
		ids = append(ids, review.ElevationOf(k))
	}
	return ids
}

// Otherwise they fill the list, and hide later reviews that are due.
func TestReviewForFindingsLeavesTheListIfNoneCame(t *testing.T) {
	if testing.Short() {
		t.Skip("60 lives, a week: not with -short")
	}
	tell(t, func(s *story) {
		s.Service.Decider = reviewed{s.Service.Decider, access.ReviewFindings}
		var ids []string
		for range 60 { // more than one page
			ids = append(ids, s.As("ana").Asks("deploy", time.Minute))
			s.Advance(2 * time.Minute)
		}
		last := ids[len(ids)-1]
		l, err := s.Service.Load(s.Context(), last)
		s.WantKind(err, "")
		raises(s, l.Found("it is so"))
		s.Advance(7*24*time.Hour + 3*time.Hour)
		if got := overdue(s); len(got) != 1 || got[0].Terms.ID != last {
			t.Errorf("%d overdue, want the last of the list", len(got))
		}
		for range 2 { // so many orders in one pass
			s.Sweeps()
			s.Advance(time.Second)
		}
		if got := unsigned(s); len(got) != 1 || got[0] != last {
			t.Errorf("listed: %v, want %s", got, last)
		}
		if proof := s.Receipt(ids[0]).Proof; proof.State != evidence.Verified {
			t.Errorf("evidence of a passed review: %+v", proof)
		}
	})
}

// A taken-over function may order Revoke. It decides by itself.
func TestOrderTakesNoReviewThatIsDueOffTheList(t *testing.T) {
	for rule, found := range map[access.ReviewRule]bool{access.ReviewAlways: false, access.ReviewFindings: true} {
		tell(t, func(s *story) {
			s.Service.Decider = reviewed{s.Service.Decider, rule}
			id := s.As("ana").Asks("deploy", time.Minute)
			s.Advance(2 * time.Minute)
			l, err := s.Service.Load(s.Context(), id)
			s.WantKind(err, "")
			order := func() {
				o := l.Elevation.Order("sweep", time.Now())
				o.Review = true
				_, err := s.Service.Revoke(s.Context(), o)
				s.WantKind(err, "")
				if got := unsigned(s); len(got) != 1 {
					t.Errorf("%s: listed: %v, want %s", rule, got, id)
				}
			}
			order() // a finding may still come
			if found {
				raises(s, l.Found("it is so"))
			}
			s.Advance(30 * 24 * time.Hour)
			order()
		})
	}
}

// A review for findings tells its reviewers of the first occurrence of each.
func TestReviewersAreToldWhenAReviewIsDue(t *testing.T) {
	told := func(s *story) (ids []string) {
		s.Advance(time.Second) // the outbox
		for _, m := range s.Notifier.Messages() {
			if m.Kind == "review" && slices.Equal(m.To, []string{"group:leads"}) {
				ids = append(ids, m.Elevation)
			}
		}
		return ids
	}
	for rule, want := range map[access.ReviewRule]int{access.ReviewNever: 0, access.ReviewAlways: 1, access.ReviewFindings: 0} {
		tell(t, func(s *story) {
			s.Service.Decider = reviewed{s.Service.Decider, rule}
			id := s.As("ana").Asks("deploy", 10*time.Minute)
			s.Advance(time.Minute)
			if got := told(s); len(got) != 0 {
				t.Errorf("%s: told before the end", rule)
			}
			s.Advance(30 * time.Minute)
			if got := told(s); len(got) != want {
				t.Errorf("%s: told %d times at the end, want %d", rule, len(got), want)
			}
			l, err := s.Service.Load(s.Context(), id)
			s.WantKind(err, "")
			raises(s, l.Found("it is so"))
			raises(s, l.Found("it is still so"))
			if rule == access.ReviewFindings {
				want = 1
			}
			if got := told(s); len(got) != want {
				t.Errorf("%s: told %d times after a finding, want %d", rule, len(got), want)
			}
		})
	}
	tell(t, func(s *story) {
		glass := s.As("ana").Asks("incident", 10*time.Minute)
		s.Advance(30 * time.Minute)
		if got := told(s); !slices.Equal(got, []string{glass}) {
			t.Errorf("break-glass: told %v, want %s", got, glass)
		}
		s.WantPaged("is over: sign its review now, until then ana gets no break-glass (due by 2000-01-08T00:10")
	})
	tell(t, func(s *story) { // it gave no access: nothing is closed
		s.Faults(accesstest.Once("workflow.Start", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		glass := s.As("ana").Asks("incident", 10*time.Minute)
		s.WantKind(s.As("ana").Withdraws(glass), "")
		s.Advance(time.Second)
		s.WantPaged("is over: its review is to be signed by 2000-01-08T00:00")
	})
}
