package accesstest_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/task"
)

// rewriteRows changes an elevation's rows as a function with write access could.
func rewriteRows(s *story, id string, change func(*access.Terms, *access.Elevation)) {
	var t access.Terms
	var e access.Elevation
	rows := map[string]record.Row{}
	for _, row := range s.Store.All(record.AccessTable) {
		if row.Key.Partition == "elevation#"+id {
			rows[row.Key.Sort] = row
		}
	}
	s.WantKind(json.Unmarshal(rows["terms"].Body, &t), "")
	s.WantKind(json.Unmarshal(rows["elevation"].Body, &e), "")
	change(&t, &e)
	for sort, v := range map[string]any{"terms": t, "elevation": e} {
		row := rows[sort]
		row.Body, _ = json.Marshal(v)
		s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Always, Row: row}), "")
	}
}

func TestForgedRecordHasNoDenyWritten(t *testing.T) {
	all := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThanEquals":{"aws:CurrentTime":"` +
		iampolicy.MarkNotBefore + `"},"DateLessThan":{"aws:CurrentTime":"` + iampolicy.MarkNotAfter + `"},"StringLike":{"aws:userid":"AROAEXAMPLE0000000001:*"}}}]}`
	for name, change := range map[string]func(*access.Terms, *access.Elevation){
		"another policy": func(t *access.Terms, _ *access.Elevation) {
			t.Form, t.Contain, t.Policies = access.Managed, true, []string{all}
		},
		"of every session": func(t *access.Terms, _ *access.Elevation) {
			t.Contain, t.Session = true, access.Session{Bind: access.BindNone}
		},
		"for years":          func(t *access.Terms, e *access.Elevation) { e.Deadline = e.Deadline.AddDate(10, 0, 0) },
		"that says contain":  func(t *access.Terms, _ *access.Elevation) { t.Contain = true },
		"of another's terms": func(t *access.Terms, _ *access.Elevation) { t.Entitlement = "long" },
	} {
		t.Run(name, func(t *testing.T) {
			withRefusals(t, func(s *story, r *refusals) {
				id := s.As("ana").Asks("deploy", time.Hour)
				s.WorldMayBeWrong(func() {
					before := s.Store.Snapshot()
					rewriteRows(s, id, func(t *access.Terms, e *access.Elevation) {
						e.State, e.EndDue = access.Revoking, e.GrantedAt
						change(t, e)
					})
					puts := s.IAM.Calls()["iam:PutRolePolicy"]
					s.WantKind(s.Service.Contain(s.Context(), access.Order{ID: id, By: "revoke"}), fault.Denied)
					if n := s.IAM.Calls()["iam:PutRolePolicy"] - puts; n != 0 {
						t.Errorf("%d policies were put, want none", n)
					}
					s.Restores(before)
				})
			})
		})
	}
}

func TestOrderOfAnotherPrincipalContainsNothing(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Contain = true; e.Policy = large })
		id := s.As("ana").Asks("deploy", time.Hour)
		r.set("iam:DeleteRolePolicy", 1)
		_, err := s.Service.Revoke(s.Context(), access.Order{ID: id, Account: "111122223333", Principal: accesstest.Backup, By: "api", OrderedAt: time.Now()})
		s.WantKind(err, fault.Denied)
		s.Advance(time.Second)
		if tells(s, id, "elevation.containing", "") {
			t.Error("it was contained because another principal refused the removal")
		}
		s.Advance(10 * time.Minute)
		s.WantClean()
	})
}

func TestWhatOnlyLooksLikeAContainmentGoes(t *testing.T) {
	for name, document := range map[string]string{
		"an Allow":            rogue,
		"a Deny without end":  `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`,
		"of an active record": "",
	} {
		t.Run(name, func(t *testing.T) {
			withRefusals(t, func(s *story, r *refusals) {
				id := s.As("ana").Asks("deploy", time.Hour)
				s.WorldMayBeWrong(func() {
					if document == "" {
						document = rogue
						rewriteRows(s, id, func(_ *access.Terms, e *access.Elevation) { e.ContainedAt = e.GrantedAt })
					} else {
						r.set("iam:DeleteRolePolicy", -1)
						s.WantKind(s.As("ana").Ends(id), "")
						s.Advance(5 * time.Second)
						r.set("iam:DeleteRolePolicy", 0)
					}
					s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
						return iam.PutRolePolicyByHand(accesstest.Engineer, access.ContainmentName("curfew", id), document)
					})
					s.Sweeps()
					s.Advance(time.Second)
					for _, p := range policiesOf(s, accesstest.Engineer) {
						if p == access.ContainmentName("curfew", id) {
							t.Errorf("%s is still there", p)
						}
					}
					s.Advance(10 * time.Minute)
				})
			})
		})
	}
}

func TestContainmentThatCannotBeTakesNoPlace(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) { e.Policy = large }) // managed, without contain
		id := s.As("ana").Asks("deploy", time.Hour)
		r.set("iam:DetachRolePolicy", -1)
		r.set("iam:DeleteRolePolicy", -1)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(10 * time.Minute)
		s.WantPaged("neither be removed nor contained")
		for _, row := range s.Store.All(record.AccessTable) {
			if row.Key.Partition == "contained#principals" {
				t.Errorf("it is counted: %s", row.Body)
			}
		}
		if tells(s, id, "elevation.containing", "") {
			t.Error("the evidence has a containment that was impossible")
		}
		r.set("iam:DetachRolePolicy", 0)
		r.set("iam:DeleteRolePolicy", 0)
		s.Advance(10 * time.Minute)
		s.WantClean()
	})
}

func TestEvidenceOfContainingDoesNotGrow(t *testing.T) {
	withRefusals(t, func(s *story, r *refusals) {
		id := s.As("ana").Asks("deploy", time.Hour)
		r.set("iam:DeleteRolePolicy", -1)
		r.set("iam:PutRolePolicy", -1)
		s.WantKind(s.As("ana").Ends(id), "")
		for range 30 {
			s.Sweeps()
			s.Advance(time.Minute)
		}
		n := 0
		for _, rec := range s.Receipt(id).Timeline {
			if rec.Kind == "elevation.containing" {
				n++
			}
		}
		if v := s.Elevation(id).Version; n != 1 || v > 30 {
			t.Errorf("%d records of containing and version %d after half an hour, want one, and few", n, v)
		}
		r.set("iam:DeleteRolePolicy", 0)
		s.Advance(10 * time.Minute)
		s.WantClean()
	})
}

func TestSuspendedOperatorSuspendsNobody(t *testing.T) {
	tell(t, func(s *story) {
		dee := s.As("dee").Caller
		rogue := dee
		rogue.ID, rogue.Name = dee.ID+"2", "dora"
		_, err := s.Service.Suspensions().Suspend(s.Context(), dee, suspension.Scope{Requester: rogue.ID}, "they went rogue", suspension.Meant{Unseen: true})
		s.WantKind(err, "")
		for _, sc := range []suspension.Scope{{Requester: dee.ID}, {Everything: true}} {
			_, err = s.Service.Suspensions().Suspend(s.Context(), rogue, sc, "no, they did", suspension.Meant{Self: true})
			s.WantKind(err, fault.Denied)
		}
	})
}

// Several functions may write an elevation's record. Set back to approved, it was granted again, until its latest end.
func TestRecordPutBackToApprovedIsNotGrantedOnceMore(t *testing.T) {
	for name, over := range map[string]func(s *story) string{
		"after it was granted": func(s *story) string {
			id := s.As("ana").Asks("deploy", time.Hour)
			s.Want(id, "active")
			s.WantKind(s.As("ana").Ends(id), "")
			s.Advance(2 * time.Minute)
			s.Want(id, "ended released")
			return id
		},
		"after it was withdrawn": func(s *story) string {
			id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
			s.WantKind(s.As("ana").Withdraws(id), "")
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := over(s)
				s.WorldMayBeWrong(func() {
					before, puts := s.Store.Snapshot(), s.IAM.Calls()["iam:PutRolePolicy"]
					rewriteRows(s, id, func(_ *access.Terms, e *access.Elevation) {
						*e = access.Elevation{ID: e.ID, Version: e.Version, State: access.Approved, Entitlement: e.Entitlement, ChangedAt: time.Now(), Evidence: e.Evidence}
					})
					_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "another"})
					s.WantKind(err, fault.Denied)
					if n := s.IAM.Calls()["iam:PutRolePolicy"] - puts; n != 0 {
						t.Errorf("%d policies were put, want none", n)
					}
					s.Restores(before)
				})
			})
		})
	}
}

// Who may start executions chooses their input. An execution whose start_at was moved forward had its elevation granted before
// the start that was approved.
func TestExecutionThatStartsTooEarlyIsRefused(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "another"})
		s.WantKind(err, fault.Denied)
		if n := s.IAM.Calls()["iam:PutRolePolicy"]; n != 0 {
			t.Errorf("%d policies were put, want none", n)
		}
	})
}

// A function that was taken over, api or trigger, asked with an id of years ago: all rows and evidence of the elevation would
// have expired at once.
func TestElevationWithAnIDOfYearsAgoIsNotGranted(t *testing.T) {
	for name, alsoNow := range map[string]bool{"with its time": false, "with a request of then": true} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				was := time.Now().AddDate(0, 0, -800)
				api := *s.Service
				api.Workflow = noExecutions{api.Workflow} // its Grant would come before ours or after it
				api.NewID = func() string {
					var id ulid.ULID
					s.WantKind(id.SetTime(ulid.Timestamp(was)), "")
					return strings.ToLower(id.String())
				}
				if alsoNow {
					api.Now = func() time.Time { return was }
				}
				puts := s.IAM.Calls()["iam:PutRolePolicy"]
				s.WorldMayBeWrong(func() {
					before := s.Store.Snapshot()
					_, e, err := api.Submit(s.Context(), s.As("ana").Caller, access.Request{
						Entitlement: "deploy", Principal: accesstest.Engineer, Duration: time.Hour, LatestEnd: time.Now().Add(2 * time.Hour),
						Reason: "to look", Task: task.Task{Kind: "change", ID: "CHG-1"},
					})
					s.WantKind(err, "")
					_, err = s.Service.Grant(s.Context(), access.GrantIn{ID: e.ID, Execution: "another"})
					s.WantKind(err, fault.Denied)
					if !slices.Contains(fault.Reasons(err), "curfew.id") {
						t.Errorf("Grant = %v, want curfew.id", err)
					}
					s.Restores(before)
				})
				if n := s.IAM.Calls()["iam:PutRolePolicy"] - puts; n != 0 {
					t.Errorf("%d policies were put", n)
				}
			})
		})
	}
}

// A function that was taken over, api or trigger, dated its request in the future, with a start of now. The elevation was granted,
// and was in no list and no answer about today.
func TestElevationOfTheFutureIsNotGranted(t *testing.T) {
	year2099 := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		id     func(now time.Time) time.Time
		change func(t *access.Terms, now time.Time)
	}{
		"id and request of 2099": {func(time.Time) time.Time { return year2099 }, func(t *access.Terms, _ time.Time) { t.RequestedAt = year2099 }},
		"id and request of soon": {func(now time.Time) time.Time { return now.Add(time.Minute) }, func(t *access.Terms, now time.Time) { t.RequestedAt = now.Add(time.Minute) }},
		"id of soon":             {func(now time.Time) time.Time { return now.Add(2 * time.Minute) }, nil},
		"id of the future":       {func(now time.Time) time.Time { return now.Add(30 * time.Second) }, nil},
		"start before request":   {nil, func(t *access.Terms, now time.Time) { t.StartAt = now.AddDate(-1, 0, 0) }},
		"decide by of 2099":      {nil, func(t *access.Terms, _ time.Time) { t.DecideBy = year2099 }},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				now := record.Instant(time.Now())
				api := *s.Service
				api.Workflow = noExecutions{api.Workflow} // its Grant would come before ours or after it
				if c.id != nil {
					api.NewID = func() string {
						var id ulid.ULID
						s.WantKind(id.SetTime(ulid.Timestamp(c.id(now))), "")
						return strings.ToLower(id.String())
					}
				}
				puts := s.IAM.Calls()["iam:PutRolePolicy"]
				s.WorldMayBeWrong(func() {
					before := s.Store.Snapshot()
					_, e, err := api.Submit(s.Context(), s.As("ana").Caller, access.Request{
						Entitlement: "deploy", Principal: accesstest.Engineer, Duration: time.Hour, Reason: "to look", Task: task.Task{Kind: "change", ID: "CHG-1"},
					})
					s.WantKind(err, "")
					if c.change != nil {
						rewriteRequest(s, e.ID, func(t *access.Terms) { c.change(t, now) })
					}
					_, err = s.Service.Grant(s.Context(), access.GrantIn{ID: e.ID, Execution: "another"})
					if s.WantKind(err, fault.Denied); !slices.Contains(fault.Reasons(err), "curfew.id") {
						t.Errorf("Grant = %v, want curfew.id", err)
					}
					s.Restores(before)
				})
				if n := s.IAM.Calls()["iam:PutRolePolicy"] - puts; n != 0 {
					t.Errorf("%d policies were put", n)
				}
			})
		})
	}
}

// rewriteRequest changes the terms and the digest that was asked for, as api or trigger could.
func rewriteRequest(s *story, id string, change func(*access.Terms)) {
	digest := ""
	rewriteRows(s, id, func(t *access.Terms, _ *access.Elevation) {
		change(t)
		digest = t.Digest()
	})
	row, _ := s.Store.StoredRow(record.AccessKey("request#"+id, "request"))
	var asked map[string]any
	s.WantKind(json.Unmarshal(row.Body, &asked), "")
	asked["digest"] = digest
	row.Body, _ = json.Marshal(asked)
	s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Always, Row: row}), "")
}

// noExecutions starts none.
type noExecutions struct{ access.Workflow }

func (noExecutions) Start(context.Context, string, string) error { return nil }
