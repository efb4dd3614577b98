package accesstest_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/task"
)

const rogue = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// A policy with an elevation's name is put on another principal.
func TestStrayIsTakenAwayAndTheElevationGoesOn(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(time.Minute)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Responder, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Responder, access.GrantName("curfew", id), rogue)
			})
			s.WantCan(accesstest.Responder, "mallory", true)
			s.Sweeps()
		})
		s.WantCan(accesstest.Responder, "mallory", false)
		s.Want(id, "active")
		s.WantCan(accesstest.Engineer, "ana", true)
		s.WantPaged(access.Orphan.Name)
	})
}

func TestStrayOfWhatHasEndedIsTakenAwayAndPagesEachTime(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		s.Advance(12 * time.Minute)
		s.Want(id, "ended deadline")
		for range 2 {
			s.WorldMayBeWrong(func() {
				s.ByHand(accesstest.Responder, func(iam *inprocess.IAM) error {
					return iam.PutRolePolicyByHand(accesstest.Responder, access.GrantName("curfew", id), rogue)
				})
				s.Sweeps()
			})
			s.WantCan(accesstest.Responder, "mallory", false)
			s.Advance(time.Hour)
			s.Sweeps()
		}
		pages := 0
		for _, m := range s.Notifier.Messages() {
			if m.Kind == "page" {
				pages++
			}
		}
		if pages != 2 {
			t.Errorf("paged %d times, want once for each time it was put there", pages)
		}
	})
}

func TestTheTaskIsAskedAgainAfterALostAnswer(t *testing.T) {
	tell(t, func(s *story) {
		work := task.Task{Kind: "backup", ID: "job-1"}
		s.WantKind(s.Service.Tasks().Start(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		id := s.As("backup").Asks("backup", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(10 * time.Minute) })
		s.WantKind(access.Triggers{Service: s.Service}.TaskEnded(t.Context(), work, task.EventSource{Source: "aws.backup"}, time.Now()), "")
		s.Faults(accesstest.Once("store.Write", 1, accesstest.Fault{Failure: accesstest.ErrorAfter})) // granting, with its answer lost
		s.Advance(15 * time.Minute)
		s.Want(id, "ended completed")
		s.WantClean()
	})
}

func TestAccessTableIsRestoredAndItsEvidenceIsNot(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour)
		before := s.Store.Snapshot()
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
		s.WorldMayBeWrong(func() {
			s.RestoresAccessTable(before)
			s.Sweeps() // the grant has no open elevation now
			s.Advance(time.Second)
			s.Want(id, "lapsed")
		})
		s.Advance(5 * time.Minute)
		s.WantClean()
		s.WantPaged(access.Restored.Name)
	})
}

func TestRecordThatCannotBeReadKeepsNoGrant(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", 10*time.Minute)
		net := dropRevokes(s) // and no other backstop works
		if err := s.Workflow.Engine().Stop(s.Workflow.Execution(id), "", ""); err != nil {
			t.Fatal(err)
		}
		s.WorldMayBeWrong(func() {
			key := record.Key{Table: record.AccessTable, Partition: "elevation#" + id, Sort: "elevation"}
			if err := s.Store.Write(t.Context(), record.Change{If: record.Always, Row: record.Row{Key: key, Version: 99, Body: json.RawMessage(`{"id":7}`)}}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Minute)
			net.hears.Store(true)
			s.Sweeps()
			s.Advance(time.Second)
			s.WantClean()
			s.WantPaged("cannot be read")
			s.DeletesElevation(id)
		})
	})
}

func TestOrphansThatCannotBeRemovedKeepNoOtherFromBeingRemoved(t *testing.T) {
	tell(t, func(s *story) {
		s.WorldMayBeWrong(func() {
			ids := "0123456789abcdefghjk"
			for i := range 12 {
				name := access.GrantName("curfew", "01jd2q7v3x000000000000000"+ids[i:i+1])
				s.ByHand(accesstest.Agent, func(iam *inprocess.IAM) error { return iam.PutRolePolicyByHand(accesstest.Agent, name, rogue) })
			}
			s.ByHand(accesstest.Agent, func(iam *inprocess.IAM) error {
				return firstError(iam.RemoveTag(accesstest.Agent, "curfew:managed"), iam.SetBoundary(accesstest.Agent, ""))
			})
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			s.Sweeps() // ten per pass, all of them stuck
			s.Sweeps()
			s.Advance(time.Second)
			s.WantCan(accesstest.Engineer, "mallory", false)
			s.WantCan(accesstest.Agent, "mallory", true) // our functions may not change it: it pages
			s.WantPaged(access.Orphan.Name)
			s.ByHand(accesstest.Agent, func(iam *inprocess.IAM) error { return iam.SetTag(accesstest.Agent, "curfew:managed", "true") })
			s.Sweeps()
			s.Sweeps()
			s.Advance(time.Minute)
		})
		s.WantClean()
	})
}

func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestWhatEndsDuringTheSweepIsNoOrphan(t *testing.T) {
	tell(t, func(s *story) {
		s.As("ana").Asks("deploy", 10*time.Minute)
		s.Faults(accesstest.Once("cloud.Survey", 1, accesstest.Fault{Failure: accesstest.Stale}))
		time.Sleep(10*time.Minute - time.Second)
		s.Sweeps()
		s.Advance(time.Minute)
		s.Sweeps()
		for _, m := range s.Notifier.Messages() {
			if m.Kind == "page" {
				t.Errorf("paged: %s", m.Line())
			}
		}
	})
}

func TestHolderWhoseWorkflowDiedIsMissed(t *testing.T) {
	accesstest.RunStory(t, accesstest.WorldSettings{Slack: 5 * time.Minute}, func(s *story) {
		s.WantKind(s.Service.Tasks().Start(t.Context(), task.Task{Kind: "workflow", ID: "wf-1"}, task.EventSource{Source: "test"}, time.Now()), "")
		id := s.As("agent").Asks("agent", time.Hour)
		net := dropRevokes(s) // the rule on the execution's end delivers nothing
		if err := s.Workflow.Engine().Stop(s.Workflow.Execution(id), "", ""); err != nil {
			t.Fatal(err)
		}
		s.Advance(time.Second)
		net.hears.Store(true)
		s.Advance(6 * time.Minute)
		s.Sweeps()
		s.Advance(2 * time.Minute)
		s.Sweeps()
		s.Want(id, "ended heartbeat")
		s.WantClean()
	})
}

// droppingWorkflow is a workflow that drops invocations of revoke until it hears.
type droppingWorkflow struct {
	access.Workflow
	hears atomic.Bool
}

func dropRevokes(s *story) *droppingWorkflow {
	d := &droppingWorkflow{Workflow: s.Service.Workflow}
	s.Service.Workflow = d
	return d
}

func (d *droppingWorkflow) Revoke(ctx context.Context, o access.Order) error {
	if !d.hears.Load() {
		return nil
	}
	return d.Workflow.Revoke(ctx, o)
}

func TestSuspensionEndsEverythingAtOnce(t *testing.T) {
	tell(t, func(s *story) {
		var ids []string
		for _, work := range []string{"CHG-1", "CHG-2", "CHG-3", "CHG-4"} {
			ids = append(ids, s.As("cem").Asks("deploy", time.Hour, func(r *access.Request) { r.Task.ID = work }))
		}
		_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: s.As("cem").ID}, "left", suspension.Meant{})
		s.WantKind(err, "")
		s.Sweeps()
		s.Advance(2 * time.Minute)
		for _, id := range ids {
			s.Want(id, "ended revoked")
		}
		_, err = s.As("cem").Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
	})
}

func TestGrantDeletedByHandIsFound(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.DeleteRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id))
			})
			s.Sweeps()
			s.WantPaged("who removed it")
			s.WantKind(s.As("ana").Ends(id), "")
		})
		s.Advance(2 * time.Minute)
		s.Want(id, "ended released")
	})
}

// Write access to the elevation's row must not be enough to choose deadline, decision or session.
func TestForgedGrantingIsNotAttached(t *testing.T) {
	for name, forge := range map[string]func(*access.Elevation, string){
		"without a decision": func(e *access.Elevation, execution string) {
			e.State, e.Execution, e.GrantedAt = access.Granting, execution, time.Now()
			e.AttachBy, e.Deadline = e.GrantedAt.Add(20*time.Second), e.GrantedAt.Add(time.Hour)
		},
		"until next year": func(e *access.Elevation, execution string) {
			e.State, e.Execution, e.GrantedAt = access.Granting, execution, time.Now()
			e.AttachBy, e.Deadline = e.GrantedAt.Add(24*time.Hour), e.GrantedAt.Add(365*24*time.Hour)
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin", time.Hour)
				s.WorldMayBeWrong(func() {
					e := s.Elevation(id)
					forge(&e, s.Workflow.Execution(id))
					body, err := json.Marshal(e)
					if err != nil {
						t.Fatal(err)
					}
					key := record.Key{Table: record.AccessTable, Partition: "elevation#" + id, Sort: "elevation"}
					if err := s.Store.Write(t.Context(), record.Change{If: record.Always, Row: record.Row{Key: key, Version: e.Version, Body: body}}); err != nil {
						t.Fatal(err)
					}
					_, err = s.Service.Grant(t.Context(), access.GrantIn{ID: id, Execution: e.Execution})
					s.WantKind(err, fault.Denied)
					s.WantCan(accesstest.Engineer, "ana", false)
					s.WantClean()
					s.Advance(5 * time.Minute)
					s.WantClean()
					s.DeletesElevation(id)
				})
			})
		})
	}
}

func TestNewerCatalogThatAsksForApprovalIsListenedTo(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(20 * time.Minute) })
		s.Catalog.Change("deploy", func(e *access.Entitlement) {
			e.Approval = &access.ApprovalRule{Need: 1, Of: []string{"group:leads"}, Within: time.Hour}
		})
		s.Advance(25 * time.Minute)
		s.Want(id, "ended refused")
	})
}

func TestWhyItFailedIsInTheRecord(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.StartAt = time.Now().Add(time.Minute) })
		s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error { return iam.SetBoundary(accesstest.Engineer, "") })
		s.Advance(5 * time.Minute)
		s.Want(id, "ended refused")
		if why := s.Elevation(id).Why; !strings.Contains(why, "boundary") {
			t.Errorf("why = %q, want it to name the boundary", why)
		}
	})
}

func TestHoldThatCannotBeStoredOnceCutsNothing(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller)                                                                 // else the directory's write is counted too
		s.Faults(accesstest.Once("store.Write", 4, accesstest.Fault{Failure: accesstest.ErrorBefore})) // request, granting, active, Hold's token
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(10 * time.Second)
		s.Want(id, "active")
	})
}

func TestTokenOfApproversThatCannotBeStoredOnceLapsesNothing(t *testing.T) {
	tell(t, func(s *story) {
		signsIn(s, s.As("ana").Caller)                                                                 // else the directory's write is counted too
		s.Faults(accesstest.Once("store.Write", 2, accesstest.Fault{Failure: accesstest.ErrorBefore})) // request, the token
		id := s.As("ana").Asks("admin", time.Hour)
		s.Advance(10 * time.Second)
		s.WantKind(s.As("ben").Approves(id), "")
		s.Want(id, "active")
		s.WantPath(id, "Route AskApprovers Grant Hold")
	})
}

func TestManyRefusalsAtOnceHideNone(t *testing.T) {
	tell(t, func(s *story) {
		s.Faults(func(op string, _ int) accesstest.Fault {
			if op == "store.Write" {
				return accesstest.Fault{Failure: accesstest.Delayed, By: 5 * time.Millisecond}
			}
			return accesstest.Fault{}
		})
		done := make(chan struct{})
		for range 40 {
			go func() {
				_, _ = s.Service.Show(s.Context(), s.As("zoe").Caller, "01jd2q7v3x0000000000000000")
				done <- struct{}{}
			}()
		}
		for range 40 {
			<-done
		}
		records := 0
		for _, row := range s.Store.All(record.AuditTable) {
			if strings.HasPrefix(row.Key.Partition, "caller#"+s.As("zoe").ID) {
				records++
			}
		}
		if records != 40 {
			t.Errorf("%d of 40 refusals are in evidence", records)
		}
	})
}

// unattachedCloud is a cloud that reports an attach that did not happen, as an API that answers before it acts.
type unattachedCloud struct{ access.Cloud }

func (unattachedCloud) Attach(context.Context, access.Grant) error { return nil }

func TestWhatCannotBeReadBackIsNotActive(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Cloud = unattachedCloud{Cloud: s.Service.Cloud}
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(6 * time.Minute) // absence is proof after 50 s, and Revoke's longest wait is 300 s
		s.Want(id, "ended failed")
	})
}

// A heartbeat read before an end and stored after it must not undo the end.
func TestHeartbeatAndEndMeet(t *testing.T) {
	tell(t, func(s *story) {
		s.WantKind(s.Service.Tasks().Start(t.Context(), task.Task{Kind: "workflow", ID: "wf-1"}, task.EventSource{Source: "test"}, time.Now()), "")
		id := s.As("agent").Asks("agent", time.Hour)
		s.Advance(time.Minute)
		s.Faults(accesstest.Once("store.Write", 1, accesstest.Fault{Failure: accesstest.Delayed, By: 10 * time.Second}))
		beaten := make(chan error)
		go func() {
			_, err := s.Service.Heartbeat(s.Context(), s.As("agent").Caller, id)
			beaten <- err
		}()
		time.Sleep(time.Second)
		s.WantKind(s.As("agent").Ends(id), "")
		s.WantKind(<-beaten, fault.Conflict)
		s.Advance(time.Minute)
		s.Want(id, "ended released")
	})
}
