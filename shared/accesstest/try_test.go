package accesstest_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
)

func deploys(change ...func(*access.Request)) access.Request {
	r := access.Request{Entitlement: "deploy", Principal: accesstest.Engineer, Task: task.Task{Kind: "change", ID: "CHG-1"}, Reason: "broken", Duration: time.Hour}
	for _, c := range change {
		c(&r)
	}
	return r
}

func submission(s *story) access.Submission { return access.Submission{Service: s.Service} }

// tries holds a try against the request that follows it: it stores nothing, and says what the request is told.
func tries(s *story, t *testing.T, who string, r access.Request) access.Trial {
	t.Helper()
	before := s.Store.Snapshot()
	trial, err := submission(s).Try(s.Context(), s.As(who).Caller, r)
	if err != nil && fault.KindOf(err) != fault.Invalid {
		t.Fatalf("%s tries %+v: %v", who, r, err)
	}
	if !reflect.DeepEqual(before, s.Store.Snapshot()) {
		t.Errorf("%s tries %s: it stored something", who, r.Entitlement)
	}
	if err == nil {
		err = trial.Refusal
	}
	_, _, told := s.Service.Submit(s.Context(), s.As(who).Caller, r)
	if fault.KindOf(err) != fault.KindOf(told) || err != nil && (err.Error() != told.Error() || !slices.Equal(fault.Reasons(err), fault.Reasons(told))) {
		t.Errorf("%s tries %s: %v; the request is told: %v", who, r.Entitlement, err, told)
	}
	return trial
}

func TestTrySaysWhatARequestIsToldAndStoresNothing(t *testing.T) {
	for name, c := range map[string]struct {
		who    string
		change func(*access.Request)
		rule   string // empty: it is taken
	}{
		"taken":             {"ana", func(r *access.Request) {}, ""},
		"taken, and waits":  {"ana", func(r *access.Request) { r.Entitlement = "admin" }, ""},
		"not theirs":        {"zoe", func(r *access.Request) {}, "curfew.entitlement"},
		"there is none":     {"ana", func(r *access.Request) { r.Entitlement = "no-such" }, "curfew.entitlement"},
		"too long":          {"ana", func(r *access.Request) { r.Duration = 100 * time.Hour }, "curfew.duration"},
		"another task":      {"ana", func(r *access.Request) { r.Task.Kind = "rotation" }, "curfew.task"},
		"another principal": {"ana", func(r *access.Request) { r.Principal = accesstest.Backup }, "curfew.principal"},
		"another's session": {"ana", func(r *access.Request) { r.Session = "cem" }, "curfew.session"},
		"a principal that is absent": {"ana", func(r *access.Request) {
			r.Principal = strings.Replace(accesstest.Engineer, "engineer-", "engineer-no-", 1)
		}, "curfew.principal"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				trial := tries(s, t, c.who, deploys(c.change))
				if got := fault.Reasons(trial.Refusal); c.rule == "" != (trial.Refusal == nil) || c.rule != "" && !slices.Contains(got, c.rule) {
					t.Errorf("refused by %v, want %q", got, c.rule)
				}
				if taken := c.rule == ""; taken != (len(trial.Terms.Policies) > 0) || taken != (trial.Size > 0) || taken && trial.Room == nil {
					t.Errorf("policies %v, size %d, room %v", trial.Terms.Policies, trial.Size, trial.Room)
				}
			})
		})
	}
}

func TestTryTellsOfTheCallersOwnRequestsAndOfNoOthers(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		trial := tries(s, t, "ana", deploys(func(r *access.Request) { r.Entitlement = "admin" }))
		if trial.Refusal == nil || !strings.Contains(trial.Refusal.Error(), id) {
			t.Errorf("refusal = %v, want one with %s", trial.Refusal, id)
		}
		twin := s.As("ana").Caller // another account with the same name: one session, whose elevation it may not read
		twin.ID, twin.Groups = "person:https://other.example.com|1", []string{"engineers"}
		trial, err := submission(s).Try(s.Context(), twin, deploys(func(r *access.Request) { r.Entitlement = "admin" }))
		if err != nil || trial.Refusal == nil || strings.Contains(trial.Refusal.Error(), id) {
			t.Errorf("%v, %v: want a refusal without what ana asked for", trial.Refusal, err)
		}
	})
}

func TestTryOfAPolicyThatDenies(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActRequest })
		if trial := tries(s, t, "ana", deploys()); trial.Refusal == nil || len(trial.By) > 0 {
			t.Errorf("a policy that denies: %+v", trial)
		}
	})
}

func TestManyTriesTakeNoPlace(t *testing.T) {
	tell(t, func(s *story) {
		for range 2 * s.Service.Settings.OpenRequests {
			if trial, err := submission(s).Try(s.Context(), s.As("ana").Caller, deploys()); err != nil || trial.Refusal != nil {
				t.Fatal(trial.Refusal, err)
			}
		}
	})
}

func TestEntitlementIsShownToThoseWhoMayAsk(t *testing.T) {
	tell(t, func(s *story) {
		got, err := submission(s).Entitlement(s.Context(), s.As("ana").Caller, "deploy")
		if err != nil || got.Name != "deploy" || len(got.Policy) == 0 {
			t.Errorf("%+v, %v", got, err)
		}
		told := map[string]bool{}
		for who, name := range map[string]string{"zoe": "deploy", "ana": "no-such"} {
			_, err := submission(s).Entitlement(s.Context(), s.As(who).Caller, name)
			s.WantKind(err, fault.NotFound)
			told[strings.Replace(err.Error(), name, "NAME", 1)] = true
		}
		if len(told) != 1 {
			t.Errorf("told %v, want the same words", slices.Collect(maps.Keys(told)))
		}
	})
}

func TestTryShowsThePersonWhatApproversWillSee(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, noDeletion)
		asks := deploys(func(r *access.Request) { r.Entitlement = "admin" })
		trial, err := submission(s).Try(s.Context(), s.As("ana").Caller, asks)
		if err != nil || trial.Refusal != nil || trial.Difference == nil {
			t.Fatalf("%+v, %v; want a difference", trial, err)
		}
		id := s.As("ana").Asks("admin", time.Hour)
		if d := shown(s, id); d.Hash() != trial.Difference.Hash() || d.Nothing() {
			t.Errorf("the try shows %q, and approvers see %q", trial.Difference.Line(), d.Line())
		}
	})
}

// A person who may not have the grant probed a role through tries that are refused.
func TestRefusedTryTellsNothingOfThePrincipal(t *testing.T) {
	for name, c := range map[string]struct {
		who    string
		change func(*access.Request)
		before func(*story)
	}{
		"not theirs":                   {who: "zoe"},
		"an approver, not a requester": {who: "ben"},
		"another principal":            {who: "ana", change: func(r *access.Request) { r.Principal = accesstest.Backup }},
		"too long":                     {who: "ana", change: func(r *access.Request) { r.Duration = 100 * time.Hour }},
		"another's session":            {who: "ana", change: func(r *access.Request) { r.Session = "cem" }},
		"what waits already":           {who: "ana", before: func(s *story) { s.As("ana").Asks("admin", time.Hour) }},
		"a policy that denies": {who: "ana", before: func(s *story) {
			s.Catalog.Refuse(func(q access.Question) bool {
				_, err := q.Risk() // computed for policy, and not told
				return err == nil && q.Action == access.ActRequest
			})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				ownPolicy(s, everything)
				if c.before != nil {
					c.before(s)
				}
				change := c.change
				if change == nil {
					change = func(*access.Request) {}
				}
				trial, err := submission(s).Try(s.Context(), s.As(c.who).Caller, deploys(func(r *access.Request) { r.Entitlement = "admin" }, change))
				if err != nil || trial.Refusal == nil || trial.Difference != nil {
					t.Errorf("refused by %v, %v; shown %+v", trial.Refusal, err, trial.Difference)
				}
			})
		})
	}
}

// A machine with the right to ask for other roles could map them.
func TestTryOfAMachineComparesItsOwnPrincipalAlone(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, reboots)
		runner := s.As("backup").Caller
		s.Catalog.Change("deploy", func(e *access.Entitlement) {
			e.Requesters = append(e.Requesters, runner.ID)
			e.Principals = append(e.Principals, accesstest.Backup)
			e.Session = access.BindNone
		})
		for arn, told := range map[string]bool{accesstest.Engineer: false, accesstest.Backup: true} {
			trial, err := submission(s).Try(s.Context(), runner, deploys(func(r *access.Request) { r.Principal = arn }))
			if err != nil || trial.Refusal != nil || (trial.Difference != nil) != told {
				t.Errorf("%s: %v, %v; shown %v, want %v", arn, trial.Refusal, err, trial.Difference != nil, told)
			}
		}
	})
}
