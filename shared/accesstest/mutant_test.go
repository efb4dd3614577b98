package accesstest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// Stories of safeguards behind other safeguards: no other story fails without them. The command mutants removes them
// one by one.

func TestGrantLeavesRoomForItsContainment(t *testing.T) {
	tell(t, func(s *story) {
		first := s.As("ana").Asks("deploy", time.Hour)
		size := iampolicy.Size([]byte(s.Receipt(first).Terms.Policies[0]))
		sight, err := s.Cloud.Look(t.Context(), accesstest.Engineer)
		if err != nil {
			t.Fatal(err)
		}
		// The remaining inline quota fits the same grant once more, and nothing else.
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
			return iam.PutRolePolicyByHand(accesstest.Engineer, "big", filler(sight.Room.Inline-size-100))
		})
		second := s.As("cem").Asks("deploy", time.Hour)
		if got := s.Receipt(second).Terms.Form; got != access.Managed {
			t.Errorf("form = %s, want managed: an inline grant would leave no room to contain it", got)
		}
	})
}

// filler is a policy of this size in characters.
func filler(size int) string {
	const frame = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::%s"}]}`
	return fmt.Sprintf(frame, strings.Repeat("x", size-len(frame)+2))
}

func TestBreakGlassIsARightOfItsOwn(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Refuse(func(q access.Question) bool { return q.Action == access.ActBreakGlass })
		_, err := s.As("ana").Tries("incident", time.Hour)
		s.WantKind(err, fault.Denied)
		s.WantClean()
	})
}

// Each way to detect a decision on one's own request is enough by itself.
func TestNobodyDecidesOnHimself(t *testing.T) {
	terms := access.Terms{
		Requester: identity.Caller{ID: "person:1", Kind: identity.Person, Name: "ana"},
		Session:   access.Session{Bind: access.BindUserID, Value: "run-7"},
		Approval:  access.Approval{Need: 1, Of: []string{"group:leads"}},
	}
	for _, c := range []struct{ name, id, bears, by string }{
		{"the requester under another name", "person:1", "ben", "curfew.self"},
		{"another account of the requester's name", "person:2", "Ana", "curfew.self"},
		{"a name that is the session's", "person:2", "RUN-7", "curfew.self"},
		{"no name", "person:2", "", "curfew.person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := identity.Caller{ID: c.id, Kind: identity.Person, Name: c.bears, Groups: []string{"leads"}}
			if got := fault.Reasons(terms.MayDecide(who, time.Time{})); len(got) != 1 || got[0] != c.by {
				t.Errorf("refused by %v, want %s", got, c.by)
			}
		})
	}
}

// The function froze between its last check of the clock and its call: the call is too late.
func TestNothingIsSentAfterAttachBy(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(accesstest.Once("cloud.Attach", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 22 * time.Second}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(23 * time.Second)
		s.WantCan(accesstest.Engineer, "ana", false)
		s.Advance(5 * time.Minute)
		s.Want(id, "ended failed")
		s.WantClean()
	})
}

// Storing the intent took so long that it is too late to attach: IAM is not called.
func TestGrantThatCameTooLateAsksIAMNothing(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller) // else the directory's write is counted too
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "cloud.Attach" {
				t.Error("Attach was called")
			}
			if op == "store.Write" && n == 2 { // the request, granting
				return accesstest.Fault{Failure: accesstest.Delayed, By: 21 * time.Second}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(5 * time.Minute)
		s.Want(id, "ended failed")
	})
}

// Two executions read approved, and both want to grant.
func TestExecutionThatLostTheRaceTouchesNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		s.Advance(10*time.Minute - time.Second)
		s.Faults(accesstest.Once("store.Write", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 2 * time.Second}))
		_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "arn:of:another"})
		s.WantKind(err, fault.NotYours)
		s.Want(id, "active")
		if got, want := s.Elevation(id).Execution, s.Workflow.Execution(id); got != want {
			t.Errorf("execution = %s, want %s", got, want)
		}
	})
}

// recordingWorkflow is a workflow that records who invoked Revoke.
type recordingWorkflow struct {
	access.Workflow

	mu sync.Mutex // guards by
	by []string
}

func (l *recordingWorkflow) Revoke(ctx context.Context, o access.Order) error {
	l.mu.Lock()
	l.by = append(l.by, o.By)
	l.mu.Unlock()
	return l.Workflow.Revoke(ctx, o)
}

// A living state machine leads to Revoke too.
func TestGrantThatLostTheRaceInvokesRevokeItself(t *testing.T) {
	tell(t, func(s *story) {
		l := &recordingWorkflow{Workflow: s.Service.Workflow}
		s.Service.Workflow = l
		s.Faults(accesstest.Once("cloud.Attach", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 10 * time.Second}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(11 * time.Second)
		l.mu.Lock()
		defer l.mu.Unlock()
		if !slices.Contains(l.by, "grant") {
			t.Errorf("Revoke was invoked by %v, want by grant too", l.by)
		}
	})
}

// The removal returned an error, and a read does not show the grant. It may be a stale read.
func TestRemovalThatFailedIsNotProvenByALook(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		s.Faults(func(op string, n int) accesstest.Fault {
			if op == "cloud.Remove" && n <= 2 { // by the order, and by the state machine
				return accesstest.Fault{Failure: accesstest.ErrorAfter}
			}
			return accesstest.Fault{}
		})
		s.WantKind(s.As("ana").Ends(id), "")
		s.Want(id, "revoking released")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
	})
}

// Grant's call takes effect after Revoke read IAM: the overstay counts until it is gone for good.
func TestOverstayCountsUntilItIsGoneForGood(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: time.Minute}, func(s *story) {
		s.Faults(accesstest.Once("cloud.Attach", 1, accesstest.Fault{Failure: accesstest.EffectLate, By: 15 * time.Second}))
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WantKind(s.As("dee").Ends(id), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended revoked")
		if e := s.Elevation(id); e.Overstay < 15 {
			t.Errorf("overstay = %d s, want 15 at least: it was there then", e.Overstay)
		}
	})
}

// expiry returns the TTL record.
func expiry(s *story) record.Row {
	for _, row := range s.Store.All(record.AccessTable) {
		if sweep.IsExpiry(row.Key) {
			return row
		}
	}
	return record.Row{}
}

func TestExpiryThatComesTooEarlyEndsNothingAndComesAgain(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		s.WantKind(sweep.New(s.Service).Expire(s.Context(), expiry(s)), fault.Transient)
		s.Advance(time.Minute)
		s.Want(id, "active")
	})
}

func TestExpiryIsActedOnThoughTheRecordCannotBeRead(t *testing.T) {
	tell(t, func(s *story) {
		s.As("ana").Asks("deploy", time.Hour)
		l := &recordingWorkflow{Workflow: &droppingWorkflow{}}
		s.Service.Workflow = l
		s.Faults(accesstest.Once("store.Partition", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		s.WantKind(sweep.New(s.Service).Expire(s.Context(), expiry(s)), "")
		if !slices.Equal(l.by, []string{"ttl"}) {
			t.Errorf("Revoke was invoked by %v, want by ttl", l.by)
		}
	})
}

// Each of the three instants of a grant is checked against the other two and the terms.
func TestForgedInstantsAreNotResumed(t *testing.T) {
	for name, forge := range map[string]func(*access.Elevation){
		"granted in the future": func(e *access.Elevation) {
			const ahead = 10 * time.Minute // before the latest end: the three are consistent
			e.GrantedAt, e.AttachBy, e.Deadline = e.GrantedAt.Add(ahead), e.AttachBy.Add(ahead), e.Deadline.Add(ahead)
		},
		"more time to attach": func(e *access.Elevation) { e.AttachBy = e.AttachBy.Add(time.Hour) },
		"a later deadline":    func(e *access.Elevation) { e.Deadline = e.Deadline.Add(time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(20 * time.Minute) })
				before := s.Store.Snapshot()
				s.WorldMayBeWrong(func() {
					e := s.Elevation(id)
					e.State, e.Execution, e.GrantedAt = access.Granting, s.Workflow.Execution(id), time.Now().UTC()
					e.AttachBy, e.Deadline = e.GrantedAt.Add(20*time.Second), e.GrantedAt.Add(time.Hour)
					forge(&e)
					forgeElevation(t, s, e)
					_, err := s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: e.Execution})
					s.WantKind(err, fault.Denied)
					s.WantClean()
					s.Restores(before)
				})
			})
		})
	}
}

// forgeElevation replaces the stored elevation, without evidence.
func forgeElevation(t *testing.T, s *story, e access.Elevation) {
	t.Helper()
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	key := record.Key{Table: record.AccessTable, Partition: "elevation#" + e.ID, Sort: "elevation"}
	if err := s.Store.Write(s.Context(), record.Change{If: record.Always, Row: record.Row{Key: key, Version: e.Version, Body: body}}); err != nil {
		t.Fatal(err)
	}
}

func TestSweepAnswersWhatIsDecided(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Faults(accesstest.Once("workflow.Answer", 1, accesstest.Fault{Failure: accesstest.ErrorBefore}))
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "approved")
		s.Advance(time.Minute)
		s.Sweeps()
		s.Want(id, "active")
		s.WantPath(id, "Route AskApprovers Grant Hold")
	})
}

// A running execution is not started again while it waits for approvers. That it died is noticed at the approval or
// when the time to decide is over.
func TestSweepLapsesWhatNobodyCanStart(t *testing.T) {
	for _, c := range []struct {
		name     string
		approved bool
		within   time.Duration
	}{
		{"approved after it died", true, 0},
		{"not decided", false, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin", time.Hour)
				net := dropRevokes(s) // the rule on the execution's end delivers nothing
				if err := s.Workflow.Engine().Stop(s.Workflow.Execution(id), "", ""); err != nil {
					t.Fatal(err)
				}
				if c.approved {
					s.WantKind(s.As("ben").Approves(id), "")
				}
				s.Advance(c.within + time.Minute)
				net.hears.Store(true)
				s.Sweeps()
				s.Want(id, "lapsed")
			})
		})
	}
}

// The API never stores a denial on an approved elevation. If the table has one, it counts.
func TestDenialAmongTheDecisionsIsSeen(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(30 * time.Minute) })
		s.WantKind(s.As("ben").Approves(id), "")
		d := access.Decision{Elevation: id, By: s.As("eva").Caller, Digest: s.Digest(id), At: time.Now().UTC()}
		body, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		key := record.Key{Table: record.AccessTable, Partition: "decision#" + id, Sort: d.By.ID}
		if err := s.Store.Write(s.Context(), record.Change{If: record.Absent, Row: record.Row{Key: key, Version: 1, Body: body}}); err != nil {
			t.Fatal(err)
		}
		s.Advance(31 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestSweepEndsAGrantThatNeverFinished(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(func(op string, _ int) accesstest.Fault {
			switch op {
			case "workflow.Start":
				return accesstest.Fault{Failure: accesstest.ErrorBefore} // no execution continues
			case "cloud.Attach":
				return accesstest.Fault{Failure: accesstest.CrashAfter}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("deploy", time.Hour)
		accesstest.Survive(func() { _, _ = s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "arn:of:one-that-died"}) })
		s.Want(id, "granting")
		s.Advance(time.Minute)
		s.Sweeps()
		s.Advance(10 * time.Second)
		s.Want(id, "ended failed")
		s.WantClean()
	})
}

// A late call of Grant may take effect a little later: until then Grant counts as running.
func TestSweepLeavesAGrantAloneUntilItHasSettled(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(func(op string, _ int) accesstest.Fault {
			switch op {
			case "workflow.Start":
				return accesstest.Fault{Failure: accesstest.ErrorBefore}
			case "cloud.Attach":
				return accesstest.Fault{Failure: accesstest.Crash}
			}
			return accesstest.Fault{}
		})
		id := s.As("ana").Asks("deploy", time.Hour)
		accesstest.Survive(func() { _, _ = s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: "arn:of:one-that-died"}) })
		s.Advance(45 * time.Second)
		s.Sweeps()
		s.Want(id, "granting")
		s.Advance(5 * time.Second)
		s.Sweeps()
		s.Want(id, "ended failed")
	})
}

func TestSweepStopsAtTenOrphans(t *testing.T) {
	tell(t, func(s *story) {
		s.WorldMayBeWrong(func() {
			for i := range 12 {
				name := access.GrantName("curfew", fmt.Sprintf("01jd2q7v3x00000000000000%02d", i))
				s.ByHand(accesstest.Agent, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(accesstest.Agent, name, rogue) })
			}
			if sw := s.Sweeps(); len(sw.Orphans) != 10 || !sw.Paged {
				t.Errorf("swept %d orphans, paged %v; want 10, and a page", len(sw.Orphans), sw.Paged)
			}
			s.Sweeps()
			s.Advance(time.Second)
		})
		s.WantClean()
	})
}

// unpinnedCloud is IAM after a change of every role's trust policy: callers choose the session name.
type unpinnedCloud struct{ access.Cloud }

func (u unpinnedCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	sight, err := u.Cloud.Look(ctx, arn)
	sight.Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}`
	return sight, err
}

func TestTrustPolicyIsOpenedBeforeTheStart(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		s.Service.Cloud = unpinnedCloud{Cloud: s.Service.Cloud}
		s.Advance(11 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

func TestFenceThatWasMovedByHandIsFound(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		deadline := s.Elevation(id).Deadline
		moved := strings.ReplaceAll(s.Cloud.Grants()[0].Documents[0], deadline.Format(time.RFC3339), deadline.Add(time.Hour).Format(time.RFC3339))
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id), moved)
			})
			s.Sweeps()
			s.Advance(time.Second)
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
		s.WantClean()
	})
}

func TestTermsThatWereChangedAfterTheRequestAreRefused(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		before := s.Store.Snapshot()
		s.WorldMayBeWrong(func() {
			terms := s.Receipt(id).Terms
			terms.Reason = "another one"
			body, err := json.Marshal(terms)
			if err != nil {
				t.Fatal(err)
			}
			key := record.Key{Table: record.AccessTable, Partition: "elevation#" + id, Sort: "terms"}
			if err := s.Store.Write(s.Context(), record.Change{If: record.Always, Row: record.Row{Key: key, Version: 1, Body: body}}); err != nil {
				t.Fatal(err)
			}
			_, err = s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: s.Workflow.Execution(id)})
			s.WantKind(err, fault.Denied)
			s.WantClean()
			s.Restores(before)
		})
	})
}

func TestRoomIsTakenBeforeTheStart(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		sight, err := s.Cloud.Look(s.Context(), accesstest.Engineer)
		if err != nil {
			t.Fatal(err)
		}
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
			return iam.PutRolePolicyByHand(accesstest.Engineer, "big", filler(sight.Room.Inline-50))
		})
		s.Advance(11 * time.Minute)
		s.Want(id, "ended refused") // not failed: nothing was sent to IAM
	})
}

func TestPrincipalIsMadeAnewWhileActive(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				_, err := iam.RecreateRole(accesstest.Engineer)
				return err
			})
			s.Sweeps()
		})
		s.Advance(time.Minute)
		s.Want(id, "ended drift")
	})
}

// falseRemovalCloud is IAM that twice reports a removal that it did not make.
type falseRemovalCloud struct {
	access.Cloud

	mu    sync.Mutex // guards times
	times int
}

func (f *falseRemovalCloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times++; f.times <= 2 {
		return nil, nil
	}
	return f.Cloud.Remove(ctx, p, grant)
}

func TestRemovalIsNotBelievedUntilItIsSeen(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Minute)
		s.Service.Cloud = &falseRemovalCloud{Cloud: s.Service.Cloud}
		s.WantKind(s.As("ana").Ends(id), "")
		s.Want(id, "revoking released")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
		s.WantClean()
	})
}

func TestRevokeOfWhatLapsedLooksAndChangesNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(2 * time.Hour)
		p := s.Elevation(id).Principal
		_, err := s.Service.Revoke(s.Context(), access.Order{ID: id, Account: p.Account, Principal: p.ARN, PrincipalID: p.ID, By: "sweep", OrderedAt: time.Now()})
		s.WantKind(err, "")
		s.Want(id, "lapsed")
	})
}

// misattributingCloud is a port that takes another's policy for one of ours.
type misattributingCloud struct{ access.Cloud }

const theirs = "curfew-of-the-night-shift"

func (m misattributingCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	page, err := m.Cloud.Survey(ctx, account, after)
	sight, _ := m.Cloud.Look(ctx, accesstest.Engineer)
	page.Grants = append(page.Grants, access.Found{Principal: sight.Principal, Grant: theirs, Documents: []string{rogue}})
	return page, err
}

func (m misattributingCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	if grant == theirs {
		return []string{rogue}, nil
	}
	return m.Cloud.Read(ctx, p, grant)
}

func TestSweepTouchesNoNameThatGrantDoesNotGive(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Cloud = misattributingCloud{Cloud: s.Service.Cloud}
		if sw := s.Sweeps(); sw.Policies != 1 || len(sw.Orphans) != 0 || sw.Findings != 0 {
			t.Errorf("%d policies, orphans %v, %d findings; want the one, and none", sw.Policies, sw.Orphans, sw.Findings)
		}
	})
}

func TestWhatIsActiveIsNotContained(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		p := s.Elevation(id).Principal
		order := access.Order{ID: id, Account: p.Account, Principal: p.ARN, PrincipalID: p.ID, By: "sweep", OrderedAt: time.Now()}
		s.WantKind(s.Service.Contain(s.Context(), order), "")
		s.WantCan(accesstest.Engineer, "ana", true)
		s.Want(id, "active")
	})
}

// Terms, elevation and digest were changed together: the catalog still limits the duration.
func TestTermsThatTheirEntitlementDoesNotMakeAreRefused(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		before := s.Store.Snapshot()
		s.WorldMayBeWrong(func() {
			terms, e := s.Receipt(id).Terms, s.Elevation(id)
			terms.Duration, terms.LatestEnd = 48*3600, terms.LatestEnd.Add(72*time.Hour)
			body, err := json.Marshal(terms)
			if err != nil {
				t.Fatal(err)
			}
			key := record.Key{Table: record.AccessTable, Partition: "elevation#" + id, Sort: "terms"}
			if err := s.Store.Write(s.Context(), record.Change{If: record.Always, Row: record.Row{Key: key, Version: 1, Body: body}}); err != nil {
				t.Fatal(err)
			}
			forgeElevation(t, s, e)
			_, err = s.Service.Grant(s.Context(), access.GrantIn{ID: id, Execution: s.Workflow.Execution(id)})
			s.WantKind(err, fault.Denied)
			s.WantClean()
			s.Restores(before)
		})
	})
}
