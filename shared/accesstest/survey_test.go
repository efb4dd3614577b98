package accesstest_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/sweep"
)

// slowSurveyCloud is a cloud with so many principals that a survey takes many slow pages; ours are on the last.
type slowSurveyCloud struct {
	access.Cloud
	pages    int
	pageTime time.Duration
	asked    *int
}

func (v slowSurveyCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	*v.asked++
	time.Sleep(v.pageTime)
	if n, _ := strconv.Atoi(after); n+1 < v.pages {
		return access.Survey{Next: strconv.Itoa(n + 1)}, nil
	}
	return v.Cloud.Survey(ctx, account, "")
}

// inVastness runs a story with that many pages of principals.
func inVastness(t *testing.T, pages int, takes time.Duration, f func(s *story, asked *int)) {
	tell(t, func(s *story) {
		asked := 0
		s.Service.Cloud = slowSurveyCloud{Cloud: s.Service.Cloud, pages: pages, pageTime: takes, asked: &asked}
		s.Service.Settings.SurveyEvery = 15 * time.Minute
		f(s, &asked)
	})
}

func TestSurveyGoesOnWhereItStopped(t *testing.T) {
	for _, c := range []struct {
		name   string
		pages  int
		takes  time.Duration
		passes int // until the last page was read
		most   int // pages in one pass
	}{
		{"few principals", 5, time.Second, 1, 5},
		{"more pages than a pass may read", 100, 0, 3, 40},
		{"pages that take long", 100, 5 * time.Second, 9, 12},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVastness(t, c.pages, c.takes, func(s *story, asked *int) {
				s.WorldMayBeWrong(func() {
					s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
						return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
					})
					for pass := 1; pass <= c.passes; pass++ {
						s.WantCan(accesstest.Engineer, "mallory", true)
						before := *asked
						s.Sweeps()
						if got := *asked - before; got > c.most {
							t.Errorf("pass %d read %d pages, want at most %d", pass, got, c.most)
						}
						s.Advance(time.Second)
					}
					s.WantCan(accesstest.Engineer, "mallory", false)
				})
				if *asked != c.pages {
					t.Errorf("read %d pages, want each of %d once", *asked, c.pages)
				}
				s.Sweeps()
				if *asked != c.pages {
					t.Errorf("a survey began anew, and the one before began a moment ago")
				}
				s.Advance(15 * time.Minute)
				s.Sweeps()
				if *asked == c.pages {
					t.Errorf("no survey began after 15 minutes")
				}
			})
		})
	}
}

func TestWhatIsActiveIsLookedAtBetweenSurveys(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(iam *inprocess.IAM, policy string) error
		want finding.Kind
		ends bool
	}{
		{"its fence removed", func(iam *inprocess.IAM, p string) error {
			return iam.PutRolePolicyByHand(accesstest.Engineer, p, rogue)
		}, sweep.Unfenced, true},
		{"deleted", func(iam *inprocess.IAM, p string) error {
			return iam.DeleteRolePolicyByHand(accesstest.Engineer, p)
		}, sweep.Missing, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVastness(t, 100, 0, func(s *story, _ *int) {
				id := s.As("ana").Asks("deploy", time.Hour)
				for range 3 { // a whole survey
					s.Sweeps()
				}
				s.WorldMayBeWrong(func() {
					s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return c.edit(iam, access.GrantName("curfew", id)) })
					s.Sweeps()
					s.WantPaged(c.want.Name)
					if !c.ends {
						s.WantKind(s.As("ana").Ends(id), "")
					}
					s.Advance(time.Minute)
				})
				s.Advance(time.Minute)
				s.WantClean()
			})
		})
	}
}

func TestPrincipalThatLosesItsMarkLosesItsAccess(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(*inprocess.IAM) error
	}{
		{"its tag", func(iam *inprocess.IAM) error { return iam.RemoveTag(accesstest.Engineer, "curfew:managed") }},
		{"its boundary", func(iam *inprocess.IAM) error { return iam.SetBoundary(accesstest.Engineer, "") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("deploy", time.Hour)
				s.ByHand(accesstest.Engineer, c.edit)
				s.Sweeps()
				s.Advance(2 * time.Minute)
				s.Want(id, "ended drift")
				s.WantPaged(sweep.Unmarked.Name)
				s.WantClean()
			})
		})
	}
}

func TestGrantThatLosesItsLastPolicyByHandEnds(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Policy = large })
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		parts := len(s.Receipt(id).Terms.Policies)
		if parts < 2 {
			t.Fatalf("%d policies, want several", parts)
		}
		last := fmt.Sprintf("arn:aws:iam::111122223333:policy/curfew/%s-%d", access.GrantName("curfew", id), parts)
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.DetachByHand(accesstest.Engineer, last) })
		s.Sweeps()
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
		s.WantPaged(sweep.Edited.Name)
		s.WantClean()
	})
}

func TestSurveyThatFailedIsMadeUpForSoon(t *testing.T) {
	inVastness(t, 3, 0, func(s *story, asked *int) {
		s.Faults(accesstest.Once("cloud.Survey", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		s.Sweeps()
		s.Faults(nil)
		before := *asked
		s.Advance(2 * time.Minute)
		s.Sweeps()
		if *asked != before {
			t.Errorf("surveyed again after 2 minutes: what keeps failing would use up what IAM answers")
		}
		s.Advance(2 * time.Minute)
		s.Sweeps()
		if *asked == before {
			t.Errorf("not surveyed again after 4 minutes")
		}
	})
}
