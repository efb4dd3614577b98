package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/difference"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
)

const (
	everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	noDeletion = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:DeleteObject*","Resource":"*"}]}`
)

// ownPolicy gives the engineers' role a policy of its own, by hand, and lets a survey see it.
func ownPolicy(s *story, document string) {
	s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
		return iam.PutRolePolicyByHand(accesstest.Engineer, "standing", document)
	})
	surveyed(s)
}

func surveyed(s *story) {
	s.Advance(20 * time.Minute)
	s.Sweeps()
}

// shown is what an approver is shown.
func shown(s *story, id string) difference.Difference {
	v, err := s.Service.Show(s.Context(), s.As("ben").Caller, id)
	if err != nil || v.Difference == nil {
		panic("no difference is shown")
	}
	return *v.Difference
}

// approvesShown is an approval of what was shown.
func approvesShown(s *story, name, id, shown string) error {
	_, err := access.ApproveShown(s.Context(), s.Service, s.As(name).Caller, id, s.Digest(id), shown, "as they see it")
	return err
}

func TestApproverSeesWhatAGrantAdds(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, reboots)
		id := s.As("ana").Asks("admin", time.Hour)
		d := shown(s, id)
		if d.Unknown != "" || d.Nothing() || d.SeenAt.IsZero() || time.Since(d.SeenAt) > time.Hour {
			t.Errorf("%+v; want a comparison with what the survey saw", d)
		}
		if e := s.Elevation(id); e.Adds == nil || e.Adds.Line != d.Line() || e.Adds.Risk != d.Risk {
			t.Errorf("the request keeps %+v, want %s", e.Adds, d.Line())
		}
		if told := s.Notifier.Messages(); !slices.ContainsFunc(told, func(m access.Message) bool {
			return m.Kind == "decide" && m.Difference != nil && m.Difference.Line == d.Line() && m.Difference.Hash == d.Hash() && m.Difference.Risk == d.Risk
		}) {
			t.Errorf("approvers were told %+v, want %q", told, d.Line())
		}
		if err := approvesShown(s, "ben", id, d.Hash()); err != nil {
			t.Fatal(err)
		}
		if all := s.Receipt(id).Decisions; len(all) != 1 || all[0].Difference != d.Hash() || !all[0].Seen {
			t.Errorf("%+v; want the hash of what was shown", all)
		}
		if e := s.Elevation(id); e.Adds == nil || e.Adds.Line != "" || e.Adds.Hash != "" || e.Adds.Risk != d.Risk {
			t.Errorf("after the decision it keeps %+v, want the risk alone", e.Adds)
		}
	})
}

// Requesters found out by requests, which they withdrew, what a role has and which of its policies deny.
func TestRequesterIsNotToldWhatThePrincipalHas(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Policy = []byte(everything) })
		ownPolicy(s, noDeletion)
		id := s.As("ana").Asks("admin", time.Hour)
		v, err := s.Service.Show(s.Context(), s.As("ana").Caller, id)
		if err != nil || v.Difference != nil {
			t.Errorf("the requester is shown %+v, %v", v.Difference, err)
		}
		if err := approvesShown(s, "ben", id, shown(s, id).Hash()); err != nil {
			t.Errorf("the approver: %v", err)
		}
	})
}

func TestGrantOfWhatThePrincipalHasIsNothingNew(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, everything)
		id := s.As("ana").Asks("admin", time.Hour)
		if d := shown(s, id); !d.Nothing() || d.Risk != 1 || d.Unknown != "" {
			t.Errorf("%+v; want nothing new", d)
		}
	})
}

// What was approved is what was shown: a policy that left the principal makes the grant add more.
func TestDifferenceThatChangedIsLookedAtAgain(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, everything)
		id := s.As("ana").Asks("admin", 30*time.Minute)
		before := shown(s, id)
		ownPolicy(s, reboots)
		err := approvesShown(s, "ben", id, before.Hash())
		s.WantKind(err, fault.Conflict)
		if err == nil || !strings.Contains(err.Error(), "look again") {
			t.Errorf("%v", err)
		}
		s.Want(id, "requested")
		if all := s.Receipt(id).Decisions; len(all) > 0 {
			t.Errorf("%+v; want no decision", all)
		}
		now := shown(s, id)
		if now.Nothing() || now.Hash() == before.Hash() {
			t.Errorf("%+v", now)
		}
		if err := approvesShown(s, "ben", id, now.Hash()); err != nil {
			t.Error(err)
		}
		if err := approvesShown(s, "ben", id, before.Hash()); err != nil {
			t.Errorf("the approval stands, and its repetition: %v", err)
		}
	})
}

// A denial refuses what it did not see as well, and an approval of a client that says nothing counts.
func TestDecisionsWithoutADifference(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, reboots)
		id := s.As("ana").Asks("admin-two", time.Hour)
		if err := s.As("ben").Approves(id); err != nil {
			t.Fatal(err)
		}
		hash := shown(s, id).Hash()
		if all := s.Receipt(id).Decisions; len(all) != 1 || all[0].Difference != hash || all[0].Seen {
			t.Errorf("%+v; want the hash of then, not seen", all)
		}
		if err := s.As("cem").Denies(id); err != nil {
			t.Fatal(err)
		}
		if v, err := s.Service.Show(s.Context(), s.As("ben").Caller, id); err != nil || v.Difference != nil {
			t.Errorf("%v, %+v; want no difference of what is over", err, v.Difference)
		}
	})
}

func TestPrincipalThatNoSurveySawHasNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		if d := shown(s, id); d.Unknown == "" || d.Nothing() || !strings.Contains(d.Adds[0], "not known") {
			t.Errorf("%+v; want everything new, and that it is not known", d)
		}
	})
}

// After surveys failed for hours, an administrator's role was compared with what it had before, and its grant added nothing.
func TestWhatNoSurveyConfirmsAnyMoreIsNotKnown(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, everything)
		s.Advance(3 * time.Hour)
		id := s.As("ana").Asks("admin", time.Hour)
		if d := shown(s, id); !strings.Contains(d.Unknown, "no survey has seen them since") || d.Nothing() || d.Risk == 1 {
			t.Errorf("%+v; want everything new", d)
		}
		surveyed(s)
		if d := shown(s, id); d.Unknown != "" || !d.Nothing() {
			t.Errorf("%+v after a survey; want nothing new", d)
		}
	})
}

// A Deny of the principal stays above the grant. The approver sees what AWS will refuse.
func TestWhatADenyRefusesIsNoDifference(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Policy = []byte(everything) })
		ownPolicy(s, noDeletion)
		id := s.As("ana").Asks("admin", time.Hour)
		d := shown(s, id)
		lines := strings.Join(d.Adds, "\n")
		if d.Refused < 2 || !strings.Contains(lines, "a Deny in standing refuses") || d.Risk != 10 {
			t.Errorf("%d refused, risk %d:\n%s", d.Refused, d.Risk, lines)
		}
	})
}

// Policy is told the risk at request, decision and granting, and computes it only if it asks.
func TestPolicyAsksTheRisk(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", func(e *access.Entitlement) { e.Policy = []byte(everything) })
		ownPolicy(s, reboots)
		least := map[access.PolicyAction]int{}
		forbids := func(above int) func(access.Question) bool {
			return func(q access.Question) bool {
				if q.Action == access.ActRead {
					return false
				}
				risk, err := q.Risk()
				if was, asked := least[q.Action]; err == nil && (!asked || risk < was) {
					least[q.Action] = risk
				}
				return err != nil || risk > above
			}
		}
		s.Catalog.Refuse(forbids(9))
		_, err := s.As("ana").Tries("admin", time.Hour)
		s.WantKind(err, fault.Denied)
		s.Catalog.Refuse(forbids(10))
		id := s.As("ana").Asks("admin", time.Hour)
		s.Catalog.Refuse(forbids(9))
		s.WantKind(s.As("ben").Approves(id), fault.Denied)
		s.Catalog.Refuse(forbids(10))
		if err := s.As("ben").Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Minute)
		s.Want(id, "active")
		if least[access.ActRequest] != 10 || least[access.ActApprove] != 10 {
			t.Errorf("policy was told %v, want 10", least)
		}
		// The sweep judges an active grant by the risk of its request, although the principal has all of it now.
		ownPolicy(s, everything)
		clear(least)
		surveyed(s)
		if s.Want(id, "active"); least[access.ActRequest] != 10 {
			t.Errorf("the sweep was told %v, want 10", least)
		}
	})
}
