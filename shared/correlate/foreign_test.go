package correlate_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/baseline"
	"curfew/shared/correlate"
	"curfew/shared/detection"
	"curfew/shared/finding"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

const (
	mallory  = "arn:aws:iam::" + account + ":role/mallory"
	wider    = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	pipeline = "arn:aws:iam::" + account + ":role/pipeline"
)

func engineerName() string {
	return accesstest.Engineer[strings.LastIndexByte(accesstest.Engineer, '/')+1:]
}

// quarantining runs a story whose catalog says onForeign: quarantine.
func quarantining(t *testing.T, f func(*story)) {
	t.Helper()
	tell(t, []detection.Detection{unexplained}, func(s *story) {
		s.Story.Service.Settings.QuarantineForeign, s.Service.Service.Settings.QuarantineForeign = true, true
		f(s)
	})
}

// writes puts an inline policy on the engineer's role by hand, and returns the event.
func (s *story) writes(by, name, document string) string {
	s.t.Helper()
	s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error { return w.PutRolePolicyByHand(accesstest.Engineer, name, document) })
	return s.foreignEvent(by, name, document)
}

func (s *story) foreignEvent(by, name, document string, more ...string) string {
	return s.event(by, "x", "iam.amazonaws.com", "PutRolePolicy", map[string]any{"policyName": name, "roleName": engineerName(), "policyDocument": document}, more...)
}

// denied returns the quarantines on the engineer's role.
func (s *story) denied() (names []string) {
	for _, f := range s.World.Cloud.Grants() {
		if f.Principal.ARN == accesstest.Engineer && strings.HasPrefix(f.Grant, "curfew-q-") {
			names = append(names, f.Grant)
		}
	}
	return names
}

func (s *story) wantDenied(want int, when string) {
	s.t.Helper()
	s.Advance(5 * time.Second)
	if got := s.denied(); len(got) != want {
		s.t.Errorf("%s: quarantines = %v, want %d", when, got, want)
	}
}

func TestForeignWriteIsAFindingAndNoMoreWhereTheCatalogSaysReport(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.delivers(s.writes(mallory, "more", wider), s.event(mallory, "x", "iam.amazonaws.com", "UntagRole", map[string]any{"roleName": engineerName(), "tagKeys": []string{"a"}}))
		s.wantDenied(0, "report")
		if f := s.findings(access.ForeignChange.Name); len(f) != 1 || f[0].EventCount != 2 || f[0].Principal != accesstest.Engineer {
			t.Errorf("findings = %+v", f)
		}
	})
}

// The Deny ends by its own fence, and the sweep removes it. What others wrote stays.
func TestForeignWriteIsQuarantinedForAnHour(t *testing.T) {
	quarantining(t, func(s *story) {
		id := s.elevates()
		s.WantCan(accesstest.Engineer, "ana", true)
		e := s.writes(mallory, "more", wider)
		s.delivers(e, e)
		s.wantDenied(1, "after a foreign write")
		s.WantCan(accesstest.Engineer, "ana", false)
		q, err := access.ReadQuarantine(t.Context(), s.World.Store, strings.TrimPrefix(s.denied()[0], "curfew-q-"))
		if err != nil || q.Until.Sub(q.From) != time.Hour || q.Foreign.Writer != mallory || q.Evidence.Seq != 1 {
			t.Errorf("quarantine = %+v, %v", q, err)
		}
		if f := s.findings(access.ForeignChange.Name); len(f) != 1 || !strings.Contains(f[0].What, "does not stop roles that the principal assumed before") {
			t.Errorf("findings = %+v", f)
		}
		s.wantExplained(s.denied()[0])
		s.Want(id, string(access.Active)) // and its grant is still there for Revoke
		s.Advance(11 * time.Minute)
		s.Want(id, "ended deadline")
		s.wantDenied(1, "while it lasts")
		s.delivers(s.writes(mallory, "again", wider))
		s.Advance(50 * time.Minute)
		s.Sweeps()
		s.wantDenied(0, "after the hour")
		has, _ := s.IAM.Policies(accesstest.Engineer)
		if len(has.Identity) < 2 {
			t.Errorf("policies = %+v, want those that others wrote", has.Identity)
		}
		if f := s.findings(access.Orphan.Name); len(f) != 0 {
			t.Errorf("findings = %+v", f)
		}
	})
}

// wantExplained delivers the record of the write of function contain, and another of that name.
func (s *story) wantExplained(quarantine string) {
	s.t.Helper()
	role := "arn:aws:iam::" + account + ":role/curfew-member-contain"
	docs, err := s.World.Cloud.Read(s.Context(), access.Principal{ARN: accesstest.Engineer, Account: account}, quarantine)
	if err != nil || len(docs) != 1 {
		s.t.Fatal(docs, err)
	}
	s.delivers(s.foreignEvent(role, quarantine, docs[0]))
	if f := s.findings("detection"); len(f) != 0 {
		s.t.Errorf("findings = %+v", f)
	}
	s.delivers(s.foreignEvent(role, access.ContainmentName("curfew", "01jd2q7v3x0000000000000zzz"), docs[0]))
	if f := s.findings("detection"); len(f) != 1 {
		s.t.Errorf("findings = %+v", f)
	}
}

func TestEventAloneTakesNoAccess(t *testing.T) {
	for name, deliver := range map[string]func(*story){
		"a denied call": func(s *story) {
			s.writes(pipeline, "more", wider)
			s.delivers(s.foreignEvent(mallory, "more", wider, `,"errorCode":"AccessDenied"`))
		},
		"a write that IAM has not": func(s *story) { s.delivers(s.foreignEvent(mallory, "more", wider)) },
		"another document": func(s *story) {
			s.writes(mallory, "more", wider)
			s.delivers(s.foreignEvent(mallory, "more", `{}`))
		},
		"a write that was undone": func(s *story) {
			e := s.writes(mallory, "more", wider)
			s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error { return w.DeleteRolePolicyByHand(accesstest.Engineer, "more") })
			s.delivers(e)
		},
		"a write that changed nothing": func(s *story) {
			s.writes(mallory, "more", wider)
			s.Advance(time.Hour)
			s.Sweeps() // the baseline has it
			s.Advance(time.Minute)
			s.delivers(s.foreignEvent(mallory, "more", wider))
		},
		"an event that another account sent": func(s *story) {
			e := s.writes(mallory, "more", wider)
			s.delivers(strings.Replace(e, `"account":"`+account+`"`, `"account":"`+home+`"`, 1))
		},
		"Curfew's own write":              func(s *story) { s.delivers(s.writes(grantRole, "more", wider)) },
		"a writer that the catalog names": func(s *story) { s.delivers(s.writes(pipeline, "more", wider)) },
		"a principal that is not marked": func(s *story) {
			s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error { return w.RemoveTag(accesstest.Engineer, "curfew:managed") })
			s.delivers(s.writes(mallory, "more", wider))
		},
		"a principal that was recreated": func(s *story) {
			s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error {
				_, err := w.RecreateRole(accesstest.Engineer)
				return errors.Join(err, w.SetTag(accesstest.Engineer, "curfew:managed", "true"))
			})
			s.delivers(s.writes(mallory, "more", wider))
		},
		"a policy with the name of a grant": func(s *story) {
			s.delivers(s.foreignEvent(mallory, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), wider))
		},
	} {
		t.Run(name, func(t *testing.T) {
			quarantining(t, func(s *story) {
				s.Service = correlate.New(s.Service.Service, []string{account, home}, s.own, correlate.Installation{Name: "curfew", Home: home, IaC: []string{pipeline}}, nil)
				s.WorldMayBeWrong(func() { deliver(s) })
				s.wantDenied(0, name)
				if f := s.findings(access.Unquarantined.Name); len(f) != 0 {
					t.Errorf("it was tried: %+v", f)
				}
			})
		})
	}
}

// Function contain does not take the word of an order: it asks the catalog and IAM.
func TestForgedOrderQuarantinesNothing(t *testing.T) {
	quarantining(t, func(s *story) {
		s.writes(mallory, "more", wider)
		p := access.Principal{ARN: accesstest.Engineer, ID: s.World.IAM.UniqueID(accesstest.Engineer), Account: account}
		o := access.Order{Account: account, Principal: p.ARN, PrincipalID: p.ID, By: "x",
			Foreign: &access.Foreign{Event: "e", At: s.Now(), Call: "PutRolePolicy", Policy: "more", Digest: baseline.Digest(wider)}}
		orders := func(edit func(*access.Order, *access.Foreign)) {
			x, f := o, *o.Foreign
			x.Foreign = &f
			edit(&x, &f)
			s.WantKind(s.Story.Service.Contain(s.Context(), x), "")
		}
		orders(func(_ *access.Order, f *access.Foreign) { f.Policy = "other" })
		orders(func(_ *access.Order, f *access.Foreign) { f.Digest = baseline.Digest("{}") })
		orders(func(_ *access.Order, f *access.Foreign) { f.Policy, f.Digest = "", "" })
		orders(func(x *access.Order, _ *access.Foreign) { x.PrincipalID = "AROAEXAMPLE0OTHERS000" })
		orders(func(_ *access.Order, f *access.Foreign) { f.At = s.Now().Add(-time.Hour) })
		s.Story.Service.Settings.QuarantineForeign = false
		orders(func(*access.Order, *access.Foreign) {})
		s.wantDenied(0, "forged")
		s.Story.Service.Settings.QuarantineForeign = true
		orders(func(*access.Order, *access.Foreign) {})
		s.wantDenied(1, "as it was written")
	})
}

// A person may remove a quarantine. A storm of writes does not bring it back within the hour.
func TestStormOfForeignWritesIsOneQuarantine(t *testing.T) {
	quarantining(t, func(s *story) {
		s.delivers(s.writes(mallory, "more", wider))
		s.wantDenied(1, "first")
		s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error { return w.DeleteRolePolicyByHand(accesstest.Engineer, s.denied()[0]) })
		for range 30 {
			s.delivers(s.writes(mallory, "more", strings.Replace(wider, "s3", "ec2", 1)), s.writes(mallory, "more", wider))
		}
		s.wantDenied(0, "storm")
		if f := s.findings(correlate.TooManyAnswers.Name); len(f) != 1 {
			t.Errorf("findings = %+v", f)
		}
		if f := s.findings(access.ForeignChange.Name); len(f) != 1 || f[0].EventCount != 61 {
			t.Errorf("findings = %+v", f)
		}
	})
}

// An acknowledged finding pages weekly. A kind of event that it did not have pages at once, and once.
func TestAcknowledgedFindingPagesAtOnceForAKindOfEventThatIsNew(t *testing.T) {
	tell(t, nil, func(s *story) {
		paged := func(call string) bool {
			s.Advance(time.Minute)
			before := time.Time{}
			if f := s.findings(access.ForeignChange.Name); len(f) == 1 {
				before = f[0].PagedAt
			}
			s.delivers(s.event(mallory, "x", "iam.amazonaws.com", call, map[string]any{"roleName": engineerName()}))
			return s.findings(access.ForeignChange.Name)[0].PagedAt.After(before)
		}
		if !paged("TagRole") {
			t.Error("the first event does not page")
		}
		dee := s.As("dee").Caller
		_, err := access.Findings{Service: s.Story.Service}.Acknowledge(s.Context(), dee, s.findings(access.ForeignChange.Name)[0].ID, "")
		s.WantKind(err, "")
		for i, want := range []bool{false, true, false} {
			if got := paged([]string{"TagRole", "UpdateAssumeRolePolicy", "UpdateAssumeRolePolicy"}[i]); got != want {
				t.Errorf("event %d: paged = %v, want %v", i, got, want)
			}
		}
	})
}

// The record names the writer, the events, the principal and both digests. It does not page, and comes once, even if the survey is
// before the event.
func TestChangeByAWriterOfTheCatalogLeavesEvidence(t *testing.T) {
	for _, late := range []bool{false, true} {
		quarantining(t, func(s *story) {
			s.Service = correlate.New(s.Service.Service, []string{account, home}, s.own, correlate.Installation{Name: "curfew", Home: home, IaC: []string{pipeline}}, nil)
			get := func() baseline.Current {
				c, _, err := baseline.Find(s.Context(), s.World.Store, accesstest.Engineer)
				s.WantKind(err, "")
				return c
			}
			surveys := func() {
				s.Advance(16 * time.Minute)
				s.Sweeps()
				s.Advance(time.Minute)
			}
			before := get()
			s.Advance(time.Minute)
			e := s.writes(pipeline, "more", wider)
			if late {
				surveys()
			}
			s.delivers(e, e, s.foreignEvent(pipeline, "denied", wider, `,"errorCode":"AccessDenied"`))
			surveys()
			s.delivers(s.foreignEvent(pipeline, "more", wider)) // it moves nothing
			surveys()
			s.ByHand(accesstest.Engineer, func(w *inprocess.IAM) error { return w.PutRolePolicyByHand(accesstest.Engineer, "unknown", wider) })
			surveys()
			all := s.findings(sweep.Moved.Name)
			if len(all) != 1 || all[0].Count != 1 || !slices.Equal(all[0].Events, []string{"e-1"}) || all[0].Principal != accesstest.Engineer || !all[0].PagedAt.IsZero() {
				t.Fatalf("late %v: findings = %+v", late, all)
			}
			if !strings.HasSuffix(all[0].What, "what differs: inline policies") {
				t.Errorf("late %v: what = %s", late, all[0].What)
			}
			rows, err := s.World.Store.Partition(s.Context(), record.AuditTable, finding.KeyOf(all[0].ID).Partition, "")
			s.WantKind(err, "")
			for _, want := range []string{`"before":"` + before.Hash, `"writer":"` + pipeline, `"event":"e-1"`} {
				if len(rows) != 1 || !strings.Contains(string(rows[0].Body), want) {
					t.Errorf("late %v: evidence has no %s: %s", late, want, rows[0].Body)
				}
			}
			if f := s.findings(access.ForeignChange.Name); len(f) != 0 {
				t.Errorf("findings = %+v", f)
			}
			surveys() // CloudTrail had time to say who wrote "unknown"
			surveys()
			if f := s.findings(access.ForeignChange.Name); len(f) != 1 || f[0].Count != 1 || f[0].Principal != accesstest.Engineer || !strings.HasSuffix(f[0].What, "what differs: inline policies") {
				t.Errorf("findings = %+v", f)
			}
		})
	}
}

// An attacker in function grant writes a policy with a foreign name. CloudTrail's event of it is a finding within a minute, also
// without a detection. A write that a record explains is no finding.
func TestForeignNameByCurfewsOwnRoleIsAFinding(t *testing.T) {
	tell(t, nil, func(s *story) {
		s.elevates()
		grant := "arn:aws:iam::" + account + ":role/curfew-member-grant"
		g := s.World.Cloud.Grants()[0]
		s.ago = 30 * time.Second // it was attached then
		s.delivers(s.foreignEvent(grant, g.Grant, g.Documents[0]))
		s.ago = 0
		if f := s.findings(access.ForeignChange.Name); len(f) != 0 {
			t.Errorf("a record explains it: findings = %+v, want none", f)
		}
		s.delivers(s.writes(grant, "more", wider), s.event(grant, "x", "iam.amazonaws.com", "AttachRolePolicy", map[string]any{"roleName": engineerName(), "policyArn": "arn:aws:iam::" + account + ":policy/curfew/more"}))
		if f := s.findings(access.ForeignChange.Name); len(f) != 1 || f[0].EventCount != 2 || !strings.Contains(f[0].What, grant) {
			t.Errorf("findings = %+v", f)
		}
	})
}
