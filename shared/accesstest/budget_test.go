package accesstest_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/task"
)

func budget(of ...access.Budget) func(*access.Entitlement) {
	return func(e *access.Entitlement) { e.Budgets = of }
}

func perRequester(minutes int64) access.Budget {
	return access.Budget{Per: access.PerRequester, Minutes: minutes, In: access.BudgetDay}
}

func perEntitlement(minutes int64) access.Budget {
	return access.Budget{Per: access.PerEntitlement, Minutes: minutes, In: access.BudgetDay}
}

// left is what ana has left of a budget.
func left(s *story, entitlement string, per access.BudgetPer) int64 {
	ent, err := s.Service.Decider.Entitlement(s.Context(), "", entitlement)
	s.WantKind(err, "")
	all, err := access.Submission{Service: s.Service}.Left(s.Context(), ent, s.As("ana").Caller)
	s.WantKind(err, "")
	for _, l := range all {
		if l.Per == per {
			return l.Left
		}
	}
	return -1
}

func wantLeft(s *story, t *testing.T, entitlement string, per access.BudgetPer, want int64) {
	t.Helper()
	if got := left(s, entitlement, per); got != want {
		t.Errorf("%d minutes are left per %s, want %d", got, per, want)
	}
}

func TestABudgetIsUsedUpAndComesBackWithItsWindow(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perRequester(120)))
		first := s.Service.Instant()
		s.As("ana").Asks("deploy", 90*time.Minute)
		wantLeft(s, t, "deploy", access.PerRequester, 30)
		_, err := s.As("ana").Tries("deploy", 31*time.Minute)
		wantReason(t, err, access.ReasonBudget)
		back := first.Add(90 * time.Minute).Truncate(time.Hour).Add(25 * time.Hour)
		for _, part := range []string{"30 remain", "takes 31", "31 are free from " + back.Format(time.RFC3339)} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v does not say %q", err, part)
			}
		}
		if _, err := s.As("ana").Tries("deploy", 121*time.Minute); !strings.Contains(err.Error(), "ask for a shorter time") {
			t.Errorf("more than the budget: %v", err)
		}
		s.As("cem").Asks("deploy", 120*time.Minute)
		s.As("ana").Asks("deploy", 30*time.Minute)
		wantLeft(s, t, "deploy", access.PerRequester, 0)
		s.Advance(back.Add(-time.Second).Sub(s.Service.Instant()))
		_, err = s.As("ana").Tries("deploy", 31*time.Minute)
		wantReason(t, err, access.ReasonBudget)
		s.Advance(time.Second)
		s.As("ana").Asks("deploy", 120*time.Minute)
	})
}

func TestWhatWasNotUsedComesBackOnceItsEndIsProven(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perRequester(60), perEntitlement(200)))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10*time.Minute + time.Second) // rounded up
		_, err := s.As("ana").Tries("deploy", time.Minute)
		wantReason(t, err, access.ReasonBudget)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
		for range 3 { // asking settles nothing twice
			wantLeft(s, t, "deploy", access.PerRequester, 49)
		}
		s.As("ana").Asks("deploy", 20*time.Minute)
		wantLeft(s, t, "deploy", access.PerRequester, 29)
		s.As("ana").Asks("deploy", 29*time.Minute)
		_, err = s.As("ana").Tries("deploy", time.Minute)
		wantReason(t, err, access.ReasonBudget)
		wantLeft(s, t, "deploy", access.PerEntitlement, 140)
	})
}

func TestWhatIsRefusedIsChargedNothing(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", budget(perRequester(60)))
		s.WantKind(s.As("ben").Denies(s.As("ana").Asks("admin", time.Hour)), "")
		s.WantKind(s.As("ana").Withdraws(s.As("ana").Asks("admin", time.Hour)), "")
		lapses := s.As("ana").Asks("admin", time.Hour)
		s.Advance(2 * time.Hour)
		s.Want(lapses, "lapsed")
		refused := s.As("ana").Asks("admin", time.Hour, startsIn(10*time.Minute))
		s.WantKind(s.As("ben").Approves(refused), "")
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActRequest })
		s.Advance(11 * time.Minute)
		s.Want(refused, "ended refused")
		s.Catalog.Refuse(nil)
		wantLeft(s, t, "admin", access.PerRequester, 60)
		for _, row := range s.Store.All(record.AccessTable) {
			if strings.HasPrefix(row.Key.Partition, "budget#") {
				t.Errorf("charged: %s", row.Body)
			}
		}
	})
}

// Both were asked for while the minutes were there; the grant decides.
func TestTwoApprovedRequestsDoNotBothTakeTheLastMinutes(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", budget(perEntitlement(60)))
		one, two := s.As("ana").Asks("admin", time.Hour), s.As("cem").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Approves(one), "")
		s.WantKind(s.As("ben").Approves(two), "")
		s.Advance(2 * time.Minute)
		s.Want(one, "active")
		s.Want(two, "ended refused")
		if why := s.Elevation(two).Why; !strings.Contains(why, "0 remain") {
			t.Errorf("it does not say why: %s", why)
		}
		wantLeft(s, t, "admin", access.PerEntitlement, 0)
	})
}

func TestTwoGrantsAtOnceDoNotBothTakeTheLastMinutes(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perEntitlement(90)))
		s.Faults(func(op string, _ int) accesstest.Fault { // all read before one of them writes
			if op == "store.Write" {
				return accesstest.Fault{Failure: accesstest.Delayed, By: time.Second}
			}
			return accesstest.Fault{}
		})
		var together sync.WaitGroup
		for _, name := range []string{"ana", "cem"} {
			who := s.As(name)
			together.Go(func() {
				_, _, err := s.Service.Submit(s.Context(), who.Caller, access.Request{Entitlement: "deploy", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "both", Duration: time.Hour})
				if err != nil && fault.KindOf(err) != fault.Denied {
					t.Error(err)
				}
			})
		}
		together.Wait()
		synctest.Wait()
		s.Advance(2 * time.Minute)
		active := 0
		es, _, err := access.Lives(s.Store.All(record.AccessTable))
		s.WantKind(err, "")
		for _, e := range es {
			if e.State == access.Active {
				active++
			} else if e.Cause != access.Refused || !strings.Contains(e.Why, "30 remain") {
				t.Errorf("%s is %s %s: %s", e.ID, e.State, e.Cause, e.Why)
			}
		}
		if len(es) != 2 || active != 1 {
			t.Errorf("%d of %d are active, want 1 of 2", active, len(es))
		}
		wantLeft(s, t, "deploy", access.PerEntitlement, 30)
	})
}

// Two grants that both fit are both given at once, though the second lost the transaction first.
func TestAChargeThatLostTheTransactionIsMadeAgain(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perEntitlement(120)))
		var together sync.WaitGroup
		var delay time.Duration
		s.Faults(func(op string, _ int) accesstest.Fault {
			switch {
			case op == "workflow.Start": // the story grants itself
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			case op == "store.Write" && delay > 0: // all read before one of them writes
				return accesstest.Fault{Failure: accesstest.Delayed, By: delay}
			}
			return accesstest.Fault{}
		})
		one, two := s.As("ana").Asks("deploy", time.Hour), s.As("cem").Asks("deploy", time.Hour)
		delay = time.Second
		for _, id := range []string{one, two} {
			together.Go(func() {
				_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "arn:aws:states:us-east-1:111122223333:execution:elevation:" + id})
				s.WantKind(err, "")
			})
		}
		together.Wait()
		s.Want(one, "active")
		s.Want(two, "active")
		wantLeft(s, t, "deploy", access.PerEntitlement, 0)
		s.WantKind(s.As("ana").Ends(one), "")
		s.WantKind(s.As("cem").Ends(two), "")
		s.Advance(2 * time.Minute)
		s.WantClean()
	})
}

func TestAGrantThatIsMadeAgainIsChargedOnce(t *testing.T) {
	for _, failure := range []accesstest.Failure{accesstest.ErrorAfter, accesstest.ErrorBefore, accesstest.CrashAfter, accesstest.Crash} {
		tell(t, func(s *story) {
			s.Catalog.Change("deploy", budget(perRequester(120)))
			signsIn(s, s.As("ana").Caller) // else the directory's write is counted too
			s.Faults(func(op string, n int) accesstest.Fault {
				if op == "store.Write" && n == 2 { // of granting
					return accesstest.Fault{Failure: failure}
				}
				return accesstest.Fault{}
			})
			id := s.As("ana").Asks("deploy", time.Hour)
			s.Advance(5 * time.Minute)
			e := s.Elevation(id)
			if e.State == access.Active {
				wantLeft(s, t, "deploy", access.PerRequester, 60)
				_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: e.Execution})
				s.WantKind(err, "")
				wantLeft(s, t, "deploy", access.PerRequester, 60)
			} else if e.State == access.LapsedState {
				wantLeft(s, t, "deploy", access.PerRequester, 120)
			} else if got := left(s, "deploy", access.PerRequester); e.State != access.Ended || got < 115 || got > 120 {
				t.Errorf("it is %s, and %d minutes are left", e.State, got)
			}
		})
	}
}

func TestPrincipalsAndMonthsHaveBudgetsOfTheirOwn(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(access.Budget{Per: access.PerPrincipal, Minutes: 100, In: access.BudgetMonth}, perRequester(80)))
		s.As("ana").Asks("deploy", 80*time.Minute)
		_, err := s.As("cem").Tries("deploy", 21*time.Minute)
		wantReason(t, err, access.ReasonBudget)
		if !strings.Contains(err.Error(), "in 30 days per principal: 20 remain") {
			t.Error(err)
		}
		s.Advance(26 * time.Hour)
		_, err = s.As("ana").Tries("deploy", 21*time.Minute)
		wantReason(t, err, access.ReasonBudget)
		s.As("ana").Asks("deploy", 20*time.Minute)
		s.Advance(31 * 24 * time.Hour)
		s.As("ana").Asks("deploy", 80*time.Minute)
	})
}

// A record that a function other than grant damaged or forged gives back nothing that its charge does not allow.
func TestForgedAndDamagedRowsGiveNoMinutes(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perRequester(60)))
		id := s.As("ana").Asks("deploy", time.Hour)
		rows, err := s.Service.Store.Read(s.Context(), access.ElevationKey(id))
		s.WantKind(err, "")
		row := rows[access.ElevationKey(id)]
		forge := func(change map[string]any) {
			var body map[string]any
			if err := json.Unmarshal(row.Body, &body); err != nil {
				t.Fatal(err)
			}
			for name, v := range change {
				body[name] = v
			}
			forged := row
			forged.Body, _ = json.Marshal(body)
			s.Store.Overwrite(forged, record.Form)
		}
		s.WorldMayBeWrong(func() {
			for name, change := range map[string]map[string]any{
				"ended before its grant": {"state": "ended", "ended_at": s.Service.Instant().Add(-time.Hour)},
				"ended in the future":    {"state": "ended", "ended_at": s.Service.Instant().Add(time.Hour)},
				"ended at no time":       {"state": "ended"},
				"of another id":          {"id": "01jd0000000000000000000000"},
				"not an elevation":       {"state": 1},
			} {
				forge(change)
				if got := left(s, "deploy", access.PerRequester); got != 0 {
					t.Errorf("%s: %d minutes are left", name, got)
				}
			}
			s.Store.Overwrite(row, record.Form)
			counter := access.BudgetKey(access.Terms{Entitlement: "deploy", Requester: s.As("ana").Caller}, access.PerRequester)
			stored, err := s.Service.Store.Read(s.Context(), counter)
			s.WantKind(err, "")
			was := stored[counter]
			damaged := was
			damaged.Body = json.RawMessage(`{"hours":"none"}`)
			s.Store.Overwrite(damaged, record.Form)
			_, err = s.As("ana").Tries("deploy", time.Minute)
			s.WantKind(err, fault.Internal)
			s.Store.Overwrite(was, record.Form)
		})
	})
}

func TestTheCheckerSeesACounterThatIsWrong(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perRequester(60)))
		s.As("ana").Asks("deploy", 30*time.Minute)
		counter := access.BudgetKey(access.Terms{Entitlement: "deploy", Requester: s.As("ana").Caller}, access.PerRequester)
		stored, err := s.Service.Store.Read(s.Context(), counter)
		s.WantKind(err, "")
		was := stored[counter]
		s.WorldMayBeWrong(func() {
			for _, minutes := range []string{`"minutes":29`, `"minutes":61`} {
				wrong := was
				wrong.Body = json.RawMessage(strings.ReplaceAll(string(was.Body), `"minutes":30`, minutes))
				s.Store.Overwrite(wrong, record.Form)
				if len(s.BrokenInvariants()) == 0 {
					t.Errorf("%s is right to the checker", minutes)
				}
			}
			s.Store.Overwrite(was, record.Form)
		})
	})
}

// The counter expired with the deadline of the elevation that was granted last, while one that was granted before went on.
func TestABudgetIsKeptForTheElevationThatEndsLast(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) {
			e.Max = 40 * 24 * time.Hour
			e.Budgets = []access.Budget{{Per: access.PerEntitlement, Minutes: 100_000, In: access.BudgetMonth}}
		})
		long := s.As("ana").Asks("deploy", 20*24*time.Hour)
		s.As("cem").Asks("deploy", time.Hour)
		counted := s.Elevation(long).Deadline.Truncate(24 * time.Hour).Add(access.BudgetMonth + 24*time.Hour)
		n := 0
		for _, row := range s.Store.All(record.AccessTable) {
			if strings.HasPrefix(row.Key.Partition, "budget#") {
				if n++; row.Expires.Before(counted) {
					t.Errorf("it expires at %s, and counts until %s", row.Expires, counted)
				}
			}
		}
		if n != 1 {
			t.Fatalf("%d counters", n)
		}
	})
}

func TestWhatABudgetHasLeftIsShown(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", budget(perRequester(120), access.Budget{Per: access.PerPrincipal, Minutes: 500, In: access.BudgetMonth}))
		first := s.As("ana").Asks("admin", 50*time.Minute)
		s.WantKind(s.As("ben").Approves(first), "")
		s.As("cem").Asks("admin", time.Hour)
		s.Advance(2 * time.Minute)
		want := func(left []access.Left, minutes ...int64) {
			t.Helper()
			var got []int64
			for _, l := range left {
				got = append(got, l.Left)
			}
			if !slices.Equal(got, minutes) {
				t.Errorf("left are %v, want %v", got, minutes)
			}
		}
		shown, err := s.Service.Show(s.Context(), s.As("ben").Caller, first)
		s.WantKind(err, "")
		want(shown.Budgets, 70, 450)
		r := deploys(func(r *access.Request) { r.Entitlement, r.Duration = "admin", 71*time.Minute })
		for who, left := range map[string][]int64{"ana": {70, 450}, "cem": {120, 450}} {
			trial, err := submission(s).Try(s.Context(), s.As(who).Caller, r)
			s.WantKind(err, "")
			want(trial.Budgets, left...)
		}
		r.Principal = accesstest.Backup // not one of the entitlement: the answer has none
		trial, err := submission(s).Try(s.Context(), s.As("ana").Caller, r)
		s.WantKind(err, "")
		want(trial.Budgets)
		s.WantKind(s.As("ana").Ends(first), "")
		s.Advance(2 * time.Minute)
		over, err := s.Service.Show(s.Context(), s.As("ben").Caller, first)
		s.WantKind(err, "")
		want(over.Budgets)
	})
}

func TestAnElevationIsShownThoughItsBudgetCannotBeRead(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", budget(perRequester(60)))
		id := s.As("ana").Asks("deploy", time.Hour)
		counter := access.BudgetKey(access.Terms{Entitlement: "deploy", Requester: s.As("ana").Caller}, access.PerRequester)
		stored, err := s.Service.Store.Read(s.Context(), counter)
		s.WantKind(err, "")
		was := stored[counter]
		s.WorldMayBeWrong(func() {
			damaged := was
			damaged.Body = json.RawMessage(`{"hours":"none"}`)
			s.Store.Overwrite(damaged, record.Form)
			v, err := s.Service.Show(s.Context(), s.As("ana").Caller, id)
			s.WantKind(err, "")
			if len(v.Budgets) != 1 || !v.Budgets[0].Unread || v.Budgets[0].Left != 0 {
				t.Errorf("shown: %+v", v.Budgets)
			}
			s.Store.Overwrite(was, record.Form)
		})
	})
}
