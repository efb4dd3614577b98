package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/message"
)

// received are the messages about an elevation to a recipient, in order.
func received(s *story, id, to string) (all []message.Message, kinds string) {
	s.Advance(time.Second) // the outbox
	var names []string
	for _, m := range s.Notifier.Messages() {
		if m.Elevation == id && slices.Contains(m.To, to) {
			all, names = append(all, m), append(names, string(m.Kind))
		}
	}
	return all, strings.Join(names, " ")
}

func wantKinds(s *story, t *testing.T, id, to, want string) []message.Message {
	t.Helper()
	all, got := received(s, id, to)
	if got != want {
		t.Errorf("%s got %q about %s, want %q", to, got, id, want)
	}
	return all
}

func TestTheRequesterIsToldOfEachStep(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Settings.Console = "https://api.example.com/console/"
		id := activeAdmin(t, s)
		minutely(s, 62)
		e, receipt := s.Elevation(id), s.Receipt(id)
		all := wantKinds(s, t, id, s.As("ana").ID, "requested approved active renew ended")
		if len(all) != 5 {
			t.FailNow()
		}
		requested, approved, active, renew, ended := all[0], all[1], all[2], all[3], all[4]
		if !slices.Equal(requested.WaitsFor, []string{"group:leads"}) || requested.Need != 1 || !requested.DecideBy.Equal(receipt.Terms.DecideBy) || requested.Digest != s.Digest(id) {
			t.Errorf("requested: %+v", requested)
		}
		if approved.DecidedBy.ID != s.As("ben").ID || approved.Reason != receipt.Terms.Reason || approved.Task == nil || approved.Task.Known {
			t.Errorf("approved: %+v", approved)
		}
		if !active.ReadyAt.Equal(e.ReadyAt) || active.ReadyAt.IsZero() || !active.Deadline.Equal(e.Deadline) {
			t.Errorf("active: %+v", active)
		}
		if !strings.Contains(renew.Line(), "curfew renew "+id) || !renew.Deadline.Equal(e.Deadline) {
			t.Errorf("renew: %+v", renew)
		}
		if ended.Cause != string(access.Deadline) || ended.OrderedBy == "" || !ended.GoneAt.Equal(e.GoneAt) || ended.GoneAt.IsZero() {
			t.Errorf("ended: %+v", ended)
		}
		for _, m := range all {
			if m.Difference != nil { // it shows policies that the requester may not read
				t.Errorf("%s tells the requester what the grant adds", m.Kind)
			}
			if m.Console != "https://api.example.com/console/#/elevations/"+id || m.At.IsZero() || m.At.After(time.Now()) {
				t.Errorf("%s: link %s, at %s", m.Kind, m.Console, m.At)
			}
		}
		asked := wantKinds(s, t, id, "group:leads", "decide approved")
		if d := asked[0]; d.Difference == nil || d.Difference.Risk < 1 || d.Difference.Hash == "" || d.Session == nil || d.Seconds != 3600 || d.Requester.Name != "ana" {
			t.Errorf("decide: %+v", d)
		}
	})
}

func TestBothSidesAreToldHowARequestEnds(t *testing.T) {
	tell(t, func(s *story) {
		ana := s.As("ana")
		denied := ana.Asks("admin", time.Hour)
		if err := s.As("ben").Denies(denied); err != nil {
			t.Fatal(err)
		}
		m := wantKinds(s, t, denied, ana.ID, "requested denied")[1]
		if m.DecidedBy.ID != s.As("ben").ID || m.Why != s.Elevation(denied).Why || m.Why == "" {
			t.Errorf("denied: %+v", m)
		}
		wantKinds(s, t, denied, "group:leads", "decide denied")

		withdrawn := ana.Asks("admin", time.Hour)
		if _, err := s.Service.Withdraw(s.Context(), operator(s, "dee"), withdrawn); err != nil {
			t.Fatal(err)
		}
		if m := wantKinds(s, t, withdrawn, ana.ID, "requested withdrawn")[1]; m.DecidedBy.ID != s.As("dee").ID {
			t.Errorf("withdrawn by %s", m.DecidedBy.ID)
		}
		wantKinds(s, t, withdrawn, "group:leads", "decide withdrawn")

		lapsed := ana.Asks("admin", time.Hour)
		s.Advance(25 * time.Hour)
		s.Want(lapsed, "lapsed")
		if m := wantKinds(s, t, lapsed, ana.ID, "requested lapsed")[1]; m.Why != "not decided in time" || m.DecidedBy.ID != "" {
			t.Errorf("lapsed: %+v", m)
		}
		wantKinds(s, t, lapsed, "group:leads", "decide lapsed")
	})
}

// What policy alone decides waits for no person, and its caller has the answer.
func TestARequestWithoutApprovalTellsTheSteps(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		s.Advance(time.Minute)
		if err := s.As("ana").Ends(id); err != nil {
			t.Fatal(err)
		}
		s.Advance(2 * time.Minute)
		all := wantKinds(s, t, id, s.As("ana").ID, "active ended")
		if m := all[1]; m.Cause != string(access.Released) || m.OrderedBy != s.As("ana").ID {
			t.Errorf("ended: %+v", m)
		}
	})
}

// Owners are paged again and again; the requester is told once.
func TestTheRequesterIsToldOnceThatAccessCouldNotBeRemoved(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 3 * time.Hour}, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		until := time.Now().Add(2 * time.Hour)
		s.Faults(func(op string, _ int) accesstest.Fault {
			if time.Now().Before(until) && (op == "cloud.Remove" || op == "cloud.Read" || op == "cloud.Survey" || op == "cloud.Look") {
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			}
			return accesstest.Fault{}
		})
		s.Advance(4 * time.Hour)
		s.Want(id, "ended deadline")
		wantKinds(s, t, id, s.As("ana").ID, "active stuck ended")
		if _, kinds := received(s, id, "group:platform"); strings.Count(kinds, "page") < 2 {
			t.Errorf("owners got %q, want pages", kinds)
		}
	})
}

// The outbox repeats what it could not send. A repeat is the same message.
func TestARepeatIsTheSameMessage(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(time.Second)
		rows, err := s.Store.Partition(s.Context(), access.ElevationKey(id).Table, access.ElevationKey(id).Partition, "elevation")
		if err != nil || len(rows) != 1 {
			t.Fatal(rows, err)
		}
		s.Advance(time.Minute)
		before := s.Notifier.Messages()
		if err := s.Service.Notify(s.Context(), nil, &rows[0]); err != nil {
			t.Fatal(err)
		}
		after := s.Notifier.Messages()[len(before):]
		if len(after) != len(before) {
			t.Fatalf("%d messages are repeated as %d", len(before), len(after))
		}
		for i, m := range after {
			if string(m.JSON()) != string(before[i].JSON()) {
				t.Errorf("%s\nis repeated as\n%s", before[i].JSON(), m.JSON())
			}
		}
	})
}
