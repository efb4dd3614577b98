package accesstest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/directory"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// robot returns a machine as an operator.
func robot(s *story, name string) identity.Caller {
	c := s.As(name).Caller
	c.Groups = append(c.Groups, "security")
	signsIn(s, c)
	return c
}

// addPeople puts n people who are no operators into the directory.
func addPeople(s *story, n int) (ids []string) {
	for i := range n {
		sn := directory.Entry{ID: identity.PersonID("https://id.example.com", fmt.Sprintf("many-%03d", i)), Kind: identity.Person, Name: fmt.Sprintf("many-%03d", i), Groups: []string{"engineers"}}
		body, err := json.Marshal(sn)
		s.WantKind(err, "")
		err = s.Store.Write(s.Context(), record.Change{If: record.Absent, Row: record.Row{
			Key: record.Key{Table: record.AccessTable, Partition: "seen", Sort: sn.ID}, Version: 1, Body: body}})
		s.WantKind(err, "")
		ids = append(ids, sn.ID)
	}
	return ids
}

// suspensionRow returns the row of a scope.
func suspensionRow(s *story, sc suspension.Scope) record.Row {
	for _, row := range s.Store.All(record.AccessTable) {
		if row.Key.Partition == "suspended" && row.Key.Sort == sc.String() {
			return row
		}
	}
	return record.Row{}
}

func TestTriggersThatAreNotAreNotSuspended(t *testing.T) {
	tell(t, func(s *story) {
		agent, dee := robot(s, "agent"), s.As("dee").Caller
		for n := range 20 {
			for _, c := range []identity.Caller{agent, dee} {
				_, err := suspends(s, c, suspension.Scope{Requester: fmt.Sprintf("trigger:aaaa-%d", n)}, suspension.Meant{Unseen: true})
				s.WantKind(err, fault.Invalid)
				wantBy(t, err, suspension.ReasonUnmatched)
			}
		}
		s.Catalog.Add(access.Entitlement{
			Name: "nightly", Principals: []string{accesstest.Backup}, Max: time.Hour, Requesters: []string{identity.TriggerID("nightly")}, Tasks: []access.TaskRule{{Kind: "backup", Known: true}},
		})
		_, err := suspends(s, dee, suspension.Scope{Requester: "trigger:nightly"})
		s.WantKind(err, "")
		if got := inEffect(s); got != "requester trigger:nightly" {
			t.Errorf("suspended is %q, want the trigger that there is", got)
		}
	})
}

func TestMachineThatSuspendsManyIsSuspendedByAPerson(t *testing.T) {
	tell(t, func(s *story) {
		agent, dee := robot(s, "agent"), s.As("dee").Caller
		people := addPeople(s, 51)
		for _, id := range people[:50] {
			_, err := s.Service.Suspensions().Suspend(s.Context(), agent, suspension.Scope{Requester: id}, "to fill it", suspension.Meant{})
			s.WantKind(err, "")
		}
		_, err := suspends(s, agent, suspension.Scope{Requester: people[50]})
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.full")
		if !strings.Contains(fmt.Sprint(err), "curfew lift") {
			t.Errorf("%v does not say what to do", err)
		}
		_, err = suspends(s, dee, suspension.Scope{Requester: agent.ID})
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, suspension.Scope{Requester: agent.ID}, "it was mended")
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, suspension.Scope{Requester: people[0]}, "it was mended")
		s.WantKind(err, "")
		_, err = suspends(s, agent, suspension.Scope{Requester: people[50]}) // lifted ones do not count
		s.WantKind(err, "")
	})
}

// TestNobodyFillsUpAllSuspensionsToStayFree: the caller who made them can still be suspended, and so can everything.
func TestNobodyFillsUpAllSuspensionsToStayFree(t *testing.T) {
	tell(t, func(s *story) {
		rogue, ben := s.As("dee").Caller, operator(s, "ben")
		signsIn(s, rogue)
		people := addPeople(s, 500)
		for _, id := range people {
			_, err := s.Service.Suspensions().Suspend(s.Context(), rogue, suspension.Scope{Requester: id}, "to fill it", suspension.Meant{})
			s.WantKind(err, "")
		}
		for _, c := range []identity.Caller{rogue, ben} {
			_, err := suspends(s, c, suspension.Scope{Entitlement: "deploy"})
			s.WantKind(err, fault.Denied)
			wantBy(t, err, "curfew.full")
		}
		for _, sc := range []suspension.Scope{{Requester: rogue.ID}, {Everything: true}} {
			_, err := suspends(s, ben, sc)
			s.WantKind(err, "")
		}
		for _, id := range people[:3] { // lifted ones do not count; the rogue and everything are two
			_, err := s.Service.Suspensions().Lift(s.Context(), ben, suspension.Scope{Requester: id}, "they did nothing")
			s.WantKind(err, "")
		}
		_, err := suspends(s, ben, suspension.Scope{Entitlement: "deploy"})
		s.WantKind(err, "")
	})
}

// TestIDsNeverSeenAreSuspendedWithinALimit: a row stays for 30 days after it was lifted, and the number of ids is
// unlimited.
func TestIDsNeverSeenAreSuspendedWithinALimit(t *testing.T) {
	tell(t, func(s *story) {
		dee, ben := s.As("dee").Caller, operator(s, "ben")
		made := func(c identity.Caller, n int) error {
			sc := suspension.Scope{Requester: identity.PersonID("https://id.example.com", fmt.Sprintf("made-up-%d", n))}
			_, err := s.Service.Suspensions().Suspend(s.Context(), c, sc, "to fill it", suspension.Meant{Unseen: true})
			if err == nil {
				_, err = s.Service.Suspensions().Lift(s.Context(), c, sc, "and the next")
			}
			return err
		}
		for n := range 100 {
			s.WantKind(made(dee, n), "")
		}
		err := made(dee, 100)
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.full")
		s.WantKind(made(ben, 100), "")
	})
}

func TestRowOfASuspensionThatIsOverExpires(t *testing.T) {
	tell(t, func(s *story) {
		dee, eva, ben := s.As("dee").Caller, operator(s, "eva"), suspension.Scope{Requester: operator(s, "ben").ID}
		const kept = 30 * 24 * time.Hour
		sus, err := suspends(s, dee, ben)
		s.WantKind(err, "")
		if got, want := suspensionRow(s, ben).Expires, sus.LapsesAt.Add(kept); !got.Equal(want) {
			t.Errorf("the row of one that lapses expires at %s, want %s", got, want)
		}
		_, err = suspends(s, eva, ben)
		s.WantKind(err, "")
		if got := suspensionRow(s, ben).Expires; !got.IsZero() {
			t.Errorf("the row of one that was confirmed expires at %s, want never", got)
		}
		sus, err = s.Service.Suspensions().Lift(s.Context(), dee, ben, "found")
		s.WantKind(err, "")
		row := suspensionRow(s, ben)
		if want := sus.LiftedAt.Add(kept); !row.Expires.Equal(want) {
			t.Errorf("the row of one that was lifted expires at %s, want %s", row.Expires, want)
		}
		s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Always, Do: record.Delete, Row: row}), "") // as TTL does
		_, err = suspends(s, dee, ben)
		s.WantKind(err, "")
		if got := chain(s, "suspension#"+ben.String()); len(got) != 4 {
			t.Errorf("the chain is %v, want it to go on", got)
		}
	})
}

func TestSoleOperatorHoldsARogueMachineDown(t *testing.T) {
	tell(t, func(s *story) {
		agent, dee := robot(s, "agent"), s.As("dee").Caller
		sus, err := suspends(s, dee, suspension.Scope{Requester: agent.ID})
		s.WantKind(err, "")
		if !sus.LapsesAt.IsZero() {
			t.Errorf("the suspension of a machine lapses at %s", sus.LapsesAt)
		}
		s.Advance(3 * time.Hour)
		_, err = suspends(s, agent, suspension.Scope{Entitlement: "deploy"})
		wantBy(t, err, "curfew.self")
		never := suspension.Scope{Requester: identity.MachineID("AROAEXAMPLE0000000099")}
		sus, err = suspends(s, dee, never, suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		if !sus.LapsesAt.IsZero() {
			t.Errorf("the suspension of a machine that was never seen lapses at %s", sus.LapsesAt)
		}
	})
}

func TestOperatorWithoutTheirGroupsAtThisHourCountsAsOne(t *testing.T) {
	tell(t, func(s *story) {
		agent := robot(s, "agent")
		operator(s, "ana")
		s.Advance(25 * time.Hour)
		s.As("ana").Asks("deploy", time.Hour) // without the group
		_, err := suspends(s, agent, suspension.Scope{Requester: "ana"})
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.person")
		sus, err := suspends(s, s.As("dee").Caller, suspension.Scope{Requester: "ana"})
		s.WantKind(err, "")
		if sus.LapsesAt.IsZero() || !strings.Contains(sus.Because, "ana") || !strings.Contains(sus.Because, "counts as an operator") {
			t.Errorf("suspension = %+v, want that it lapses, and why", sus)
		}
	})
}

func TestMachinesSuspensionOfAPersonLapses(t *testing.T) {
	tell(t, func(s *story) {
		agent, other, ana := robot(s, "agent"), robot(s, "backup"), suspension.Scope{Requester: s.As("ana").ID}
		signsIn(s, s.As("ana").Caller)
		sus, err := suspends(s, agent, ana)
		s.WantKind(err, "")
		if want := sus.At.Add(time.Hour); !sus.LapsesAt.Equal(want) || sus.Because == "" {
			t.Errorf("it lapses at %s because %q, want at %s", sus.LapsesAt, sus.Because, want)
		}
		s.Advance(time.Hour)
		s.As("ana").Asks("deploy", time.Hour)
		for _, c := range []identity.Caller{agent, other} { // two of them cannot take turns either
			_, err = suspends(s, c, ana)
			s.WantKind(err, fault.Denied)
			wantBy(t, err, "curfew.again")
		}
		s.Advance(time.Hour)
		_, err = suspends(s, other, ana)
		s.WantKind(err, "")
		sus, err = suspends(s, s.As("dee").Caller, ana)
		s.WantKind(err, "")
		if sus.Second != s.As("dee").ID || !sus.LapsesAt.IsZero() || sus.Because != "" {
			t.Errorf("suspension = %+v, want it confirmed", sus)
		}
	})
}

// TestMachinesSuspensionOfAnOperatorIsNotConfirmedByOnePerson: the operator was unknown when the machine suspended
// them.
func TestMachinesSuspensionOfAnOperatorIsNotConfirmedByOnePerson(t *testing.T) {
	tell(t, func(s *story) {
		agent := robot(s, "agent")
		signsIn(s, s.As("cem").Caller)
		cem := suspension.Scope{Requester: s.As("cem").ID}
		_, err := suspends(s, agent, cem)
		s.WantKind(err, "")
		promoted := s.As("cem").Caller
		promoted.Groups = append(promoted.Groups, "security")
		_, err = suspends(s, promoted, suspension.Scope{Entitlement: "deploy"})
		wantBy(t, err, "curfew.self")
		sus, err := suspends(s, s.As("dee").Caller, cem)
		s.WantKind(err, "")
		if sus.By != s.As("dee").ID || sus.Second != "" || sus.LapsesAt.IsZero() {
			t.Errorf("suspension = %+v, want dee's, that lapses", sus)
		}
	})
}

// These fail reads that are not by key: the directory, the catalog and IAM.
type (
	noDirectory struct{ record.Store }
	noCatalog   struct{ access.Decider }
	noIAM       struct{ access.Cloud }
)

func notNow() error { return fault.Errorf(fault.Transient, "not now") }

func (noCatalog) Entitlements(context.Context) ([]access.Entitlement, error) { return nil, notNow() }
func (noCatalog) Machines(context.Context) ([]access.CatalogMachine, error)  { return nil, notNow() }
func (noCatalog) Groups(context.Context, string) ([]string, error)           { return nil, notNow() }
func (noIAM) Look(context.Context, string) (access.Sight, error)             { return access.Sight{}, notNow() }

func (d noDirectory) Partition(ctx context.Context, t record.Table, partition, prefix string) ([]record.Row, error) {
	if partition == "seen" {
		return nil, notNow()
	}
	return d.Store.Partition(ctx, t, partition, prefix)
}

func TestExactIDIsSuspendedWhileCatalogDirectoryAndIAMFail(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller)
		s.As("agent").Asks("agent", time.Hour)
		svc := *s.Service
		svc.Store, svc.Decider, svc.Cloud = noDirectory{Store: svc.Store}, noCatalog{Decider: svc.Decider}, noIAM{Cloud: svc.Cloud}
		dee := s.As("dee").Caller
		for _, id := range []string{s.As("ana").ID, s.As("agent").ID} {
			_, err := svc.EndAll(s.Context(), dee, suspension.Scope{Requester: id}, true, "")
			s.WantKind(err, "")
			_, err = svc.Suspensions().Suspend(s.Context(), dee, suspension.Scope{Requester: id}, "lost", suspension.Meant{})
			s.WantKind(err, "")
			_, err = svc.Suspensions().Lift(s.Context(), dee, suspension.Scope{Requester: id}, "found")
			s.WantKind(err, "")
		}
		_, err := svc.Suspensions().Suspend(s.Context(), dee, suspension.Scope{Requester: s.As("zoe").ID}, "lost", suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		_, err = svc.Suspensions().Suspend(s.Context(), dee, suspension.Scope{Requester: "ana"}, "lost", suspension.Meant{})
		s.WantKind(err, fault.Transient)
	})
}

func TestRefusedCallerLeavesNoRow(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		_, err := s.As("zoe").Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
		_, err = s.Service.Decide(s.Context(), s.As("cem").Caller, id, "", true, "")
		s.WantKind(err, fault.Denied)
		_, err = suspends(s, s.As("dee").Caller, suspension.Scope{Requester: s.As("cem").ID}, suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		_, err = s.As("cem").Tries("deploy", time.Hour) // refused by what is read with their row
		s.WantKind(err, fault.Denied)
		for _, row := range s.Store.All(record.AccessTable) {
			if row.Key.Partition == "seen" && row.Key.Sort != s.As("ana").ID && row.Key.Sort != s.As("dee").ID {
				t.Errorf("the directory has %s, who was refused", row.Key.Sort)
			}
		}
	})
}

func TestWhoMakesEverythingAgain(t *testing.T) {
	tell(t, func(s *story) {
		agent, dee, everything := robot(s, "agent"), s.As("dee").Caller, suspension.Scope{Everything: true}
		for range 2 { // a person at once, after lifting it and after it lapsed
			_, err := suspends(s, dee, everything)
			s.WantKind(err, "")
			_, err = s.Service.Suspensions().Lift(s.Context(), dee, everything, "over")
			s.WantKind(err, "")
		}
		_, err := suspends(s, dee, everything)
		s.WantKind(err, "")
		s.Advance(time.Hour)
		_, err = suspends(s, dee, everything)
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, everything, "over")
		s.WantKind(err, "")
		_, err = suspends(s, agent, everything)
		s.WantKind(err, "")
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, everything, "it is mistaken")
		s.WantKind(err, "")
		_, err = suspends(s, agent, everything)
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.again")
	})
}

func TestSuspensionThatWaitsAndOneThatLapsedAreTold(t *testing.T) {
	tell(t, func(s *story) {
		ben := operator(s, "ben")
		_, err := suspends(s, s.As("dee").Caller, suspension.Scope{Requester: "ben"})
		s.WantKind(err, "")
		s.Advance(time.Minute)
		s.WantPaged("suspended ben (" + ben.ID + "), and it lapses at 2000-01-01T01:00:00Z unless a second operator confirms it: curfew suspend --requester '" + ben.ID + "'")
		s.WantPaged("counts as an operator")
		s.Advance(59 * time.Minute)
		s.Sweeps()
		s.Advance(time.Minute)
		s.WantPaged("the suspension of ben (" + ben.ID + ") by dee (" + s.As("dee").ID + ") lapsed")
		told := len(s.Notifier.Messages())
		s.Advance(30 * time.Hour)
		if got := len(s.Notifier.Messages()); got != told {
			t.Errorf("%d more were told, want that a lapse is told once", got-told)
		}
	})
}

// endlessStore has unlimited waiting requests.
type endlessStore struct {
	record.Store
	pages *int
}

func (e endlessStore) List(ctx context.Context, q record.Query) (record.Page, error) {
	if q.Index == record.ByState && q.Partition == access.IndexWaiting {
		*e.pages++
		return record.Page{Next: fmt.Sprint(*e.pages)}, nil
	}
	return e.Store.List(ctx, q)
}

func TestNameIsLookedForAmongTheNewestOnly(t *testing.T) {
	tell(t, func(s *story) {
		svc, pages := *s.Service, 0
		svc.Store = endlessStore{Store: s.Service.Store, pages: &pages}
		for _, sc := range []suspension.Scope{{Requester: "somebody"}, {Principal: "some-role"}, {Entitlement: "something"}} {
			pages = 0
			_, err := svc.Suspensions().Suspend(s.Context(), s.As("dee").Caller, sc, "lost", suspension.Meant{})
			s.WantKind(err, fault.Invalid)
			if pages != 5 || !strings.Contains(fmt.Sprint(err), "the ARN or id") {
				t.Errorf("%s: %d pages were read, want 5: %v", sc, pages, err)
			}
		}
	})
}
