package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
)

// escalates asks heads after 30 minutes, and security after 45.
func escalates(e *access.Entitlement) {
	rule := *e.Approval
	rule.Then = []access.ApprovalRuleStep{{After: 30 * time.Minute, Of: []string{"group:heads"}}, {After: 45 * time.Minute, Of: []string{"group:security"}}}
	e.Approval = &rule
}

// grouped is a person with other groups.
func grouped(s *story, name string, groups ...string) accesstest.Actor {
	who := s.As(name)
	who.Groups = groups
	return who
}

// askedGroups are whom messages asked to decide, in order.
func askedGroups(s *story) string {
	var all []string
	for _, m := range s.Notifier.Messages() {
		if m.Kind == "decide" {
			all = append(all, strings.Join(m.To, "+"))
		}
	}
	return strings.Join(all, " ")
}

// minutely sweeps each minute.
func minutely(s *story, n int) {
	for range n {
		s.Advance(time.Minute)
		s.Sweeps()
	}
}

func TestTheNextGroupIsAskedOnceItsTimeHasCome(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", escalates)
		id := s.As("ana").Asks("admin", time.Hour)
		head := grouped(s, "zoe", "heads")
		err := head.Approves(id)
		wantReason(t, err, "curfew.approvers")
		if from := s.Elevation(id).AskNextAt.Format(time.RFC3339); err == nil || !strings.Contains(err.Error(), "from "+from+" on") {
			t.Errorf("%v does not say %s", err, from)
		}
		wantReason(t, head.Denies(id), "curfew.approvers")
		if mine, err := s.Service.List(s.Context(), head.Caller, access.Filter{ToDecide: true}); err != nil || len(mine.Lives) != 0 {
			t.Errorf("to decide before its time: %v, %v", mine.Lives, err)
		}
		minutely(s, 29)
		if got := askedGroups(s); got != "group:leads" {
			t.Fatalf("asked %s", got)
		}
		minutely(s, 20)
		if got := askedGroups(s); got != "group:leads group:heads group:security" {
			t.Errorf("asked %s", got)
		}
		if mine, err := s.Service.List(s.Context(), head.Caller, access.Filter{ToDecide: true}); err != nil || len(mine.Lives) != 1 {
			t.Errorf("to decide: %v, %v", mine.Lives, err)
		}
		if err := head.Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestNobodyIsAskedOfADecidedRequest(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", escalates)
		if err := s.As("ben").Denies(s.As("ana").Asks("admin", time.Hour)); err != nil {
			t.Fatal(err)
		}
		withdrawn := s.As("ana").Asks("admin", time.Hour)
		if err := s.As("ana").Withdraws(withdrawn); err != nil {
			t.Fatal(err)
		}
		minutely(s, 61)
		if got := askedGroups(s); got != "group:leads group:leads" {
			t.Errorf("asked %s", got)
		}
	})
}

// The requester joins the next group while it waits, and one of the first approves for a second.
func TestALaterGroupDecidesByTheRulesOfTheFirst(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin-two", escalates)
		id := s.As("ana").Asks("admin-two", time.Hour)
		minutely(s, 31)
		wantReason(t, grouped(s, "ana", "engineers", "heads").Approves(id), "curfew.self")
		both := grouped(s, "ben", "leads", "heads")
		for range 2 {
			if err := both.Approves(id); err != nil {
				t.Fatal(err)
			}
		}
		s.Want(id, "requested")
		if err := grouped(s, "zoe", "heads").Approves(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

// A newer catalog asks heads later, or never: what they approved before their new time does not count at granting.
func TestTheNewestCatalogSaysWhenAGroupMayHaveDecided(t *testing.T) {
	for name, change := range map[string]func(*access.Entitlement){
		"later": func(e *access.Entitlement) {
			rule := *e.Approval
			rule.Then = slices.Clone(rule.Then)
			rule.Then[0].After, rule.Then[1].After = 40*time.Minute, 50*time.Minute
			e.Approval = &rule
		},
		"never": func(e *access.Entitlement) { rule := *e.Approval; rule.Then = nil; e.Approval = &rule },
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				s.Catalog.Change("admin", escalates)
				id := s.As("ana").Asks("admin", time.Hour, startsIn(2*time.Hour))
				minutely(s, 31)
				if err := grouped(s, "zoe", "heads").Approves(id); err != nil {
					t.Fatal(err)
				}
				s.Catalog.Change("admin", change)
				s.Advance(2 * time.Hour)
				s.Want(id, "ended refused")
				s.WantClean()
			})
		})
	}
}
