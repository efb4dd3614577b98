package accesstest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/finding"
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
			s.Restores(empty)
			s.Advance(time.Minute)
			refused(*s.Service, "01jd2q7v3x0000000000000001")
		}}
		refused(frozen, "01jd2q7v3x0000000000000002")
		s.CheckWorld() // all chains verify
	})
}

// attackerWritesLate sends late evidence that is forged: it is not in the chain, changes nothing, and is a finding
// that has its digest, not its text.
func attackerWritesLate(t *testing.T, forge func(access.Elevation, access.Late) []byte) {
	t.Helper()
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(5 * time.Second)
		s.WantKind(s.As("dee").Ends(id), "")
		s.Advance(2 * time.Minute)
		before := s.Elevation(id)
		real := access.Late{
			Elevation: id, Grant: access.GrantName("curfew", id), Principal: before.Principal, By: "sweep",
			Calls: []access.Call{{Action: "iam:DeleteRolePolicy", At: before.EndedAt, Outcome: "done"}}, ReadAt: before.EndedAt, Seen: "not there",
		}
		if err := s.Service.AppendLate(s.Context(), forge(before, real)); err != nil {
			t.Errorf("%v: it would come again without end", err)
		}
		if now := s.Elevation(id); now.Evidence != before.Evidence || now.Overstay != before.Overstay {
			t.Errorf("evidence %v, overstay %d; want them as they were: %v, %d", now.Evidence, now.Overstay, before.Evidence, before.Overstay)
		}
		if err := s.Service.AppendLate(s.Context(), real.Body()); err != nil || s.Elevation(id).Evidence.Seq != before.Evidence.Seq+1 {
			t.Errorf("the real removal is not in the chain: %v", err)
		}
		rows, err := s.Store.Partition(s.Context(), record.AuditTable, finding.Key(access.LateRefused, "late evidence").Partition, "")
		if err != nil || len(rows) != 1 || strings.Contains(string(rows[0].Body), "mallory") || !strings.Contains(string(rows[0].Body), "sha256") {
			t.Errorf("findings %v, %v; want one with a digest", rows, err)
		}
	})
}

func lateWith(edit func(*access.Late)) func(access.Elevation, access.Late) []byte {
	return func(_ access.Elevation, l access.Late) []byte {
		l.Calls = slices.Clone(l.Calls)
		edit(&l)
		return l.Body()
	}
}

func TestLateApprovalIsNotEvidence(t *testing.T) {
	attackerWritesLate(t, func(e access.Elevation, _ access.Late) []byte {
		return fmt.Appendf(nil, `{"elevation":%q,"entry":{"At":"2026-03-01T12:00:00Z","Kind":"elevation.approved","Actor":"mallory","Late":true}}`, e.ID)
	})
}

func TestLateRemovalWithOtherMembersIsRefused(t *testing.T) {
	attackerWritesLate(t, func(_ access.Elevation, l access.Late) []byte {
		return []byte(strings.Replace(string(l.Body()), "{", `{"kind":"elevation.approved","actor":"mallory",`, 1))
	})
}

func TestLateRemovalInTheFutureIsNoOverstayOf99Years(t *testing.T) {
	attackerWritesLate(t, lateWith(func(l *access.Late) { l.ReadAt = l.ReadAt.AddDate(99, 0, 0) }))
	attackerWritesLate(t, lateWith(func(l *access.Late) { l.Calls[0].At = l.Calls[0].At.AddDate(99, 0, 0) }))
}

func TestLateRemovalFromBeforeTheGrantIsRefused(t *testing.T) {
	attackerWritesLate(t, func(e access.Elevation, l access.Late) []byte {
		l.ReadAt = e.GrantedAt.Add(-time.Second)
		return l.Body()
	})
}

func TestLateRemovalByAPersonIsRefused(t *testing.T) {
	attackerWritesLate(t, lateWith(func(l *access.Late) { l.By = "person:https://idp.example#mallory" }))
}

func TestLateRemovalOfAnotherGrantIsRefused(t *testing.T) {
	for _, edit := range []func(*access.Late){
		func(l *access.Late) { l.Principal.ARN += "-mallory" },
		func(l *access.Late) { l.Principal.ID = "AROAmallory" },
		func(l *access.Late) { l.Principal.Account = "999999999999" },
		func(l *access.Late) { l.Grant = "curfew-mallory" },
		func(l *access.Late) { l.Elevation = "01jd2q7v3x0000000000000000" },
		func(l *access.Late) { l.Elevation = "mallory" },
	} {
		attackerWritesLate(t, lateWith(edit))
	}
}

func TestLateRemovalThatRemovedNothingIsRefused(t *testing.T) {
	for _, edit := range []func(*access.Late){
		func(l *access.Late) { l.Calls = nil },
		func(l *access.Late) { l.Calls[0].Outcome = "not there" },
		func(l *access.Late) { l.Calls[0].Action = "iam:PutRolePolicy" },
		func(l *access.Late) { l.Calls[0].Action = "iam:Delete, as mallory approved" },
		func(l *access.Late) { l.Seen = "mallory" },
	} {
		attackerWritesLate(t, lateWith(edit))
	}
}

// An overstay ends at the latest when the end was proven.
func TestLateRemovalAfterTheEndIsNoOverstay(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		s.Advance(5 * time.Second)
		s.WantKind(s.As("dee").Ends(id), "")
		s.Advance(24 * time.Hour)
		e := s.Elevation(id)
		late := access.Late{
			Elevation: id, Grant: access.GrantName("curfew", id), Principal: e.Principal, By: "sweep", Seen: "not there",
			Calls: []access.Call{{Action: "iam:DeleteRolePolicy", At: e.EndedAt.Add(time.Hour), Outcome: "done"}}, ReadAt: e.EndedAt.Add(time.Hour),
		}
		s.WantKind(s.Service.AppendLate(s.Context(), late.Body()), "")
		if now := s.Elevation(id); now.GoneAt.After(e.EndedAt) || now.Overstay > int64(e.EndedAt.Sub(e.EndDue)/time.Second) {
			t.Errorf("gone at %s, overstay %d s: it ended at %s", now.GoneAt, now.Overstay, e.EndedAt)
		}
	})
}
