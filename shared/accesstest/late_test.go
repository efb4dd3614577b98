package accesstest_test

import (
	"context"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// unreadableCloud is a cloud that can be changed but not read.
type unreadableCloud struct{ access.Cloud }

func (unreadableCloud) Read(context.Context, access.Principal, string) ([]string, error) {
	return nil, fault.Errorf(fault.Transient, "throttled")
}

// A running Grant may attach again after a read that did not see it. What Remove then removes was there, even if no
// read could show it.
func TestWhatIsRemovedUnseenWasThereUntilThen(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(5 * time.Second)
		s.WantKind(s.As("dee").Ends(id), "")
		s.Advance(5 * time.Second)
		before := s.Elevation(id)
		if before.GoneAt.IsZero() || before.State != access.Revoking {
			t.Fatalf("%s, gone at %s; want it revoking, and not seen", before.State, before.GoneAt)
		}
		time.Sleep(5 * time.Second)
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", id), rogue)
			})
			blind := *s.Service
			blind.Cloud = unreadableCloud{Cloud: s.Service.Cloud}
			p := before.Principal
			_, err := blind.Revoke(s.Context(), access.Order{ID: id, Account: p.Account, Principal: p.ARN, PrincipalID: p.ID, By: "test", OrderedAt: time.Now()})
			s.WantKind(err, fault.Transient)
		})
		s.Advance(2 * time.Minute)
		if e := s.Elevation(id); e.State != access.Ended || !e.GoneAt.After(before.GoneAt) {
			t.Errorf("%s, gone at %s; want it ended, and gone later than %s", e.State, e.GoneAt, before.GoneAt)
		}
	})
}

// delayedWriteStore is a store whose first write waits for something else.
type delayedWriteStore struct {
	record.Store
	meanwhile func()
}

func (s *delayedWriteStore) Write(ctx context.Context, changes ...record.Change) error {
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		f()
	}
	return s.Store.Write(ctx, changes...)
}

// A process frozen during a restore of both tables must not append to a chain that began anew.
func TestRefusalAcrossARestoreBreaksNoChain(t *testing.T) {
	tell(t, func(s *story) {
		refused := func(by access.Service, id string) {
			_, err := by.End(s.Context(), s.As("zoe").Caller, id)
			s.WantKind(err, fault.NotFound)
		}
		empty := s.Store.Snapshot()
		refused(*s.Service, "01jd2q7v3x0000000000000000")
		frozen := *s.Service
		frozen.Store = &delayedWriteStore{Store: s.Service.Store, meanwhile: func() {
			s.Store.Restore(empty)
			s.Advance(time.Minute)
			refused(*s.Service, "01jd2q7v3x0000000000000001")
		}}
		refused(frozen, "01jd2q7v3x0000000000000002")
		s.CheckWorld() // all chains verify
	})
}
