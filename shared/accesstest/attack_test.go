package accesstest_test

import (
	"encoding/json"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
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
