package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/task"
)

// operator returns a person as an operator who is in the directory.
func operator(s *story, name string) identity.Caller {
	c := s.As(name).Caller
	c.Groups = append(slices.Clone(c.Groups), "security")
	signsIn(s, c)
	return c
}

// signsIn puts a caller into the directory by a verb that changes something.
func signsIn(s *story, c identity.Caller) {
	if c.In([]string{"group:security"}) {
		_, err := s.Service.EndAll(s.Context(), c, suspension.Scope{Entitlement: "long"}, true, "")
		s.WantKind(err, "")
		return
	}
	_, e, err := s.Service.Submit(s.Context(), c, access.Request{Entitlement: "long", Principal: accesstest.Engineer, Reason: "to be seen",
		Task: task.Task{Kind: "change", ID: "CHG-0"}, Duration: time.Hour, StartAt: time.Now().Add(24 * time.Hour)})
	s.WantKind(err, "")
	_, err = s.Service.Withdraw(s.Context(), c, e.ID)
	s.WantKind(err, "")
	s.Sweeps()
}

func suspends(s *story, c identity.Caller, sc suspension.Scope, meant ...suspension.Meant) (suspension.Suspension, error) {
	sus, err := s.Service.Suspensions().Suspend(s.Context(), c, sc, "to look into it", append(meant, suspension.Meant{})[0])
	s.CheckWorld()
	return sus, err
}

// inEffect returns the suspended scopes.
func inEffect(s *story) string {
	all, err := s.Service.Suspensions().List(s.Context(), s.As("dee").Caller)
	s.WantKind(err, "")
	var scopes []string
	for _, sus := range all {
		scopes = append(scopes, sus.Scope.String())
	}
	return strings.Join(scopes, ", ")
}

func wantBy(t *testing.T, err error, rule string) {
	t.Helper()
	if !slices.Contains(fault.Reasons(err), rule) {
		t.Errorf("error = %v by %v, want by %s", err, fault.Reasons(err), rule)
	}
}

func TestSuspensionOfANameIsOfTheCallerWhoHasIt(t *testing.T) {
	tell(t, func(s *story) {
		dee, ana := s.As("dee").Caller, s.As("ana").Caller
		id := s.As("ana").Asks("deploy", time.Hour)
		s.As("agent").Asks("agent", time.Hour)
		for given, want := range map[string]string{
			"ana": ana.ID, "ANA": ana.ID, "00u1ana": ana.ID, ana.ID: ana.ID,
			"agent-summarizer": s.As("agent").ID, accesstest.Agent: s.As("agent").ID, s.As("agent").ID: s.As("agent").ID,
			"backup-runner": s.As("backup").ID, accesstest.Backup: s.As("backup").ID, s.As("backup").ID: s.As("backup").ID, // in the catalog, not seen yet
		} {
			r, err := s.Service.EndAll(s.Context(), dee, suspension.Scope{Requester: given}, true, "")
			s.WantKind(err, "")
			if r.Scope.Requester != want {
				t.Errorf("%s is %+v, want %s", given, r.Scope, want)
			}
		}
		sus, err := suspends(s, dee, suspension.Scope{Requester: "ana"})
		s.WantKind(err, "")
		if sus.Scope.Requester != ana.ID || sus.Name != "ana" || !sus.LapsesAt.IsZero() {
			t.Errorf("suspension = %+v, want of %s by id, until it is lifted", sus, ana.ID)
		}
		_, err = s.As("ana").Tries("deploy", time.Hour, func(r *access.Request) { r.Task.ID = "CHG-2" })
		s.WantKind(err, fault.Denied)
		s.Sweeps()
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, suspension.Scope{Requester: "ana"}, "found")
		s.WantKind(err, "")
		s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task.ID = "CHG-3" })
	})
}

func TestSuspensionOfANameThatMatchesNothingIsRefused(t *testing.T) {
	tell(t, func(s *story) {
		s.As("ana").Asks("deploy", time.Hour)
		s.As("agent").Asks("agent", time.Hour)
		dee := s.As("dee").Caller
		role := "arn:aws:iam::111122223333:role/"
		for _, c := range []struct {
			scope   suspension.Scope
			nearest string
		}{
			{suspension.Scope{Requester: "ana-"}, s.As("ana").ID},
			{suspension.Scope{Requester: "run-7"}, ""}, // a machine's session name is only text
			{suspension.Scope{Requester: s.As("ana").ID + "1"}, s.As("ana").ID},
			{suspension.Scope{Requester: "somebody else"}, ""},
			{suspension.Scope{Entitlement: "deplyo"}, "deploy"},
			{suspension.Scope{Entitlement: "one"}, "one-bucket"},
			{suspension.Scope{Principal: role + "engineer-deplo"}, role + "engineer-deploy"},
			{suspension.Scope{Principal: "engineer-deplo"}, role + "engineer-deploy"},
			{suspension.Scope{Principal: role + "no-such"}, ""},
		} {
			_, err := suspends(s, dee, c.scope)
			_, ended := s.Service.EndAll(s.Context(), dee, c.scope, false, "")
			_, lifted := s.Service.Suspensions().Lift(s.Context(), dee, c.scope, "in doubt")
			for _, err := range []error{err, ended, lifted} {
				s.WantKind(err, fault.Invalid)
				wantBy(t, err, suspension.ReasonUnmatched)
				got := ""
				if n := fault.Nearest(err); len(n) > 0 {
					got = n[0].ID
				}
				if got != c.nearest {
					t.Errorf("%s: nearest is %q, want %q: %v", c.scope, got, c.nearest, err)
				}
			}
		}
		if got := inEffect(s); got != "" {
			t.Errorf("suspended is %s, want nothing", got)
		}
	})
}

func TestNameOfTwoCallersIsRefusedWithBoth(t *testing.T) {
	tell(t, func(s *story) {
		other := s.As("ana").Caller
		other.ID, other.Name = identity.PersonID("https://other.example.com", "7"), "Ana"
		signsIn(s, s.As("ana").Caller)
		signsIn(s, other)
		_, err := suspends(s, s.As("dee").Caller, suspension.Scope{Requester: "ana"})
		s.WantKind(err, fault.Invalid)
		if n := fault.Nearest(err); len(n) != 2 || !strings.Contains(err.Error(), other.ID) || !strings.Contains(err.Error(), s.As("ana").ID) {
			t.Errorf("error = %v, nearest %v, want both ids", err, n)
		}
	})
}

func TestCallerWhoWasNeverSeenIsSuspendedByTheirExactID(t *testing.T) {
	tell(t, func(s *story) {
		dee, zoe := s.As("dee").Caller, suspension.Scope{Requester: s.As("zoe").ID}
		_, err := suspends(s, dee, zoe)
		s.WantKind(err, fault.Invalid)
		if !strings.Contains(err.Error(), "--unseen") {
			t.Errorf("%v does not say how", err)
		}
		_, err = suspends(s, dee, suspension.Scope{Requester: "zoe"}, suspension.Meant{Unseen: true})
		s.WantKind(err, fault.Invalid)
		sus, err := suspends(s, dee, zoe, suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		if sus.LapsesAt.IsZero() {
			t.Error("of whom nothing is known may be an operator, and the suspension does not lapse")
		}
	})
}

func TestEndingAllOfWhatIsKnownAndNotOpen(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("one-bucket", time.Hour, func(r *access.Request) { r.Parameters = map[string]string{"bucket": "deployments"} })
		s.Catalog.Drop("one-bucket")
		if got := endInRounds(s, suspension.Scope{Entitlement: "one-bucket"}); got != 1 { // rounds go on until nothing is found, and are not refused then
			t.Errorf("ended %d, want 1", got)
		}
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		for _, sc := range []suspension.Scope{{Requester: "ana"}, {Principal: accesstest.Engineer}, {Principal: accesstest.Backup}, {Entitlement: "admin"}} {
			if got := endInRounds(s, sc); got != 0 {
				t.Errorf("ended %d of %s, want none", got, sc)
			}
		}
	})
}

func TestMachineSuspendsNoOperator(t *testing.T) {
	tell(t, func(s *story) {
		robot := s.As("agent").Caller
		robot.Groups = append(robot.Groups, "security")
		ben := operator(s, "ben")
		signsIn(s, robot)
		for _, sc := range []suspension.Scope{{Requester: ben.ID}, {Requester: "ben"}, {Requester: s.As("zoe").ID}} {
			_, err := suspends(s, robot, sc, suspension.Meant{Unseen: true})
			s.WantKind(err, fault.Denied)
			wantBy(t, err, "curfew.person")
		}
		_, err := suspends(s, robot, suspension.Scope{Requester: robot.ID}, suspension.Meant{Self: true})
		s.WantKind(err, fault.Denied)
		sus, err := suspends(s, robot, suspension.Scope{Everything: true})
		s.WantKind(err, "")
		if want := sus.At.Add(time.Hour); !sus.LapsesAt.Equal(want) {
			t.Errorf("it lapses at %s, want %s", sus.LapsesAt, want)
		}
		other := s.As("backup").Caller
		other.Groups = append(other.Groups, "security")
		sus, err = suspends(s, other, suspension.Scope{Everything: true})
		s.WantKind(err, "")
		if sus.LapsesAt.IsZero() || sus.Second != "" {
			t.Errorf("a machine confirmed it: %+v", sus)
		}
		_, err = s.Service.Suspensions().Lift(s.Context(), ben, suspension.Scope{Everything: true}, "it was a mistake")
		s.WantKind(err, "")
	})
}

func TestUnconfirmedSuspensionLapses(t *testing.T) {
	tell(t, func(s *story) {
		dee, ben := s.As("dee").Caller, operator(s, "ben")
		_, err := suspends(s, dee, suspension.Scope{Requester: "ben"})
		s.WantKind(err, "")
		_, err = suspends(s, dee, suspension.Scope{Everything: true})
		s.WantKind(err, "")
		_, err = s.As("ana").Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
		s.Advance(time.Hour - time.Second)
		_, err = suspends(s, ben, suspension.Scope{Requester: "dee"})
		wantBy(t, err, "curfew.self")
		s.Advance(time.Second)
		if got := inEffect(s); got != "" {
			t.Errorf("suspended is %s after the hour, want nothing", got)
		}
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Sweeps()
		s.Want(id, "active")
		_, err = suspends(s, dee, suspension.Scope{Requester: "ben"}) // one caller cannot extend a suspension by renewing it
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.again")
		s.Advance(time.Hour)
		_, err = suspends(s, dee, suspension.Scope{Requester: "ben"})
		s.WantKind(err, "")
	})
}

func TestMakerWhoLiftsDoesNotMakeItAgain(t *testing.T) {
	tell(t, func(s *story) {
		dee, ben := s.As("dee").Caller, suspension.Scope{Requester: operator(s, "ben").ID}
		_, err := suspends(s, dee, ben)
		s.WantKind(err, "")
		s.Advance(50 * time.Minute)
		_, err = s.Service.Suspensions().Lift(s.Context(), dee, ben, "to make it again")
		s.WantKind(err, "")
		_, err = suspends(s, dee, ben)
		s.WantKind(err, fault.Denied)
		wantBy(t, err, "curfew.again")
	})
}

func TestSecondOperatorConfirms(t *testing.T) {
	tell(t, func(s *story) {
		dee, eva, ben := s.As("dee").Caller, operator(s, "eva"), operator(s, "ben")
		sc := suspension.Scope{Requester: ben.ID}
		_, err := suspends(s, dee, sc)
		s.WantKind(err, "")
		s.Advance(30 * time.Minute)
		sus, err := suspends(s, dee, sc) // the same caller confirms nothing, and changes no instant
		s.WantKind(err, "")
		if want := sus.At.Add(time.Hour); sus.Second != "" || !sus.LapsesAt.Equal(want) {
			t.Errorf("its maker changed it: %+v", sus)
		}
		twin := dee
		twin.ID, twin.Name = identity.PersonID("https://other.example.com", "7"), "DEE"
		_, err = suspends(s, twin, sc)
		s.WantKind(err, fault.Denied)
		_, err = suspends(s, ben, sc, suspension.Meant{Self: true})
		s.WantKind(err, fault.Denied)
		sus, err = suspends(s, eva, suspension.Scope{Requester: "ben"})
		s.WantKind(err, "")
		if sus.By != dee.ID || sus.Second != eva.ID || !sus.LapsesAt.IsZero() {
			t.Errorf("suspension = %+v, want confirmed by %s", sus, eva.ID)
		}
		s.Advance(3 * time.Hour)
		if got := inEffect(s); got != "requester "+ben.ID {
			t.Errorf("suspended is %q, want ben", got)
		}
		if n := len(chain(s, "suspension#requester "+ben.ID)); n != 2 {
			t.Errorf("%d records, want that it was made and that it was confirmed", n)
		}
	})
}

// chain returns the kinds of a chain's records.
func chain(s *story, name string) (kinds []string) {
	for _, row := range s.Store.All(record.AuditTable) {
		if r, err := record.DecodeRecord(row); err == nil && r.Chain == name {
			kinds = append(kinds, r.Kind)
		}
	}
	return kinds
}

// TestRogueOperatorSuspendsAllOthers: each of them is free again within the hour, and together they win.
func TestRogueOperatorSuspendsAllOthers(t *testing.T) {
	tell(t, func(s *story) {
		rogue, ben, eva := s.As("dee").Caller, operator(s, "ben"), operator(s, "eva")
		for _, sc := range []suspension.Scope{{Requester: ben.ID}, {Requester: eva.ID}, {Everything: true}} {
			_, err := suspends(s, rogue, sc)
			s.WantKind(err, "")
		}
		_, err := suspends(s, eva, suspension.Scope{Everything: true}) // a suspended caller confirms nothing
		s.WantKind(err, fault.Denied)
		_, err = s.Service.Suspensions().Lift(s.Context(), ben, suspension.Scope{Requester: eva.ID}, "they did nothing")
		s.WantKind(err, fault.Denied)
		s.Advance(time.Hour)
		_, err = suspends(s, rogue, suspension.Scope{Requester: ben.ID})
		s.WantKind(err, fault.Denied)
		_, err = suspends(s, ben, suspension.Scope{Requester: rogue.ID}, suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		_, err = suspends(s, eva, suspension.Scope{Requester: rogue.ID})
		s.WantKind(err, "")
		s.Advance(3 * time.Hour)
		_, err = suspends(s, rogue, suspension.Scope{Requester: ben.ID})
		wantBy(t, err, "curfew.self")
	})
}

func TestSuspendedCallerEndsOnlyTheirOwn(t *testing.T) {
	tell(t, func(s *story) {
		dee, cem := s.As("dee").Caller, operator(s, "cem")
		own, ownWaits := s.As("cem").Asks("deploy", time.Hour), s.As("cem").Asks("admin", time.Hour)
		others, waits := s.As("ana").Asks("deploy", time.Hour), s.As("ana").Asks("admin", time.Hour)
		glass := s.As("ana").Asks("incident", time.Hour)
		s.Advance(time.Minute)
		s.WantKind(s.As("ana").Ends(glass), "")
		s.Advance(2 * time.Minute)
		_, err := suspends(s, dee, suspension.Scope{Requester: cem.ID})
		s.WantKind(err, "")
		ctx := s.Context()
		for name, do := range map[string]func() error{
			"end":      func() error { _, err := s.Service.End(ctx, cem, others); return err },
			"withdraw": func() error { _, err := s.Service.Withdraw(ctx, cem, waits); return err },
			"end all": func() error {
				_, err := s.Service.EndAll(ctx, cem, suspension.Scope{Everything: true}, false, "")
				return err
			},
			"count": func() error {
				_, err := s.Service.EndAll(ctx, cem, suspension.Scope{Everything: true}, true, "")
				return err
			},
			"review":  func() error { _, err := s.Service.SignReview(ctx, cem, glass, "fine"); return err },
			"approve": func() error { _, err := s.Service.Decide(ctx, cem, waits, s.Digest(waits), true, ""); return err },
			"deny":    func() error { _, err := s.Service.Decide(ctx, cem, waits, s.Digest(waits), false, ""); return err },
			"suspend": func() error { _, err := suspends(s, cem, suspension.Scope{Entitlement: "admin"}); return err },
			"lift": func() error {
				_, err := s.Service.Suspensions().Lift(ctx, cem, suspension.Scope{Requester: cem.ID}, "x")
				return err
			},
			"ask": func() error { _, err := s.As("cem").Tries("long", time.Hour); return err },
		} {
			if err := do(); fault.KindOf(err) != fault.Denied {
				t.Errorf("%s: %v, want it denied", name, err)
			}
		}
		s.Want(others, "active")
		s.Want(waits, "requested")
		_, err = s.Service.Withdraw(ctx, cem, ownWaits)
		s.WantKind(err, "")
		_, err = s.Service.End(ctx, cem, own)
		s.WantKind(err, "")
		s.Advance(2 * time.Minute)
		s.Want(own, "ended released")
		s.Want(ownWaits, "withdrawn")
	})
}

func TestSuspendedOwnerAcknowledgesNothing(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantKind(s.As("ben").Ends(s.As("ana").Asks("long", time.Hour)), "")
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			r.set("iam:DeleteRolePolicy", -1)
			s.WantKind(s.As("ana").Ends(id), "")
			s.Advance(10 * time.Minute)
			s.Want(id, "stuck released")
			_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: "ben"}, "left", suspension.Meant{})
			s.WantKind(err, "")
			_, err = s.Service.Acknowledge(s.Context(), s.As("ben").Caller, id)
			s.WantKind(err, fault.Denied)
			_, err = s.Service.Acknowledge(s.Context(), s.As("dee").Caller, id)
			s.WantKind(err, "")
			r.set("iam:DeleteRolePolicy", 0)
			s.Advance(10 * time.Minute)
		})
		s.WantClean()
	})
}

// TestEverythingSuspendedSuspendsNoCaller: operators must still be able to end what is open.
func TestEverythingSuspendedSuspendsNoCaller(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		_, err := suspends(s, s.As("dee").Caller, suspension.Scope{Everything: true})
		s.WantKind(err, "")
		s.WantKind(s.As("ben").Ends(id), "")
		if got := endInRounds(s, suspension.Scope{Everything: true}); got != 0 {
			t.Errorf("ended %d, want none: it is ending", got)
		}
	})
}

func TestNobodySuspendsThemselvesByMistake(t *testing.T) {
	tell(t, func(s *story) {
		dee := s.As("dee").Caller
		signsIn(s, dee)
		_, err := suspends(s, dee, suspension.Scope{Requester: "dee"})
		s.WantKind(err, fault.Invalid)
		wantBy(t, err, suspension.ReasonSelf)
		if !strings.Contains(err.Error(), "the only operator known") {
			t.Errorf("%v does not say that there is no other", err)
		}
		operator(s, "ben")
		if _, err = suspends(s, dee, suspension.Scope{Requester: "dee"}); !strings.Contains(err.Error(), "only another operator can lift it") {
			t.Errorf("%v does not say who lifts it", err)
		}
		sus, err := suspends(s, dee, suspension.Scope{Requester: "dee"}, suspension.Meant{Self: true})
		s.WantKind(err, "")
		if sus.LapsesAt.IsZero() {
			t.Error("of an operator, by one word, and it does not lapse")
		}
		s.Advance(time.Hour)
		if got := inEffect(s); got != "" {
			t.Errorf("suspended is %s after the hour, want nothing", got)
		}
	})
}

// TestDirectoryCostsNoWriteOnMostCalls: a caller is written once a day, and when their groups change.
func TestDirectoryCostsNoWriteOnMostCalls(t *testing.T) {
	tell(t, func(s *story) {
		versions := func() (n int64) {
			for _, row := range s.Store.All(record.AccessTable) {
				if row.Key.Partition == "seen" && row.Key.Sort == s.As("ana").ID {
					n = row.Version
				}
			}
			return n
		}
		for i, id := range []string{"CHG-1", "CHG-2", "CHG-3"} {
			s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task.ID = id })
			if got := versions(); got != 1 {
				t.Errorf("after %d calls the row was written %d times, want once", i+1, got)
			}
		}
		operator(s, "ana")
		if got := versions(); got != 2 {
			t.Errorf("with other groups the row was written %d times, want 2", got)
		}
		s.Advance(25 * time.Hour)
		operator(s, "ana")
		if got := versions(); got != 3 {
			t.Errorf("on the next day the row was written %d times, want 3", got)
		}
	})
}
