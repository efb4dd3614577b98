package accesstest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
	"curfew/shared/sweep"
	"curfew/shared/task"
)

// Stories of an administrator of an account, or a holder, who tries to delay the end of other elevations.

// floodedCloud is a cloud with many policies with names like ours in one account. Reading one takes a while.
type floodedCloud struct {
	access.Cloud
	policies int
}

// floodPrincipal is the principal with these policies.
func floodPrincipal() access.Principal {
	return access.Principal{ARN: "arn:aws:iam::000000000001:role/x", ID: "AROAEXAMPLE0000000099", Account: "000000000001"}
}

func (c floodedCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	if account != floodPrincipal().Account {
		return c.Cloud.Survey(ctx, account, after)
	}
	page := access.Survey{Account: account, Last: true}
	var all []access.Found
	for n := range c.policies {
		all = append(all, access.Found{Principal: floodPrincipal(), Grant: fmt.Sprintf("curfew-01k6y3m1x8q2v4t6w8y0%06d", n), Documents: []string{"{}"}})
	}
	page.Grants = all
	return page, nil
}

func (c floodedCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	select {
	case <-time.After(60 * time.Millisecond):
	case <-ctx.Done():
		return nil, fault.Errorf(fault.Transient, "no time is left")
	}
	if p == floodPrincipal() {
		return []string{"{}"}, nil
	}
	return c.Cloud.Read(ctx, p, grant)
}

// slowStore is a store with slow reads.
type slowStore struct{ record.Store }

func (s slowStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	time.Sleep(60 * time.Millisecond)
	return s.Store.Partition(ctx, table, partition, prefix)
}

func TestFloodInOneAccountKeepsTheSweepFromNothing(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", 2*time.Hour)
		s.Advance(20 * time.Second)
		s.WorldMayBeWrong(func() {
			_, err := s.Service.Suspensions().Suspend(s.Context(), s.As("dee").Caller, suspension.Scope{Requester: s.As("ana").ID}, "stolen", suspension.Meant{})
			s.WantKind(err, "")
			s.ByHand(accesstest.Backup, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Backup, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			s.WantKind(inprocess.Register(s.Service.Store, time.Now(), floodPrincipal().Account), "")
			sweeping := *s.Service
			sweeping.Cloud, sweeping.Store, sweeping.Settings.SurveyEvery = floodedCloud{Cloud: s.Service.Cloud, policies: 6000}, slowStore{Store: s.Service.Store}, 15*time.Minute
			pass, done := context.WithTimeout(s.Context(), 5*time.Minute)
			defer done()
			_, err = sweep.New(&sweeping).Reconcile(pass)
			s.WantKind(err, "")
			s.WantPaged(sweep.Failed.Name) // what it had no time for, in that account
			s.Advance(time.Minute)
			s.Want(id, "ended revoked")
			s.WantCan(accesstest.Backup, "mallory", false)
		})
	})
}

func TestOneAccountsOrphansDoNotCountAgainstAnothers(t *testing.T) {
	tell(t, func(s *story) {
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			s.WantKind(inprocess.Register(s.Service.Store, time.Now(), floodPrincipal().Account), "")
			sweeping := *s.Service
			sweeping.Cloud = floodedCloud{Cloud: s.Service.Cloud, policies: 20}
			sw, err := sweep.New(&sweeping).Reconcile(s.Context())
			s.WantKind(err, "")
			if n := len(sw.Orphans); n != 11 || !sw.Paged {
				t.Errorf("%d orphans, paged %t; want ten of one account, one of the other, and a page", n, sw.Paged)
			}
			s.Advance(time.Minute)
			s.WantCan(accesstest.Engineer, "mallory", false)
		})
	})
}

// unreadableStore is a store that fails once to read one partition.
type unreadableStore struct {
	record.Store
	partition string
	failed    *bool
}

func (s unreadableStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	if partition == s.partition && !*s.failed {
		*s.failed = true
		return nil, fault.Errorf(fault.Transient, "throttled")
	}
	return s.Store.Partition(ctx, table, partition, prefix)
}

const decoy = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}`

func TestDecoyOnAnotherPrincipalEndsNothingWhenItsRecordCannotBeRead(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(20 * time.Second)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Backup, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Backup, access.GrantName("curfew", id), decoy)
			})
			sweeping := *s.Service
			sweeping.Store = unreadableStore{Store: s.Service.Store, partition: "elevation#" + id, failed: new(bool)}
			_, err := sweep.New(&sweeping).Reconcile(s.Context())
			s.WantKind(err, fault.Transient)
			s.Advance(2 * time.Minute)
		})
		s.Want(id, "active")
	})
}

func TestDecoyOnAnotherPrincipalHidesNoMissingGrant(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(20 * time.Second)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.DeleteRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id))
			})
			s.ByHand(accesstest.Backup, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Backup, access.GrantName("curfew", id), decoy)
			})
			s.Sweeps()
			s.Advance(time.Second)
			s.WantPaged(sweep.Missing.Name)
			s.WantKind(s.As("dee").Ends(id), "")
			s.Advance(2 * time.Minute)
		})
	})
}

// racingStore is a store with another write before each write.
type racingStore struct {
	record.Store
	rival func()
}

func (s racingStore) Write(ctx context.Context, changes ...record.Change) error {
	s.rival()
	return s.Store.Write(ctx, changes...)
}

func TestHolderWhoBeatsWithoutAPauseKeepsNobodyFromEndingTheTask(t *testing.T) {
	tell(t, func(s *story) {
		work := task.Task{Kind: "workflow", ID: "wf-1"}
		s.WantKind(s.Service.Tasks().Start(s.Context(), work, task.EventSource{Source: "test"}, time.Now()), "")
		id := s.As("agent").Asks("agent", time.Hour, func(r *access.Request) { r.Task = work })
		s.Advance(20 * time.Second)
		beating := *s.Service
		beating.Store = racingStore{Store: s.Service.Store, rival: func() {
			_, err := s.Service.Heartbeat(s.Context(), s.As("agent").Caller, id)
			if err != nil && fault.KindOf(err) != fault.Conflict { // after the end heartbeats conflict
				t.Error(err)
			}
		}}
		s.WantKind(access.Triggers{Service: &beating}.TaskEnded(s.Context(), work, task.EventSource{Source: "test"}, time.Now()), "")
		s.Advance(2 * time.Minute)
		s.Want(id, "ended completed")
	})
}

// countingStore is a store that counts the elevations read.
type countingStore struct {
	record.Store
	lives *int
}

func (s countingStore) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	if prefix == "" && table == record.AccessTable {
		*s.lives++
	}
	return s.Store.Partition(ctx, table, partition, prefix)
}

func TestWhatIsOverDoesNotKeepTheEndOfItsTaskFromWhatIsNot(t *testing.T) {
	tell(t, func(s *story) {
		work := task.Task{Kind: "change", ID: "CHG-9"}
		s.WantKind(s.Service.Tasks().Start(s.Context(), work, task.EventSource{Source: "test"}, time.Now()), "")
		for range 20 {
			over := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task = work })
			s.Advance(5 * time.Second)
			s.WantKind(s.As("ana").Ends(over), "")
		}
		s.Advance(2 * time.Minute)
		id := s.As("ana").Asks("deploy", time.Hour, func(r *access.Request) { r.Task = work })
		s.Advance(20 * time.Second)
		ending, lives := *s.Service, 0
		ending.Store = countingStore{Store: s.Service.Store, lives: &lives}
		s.WantKind(access.Triggers{Service: &ending}.TaskEnded(s.Context(), work, task.EventSource{Source: "test"}, time.Now()), "")
		if lives != 1 {
			t.Errorf("%d lives were read, want the one that is under way", lives)
		}
		s.Advance(2 * time.Minute)
		s.Want(id, "ended completed")
	})
}
