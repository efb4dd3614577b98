package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/accountreview"
	"curfew/shared/campaign"
	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

const reviewedAccount = "111122223333"

// reviews is function review with its queue.
func reviews(s *story) (*accountreview.Service, *inprocess.Reviews) {
	q := &inprocess.Reviews{}
	return &accountreview.Service{Service: s.Service, Reader: inprocess.Reader{Cloud: s.Cloud}, Queue: q, Use: correlate.UsageOf(s.Service.Base)}, q
}

// monthBegins reviews all accounts.
func monthBegins(s *story) {
	of, q := reviews(s)
	s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
	s.WantKind(q.Deliver(s.Context(), of), "")
	s.Advance(time.Second)
}

func idOf(t *testing.T, s *story, arn string) string {
	t.Helper()
	d, err := inprocess.Reader{Cloud: s.Cloud}.Details(s.Context(), reviewedAccount)
	s.WantKind(err, "")
	for _, p := range d.Principals {
		if p.ARN == arn {
			return p.ID
		}
	}
	t.Fatalf("the account has no %s", arn)
	return ""
}

const admin = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func TestTheMonthBeginsAndOwnersAnswer(t *testing.T) {
	tell(t, func(s *story) {
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(accesstest.Engineer, "forever", admin) })
		s.ByHand(accesstest.Backup, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(accesstest.Backup, "forever", admin) })
		engineer, backup := idOf(t, s, accesstest.Engineer), idOf(t, s, accesstest.Backup)
		monthBegins(s)
		for _, id := range []string{engineer, backup} {
			i := item(s, id)
			if !i.Exists() || i.State() != campaign.Open || i.Value.Campaign != campaign.Month(time.Now()) || i.Value.Score == 0 || !slices.Contains(i.Value.Classes, "credentials") || !strings.Contains(i.Value.Why, "credentials (") {
				t.Fatalf("the item of %s is %+v", id, i.Value)
			}
		}
		first, err := campaign.ReadTrend(s.Context(), s.Store, reviewedAccount)
		s.WantKind(err, "")
		if len(first.Scores) != 1 || first.Scores[0].Score == 0 || first.Scores[0].Privileged < 2 {
			t.Fatalf("the scores are %+v", first)
		}
		s.WantKind(answers(s, s.As("ben").Caller, engineer, campaign.Signed), "")
		before := len(s.Store.All(record.AuditTable))
		monthBegins(s) // the same messages again
		wantState(t, s, engineer, campaign.Signed)
		if after := len(s.Store.All(record.AuditTable)); after != before {
			t.Errorf("the same review again left %d records", after-before)
		}
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.DeleteRolePolicyByHand(accesstest.Engineer, "forever") })
		s.Advance(31 * 24 * time.Hour)
		s.Sweeps()
		s.Advance(time.Second)
		s.WantPaged(sweep.CampaignOverdue.Name)
		if f := foundOf(s, sweep.CampaignOverdue.Name); len(f) == 0 || !strings.Contains(strings.Join(f, " "), "principals") {
			t.Errorf("found %v", f)
		}
		monthBegins(s)
		wantState(t, s, engineer, campaign.Gone)
		wantState(t, s, backup, campaign.Open)
		trend, err := campaign.ReadTrend(s.Context(), s.Store, reviewedAccount)
		s.WantKind(err, "")
		if len(trend.Scores) != 2 || trend.Scores[1].Privileged != trend.Scores[0].Privileged-1 || trend.Scores[0].Campaign >= trend.Scores[1].Campaign {
			t.Errorf("the trend is %+v", trend)
		}
		shown, err := access.Campaigns{Service: s.Service}.Trends(s.Context(), item(s, backup), item(s, engineer))
		s.WantKind(err, "")
		if len(shown) != 1 || shown[0].Account != reviewedAccount || !slices.Equal(shown[0].Scores, trend.Scores) {
			t.Errorf("the trends that are shown are %+v", shown)
		}
	})
}

// A schedule that never fires, and a review that was given up, are a finding; the next review ends it.
func TestAnAccountThatIsNotReviewedIsAFinding(t *testing.T) {
	tell(t, func(s *story) {
		month := time.Date(2000, 2, 1, 6, 0, 0, 0, time.UTC)
		monthBegins(s)
		s.Advance(time.Until(month.Add(3*24*time.Hour - time.Hour)))
		s.Sweeps()
		if f := foundOf(s, sweep.NotReviewed.Name); len(f) != 0 {
			t.Errorf("within three days: %v", f)
		}
		// A sweep of every third minute need not begin with the hour.
		s.Advance(time.Until(month.Add(3*24*time.Hour + 2*time.Minute)))
		s.Sweeps()
		s.Advance(time.Second)
		s.WantPaged(sweep.NotReviewed.Name)
		f := foundOf(s, sweep.NotReviewed.Name)
		if len(f) != 1 || !strings.Contains(f[0], "campaign 2000-02") || !strings.Contains(f[0], reviewedAccount) {
			t.Fatalf("found %v", f)
		}
		monthBegins(s)
		s.Advance(time.Until(month.Add(30 * 24 * time.Hour)))
		s.Sweeps()
		if again := foundOf(s, sweep.NotReviewed.Name); !slices.Equal(again, f) {
			t.Errorf("after the review: %v", again)
		}
	})
}

// A grant is no standing privilege.
func TestAReviewLeavesGrantsOut(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", 30*time.Minute)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
		engineer := idOf(t, s, accesstest.Engineer)
		monthBegins(s)
		if i := item(s, engineer); i.Exists() && slices.Contains(i.Value.Classes, "credentials") {
			t.Errorf("the grant is an item: %+v", i.Value)
		}
	})
}

func TestAReviewIsOfGovernedAccounts(t *testing.T) {
	tell(t, func(s *story) {
		of, q := reviews(s)
		s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
		if _, err := of.Handle(s.Context(), []byte(q.Waiting[0])); err != nil {
			t.Fatal(err)
		}
		governed, err := access.Accounts(s.Service).Governed(s.Context())
		s.WantKind(err, "")
		if len(q.Waiting) != 1+len(governed) || !strings.Contains(q.Waiting[1], governed[0]) {
			t.Errorf("%d governed accounts, and the messages are %q", len(governed), q.Waiting)
		}
		got, err := of.Handle(s.Context(), []byte(`{"account":"999988887777","campaign":"2000-01"}`))
		if err != nil || !slices.Equal(got, []accountreview.Outcome{accountreview.NotGoverned}) {
			t.Errorf("an account that has left: %v, %v", got, err)
		}
		for _, body := range []string{"", "{}", "null", "[]", `{"begin":true,"account":"111122223333","campaign":"2000-01"}`, `{"account":"111122223333"}`, `{"account":"1","campaign":"2000-01"}`, `{"account":"111122223333","campaign":"2000-13"}`} {
			if _, err := of.Handle(s.Context(), []byte(body)); fault.KindOf(err) != fault.Invalid {
				t.Errorf("%s: %v, want invalid", body, err)
			}
		}
	})
}

// A reading that fails changes nothing, so items do not close.
func TestAReviewThatCannotReadChangesNothing(t *testing.T) {
	tell(t, func(s *story) {
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(accesstest.Engineer, "forever", admin) })
		engineer := idOf(t, s, accesstest.Engineer)
		monthBegins(s)
		of, q := reviews(s)
		of.Reader = inprocess.Reader{Cloud: &inprocess.Cloud{IAM: s.Cloud.IAM.Copy(), Name: s.Cloud.Name}}
		of.Reader.(inprocess.Reader).Cloud.IAM.Set(inprocess.IAMSettings{Fault: func(string) string { return "AccessDenied" }})
		s.Advance(31 * 24 * time.Hour)
		s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
		if err := q.Deliver(s.Context(), of); err == nil || len(q.Waiting) == 0 {
			t.Errorf("the review of an account that cannot be read: %v", err)
		}
		wantState(t, s, engineer, campaign.Open)
	})
}

func TestOfTwoScoresOfAMonthTheLaterStays(t *testing.T) {
	tell(t, func(s *story) {
		at := time.Now().UTC().Truncate(time.Second)
		for _, c := range []campaign.Score{{Campaign: "2000-02", Began: at, Score: 5}, {Campaign: "2000-01", Began: at, Score: 9}, {Campaign: "2000-02", Began: at.Add(time.Second), Score: 4}, {Campaign: "2000-02", Began: at, Score: 7}} {
			s.WantKind(c.Keep(s.Context(), s.Store, reviewedAccount), "")
		}
		got, err := campaign.ReadTrend(s.Context(), s.Store, reviewedAccount)
		s.WantKind(err, "")
		if len(got.Scores) != 2 || got.Scores[0].Score != 9 || got.Scores[1].Score != 4 {
			t.Errorf("the trend is %+v", got)
		}
		s.WantKind(campaign.Score{Campaign: "2000-02"}.Keep(s.Context(), s.Store, reviewedAccount), fault.Invalid)
	})
}
