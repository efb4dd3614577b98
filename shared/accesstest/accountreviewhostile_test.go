package accesstest_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// withOthers adds copies of a role to what an account has.
type withOthers struct {
	accountreview.Reader
	ids map[string]string // by ARN
}

func (r withOthers) Details(ctx context.Context, account string) (*authdetails.Details, error) {
	d, err := r.Reader.Details(ctx, account)
	if err != nil {
		return nil, err
	}
	for _, p := range d.Principals {
		if p.ARN != accesstest.Engineer {
			continue
		}
		for arn, id := range r.ids {
			other := *p
			other.ARN, other.ID = arn, id
			d.Principals = append(d.Principals, &other)
		}
		break
	}
	return d, nil
}

func reviewsAll(s *story, of *accountreview.Service, q *inprocess.Reviews) {
	s.WantKind(q.Send(s.Context(), accountreview.Begin), "")
	s.WantKind(q.Deliver(s.Context(), of), "")
	s.Advance(time.Second)
}

// IAM takes paths that Curfew's requests do not. Who made a role with one stopped the review of all roles of the account.
func TestARoleWithAnUnusualPathIsReviewedAsTheOthers(t *testing.T) {
	long := "arn:aws:iam::111122223333:role/" + strings.Repeat("p", 500) + "/" + strings.Repeat("n", 64)
	ids := map[string]string{"arn:aws:iam::111122223333:role/a!b:c|d/hidden": "AROAEXAMPLE0000000777", long: "AROAEXAMPLE0000000778", "arn:aws:iam::111122223333:role/impossible": "no id"}
	tell(t, func(s *story) {
		twoAdmins(s)
		of, q := reviews(s)
		of.Reader = withOthers{of.Reader, ids}
		reviewsAll(s, of, q)
		for _, id := range []string{idOfStory(s, accesstest.Engineer), idOfStory(s, accesstest.Backup), "AROAEXAMPLE0000000777", "AROAEXAMPLE0000000778"} {
			if i := item(s, id); !i.Exists() || i.State() != campaign.Open {
				t.Errorf("the item of %s is %+v", id, i.Value)
			}
		}
		trend, err := campaign.ReadTrend(s.Context(), s.Store, reviewedAccount)
		s.WantKind(err, "")
		if len(trend.Scores) != 1 || trend.Scores[0].Unknown != 1 {
			t.Errorf("the score does not count the impossible one: %+v", trend.Scores)
		}
	})
}

// Functions that were taken over can damage the rows of one principal: its answer, or its recorded use.
func TestADamagedRowOfOnePrincipalStopsNoReview(t *testing.T) {
	for name, key := range map[string]func(engineer campaign.Stored) record.Key{
		"its item":   func(i campaign.Stored) record.Key { return i.Row.Key },
		"its answer": func(i campaign.Stored) record.Key { return campaign.AnswerKey(i.Value.ID()) },
		"its use": func(i campaign.Stored) record.Key {
			return record.AccessKey("usage#"+i.Value.PrincipalID, "2000-01-01T00#bus#0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				put(s, stop)
				engineer, backup := idOfStory(s, accesstest.Engineer), idOfStory(s, accesstest.Backup)
				monthBegins(s)
				s.WantKind(answers(s, s.As("ben").Caller, engineer, campaign.Signed), "")
				before := item(s, backup).Value.Digest()
				s.WorldMayBeWrong(func() {
					k := key(item(s, engineer))
					row, there := s.Store.StoredRow(k)
					if there {
						s.OverwritesEvidence(row)
						defer s.Store.Overwrite(row, record.Form)
					} else {
						defer s.Store.Erase(k)
					}
					s.Store.Overwrite(record.Row{Key: k, Version: max(1, row.Version), Body: json.RawMessage(`{"item":7,"campaign":7,"usage":7}`)}, record.Form)
					put(s, admin)
					s.Advance(time.Minute)
					monthBegins(s)
				})
				if i := item(s, backup); i.State() != campaign.Open || i.Value.Digest() == before {
					t.Errorf("the other item is %s, as it was: %s", i.State(), i.Value.Why)
				}
				s.ByHand(accesstest.Backup, func(iam *inprocess.IAM) error { return iam.DeleteRolePolicyByHand(accesstest.Backup, "forever") })
				s.Advance(time.Minute)
				monthBegins(s)
				wantState(t, s, backup, campaign.Gone)
			})
		})
	}
}

// between does something once, after a read of an item and before the write of its answer.
type between struct {
	record.Store
	do func()
}

func (s *between) Write(ctx context.Context, changes ...record.Change) error {
	if do := s.do; do != nil && strings.HasPrefix(changes[0].Row.Key.Partition, "signature#campaign#") {
		s.do = nil
		do()
	}
	return s.Store.Write(ctx, changes...)
}

func TestAnAnswerToWhatAReviewChangedMeanwhileIsRefused(t *testing.T) {
	tell(t, func(s *story) {
		month := campaign.Month(time.Now())
		takes(s, month, privileged()...)
		worse := privileged()[0]
		worse.Score, worse.Why = 100, "administrator"
		one := *s.Service
		one.Store = &between{s.Service.Store, func() { takes(s, month, worse, privileged()[1]) }}
		i := item(s, engineerID).Value
		_, err := access.Campaigns{Service: &one}.Answer(s.Context(), s.As("ben").Caller, i.ID(), campaign.Signed, i.Digest(), "fine")
		s.WantKind(err, fault.Conflict)
		wantState(t, s, engineerID, campaign.Open)
		s.WantKind(answers(s, s.As("ben").Caller, engineerID, campaign.Signed), "") // as it is now
		wantState(t, s, engineerID, campaign.Signed)
	})
}
