package accesstest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// records returns all records of a kind.
func records(s *story, kind string) (found []evidence.Record) {
	for _, row := range s.Store.All(record.AuditTable) {
		r, err := record.DecodeRecord(row)
		s.WantKind(err, "")
		if r.Kind == kind {
			found = append(found, r)
		}
	}
	return found
}

// contendedStore is a store in which another writer is always faster at one key.
type contendedStore struct {
	record.Store
	key record.Key
}

func (c contendedStore) Write(ctx context.Context, changes ...record.Change) error {
	if slices.ContainsFunc(changes, func(ch record.Change) bool { return ch.Row.Key == c.key }) {
		return fault.Errorf(fault.Conflict, "a rival was faster")
	}
	return c.Store.Write(ctx, changes...)
}

// A caller with many concurrent refusals has side chains. Each has a head, so a deleted one is noticed.
func TestSideChainThatIsCutOffIsSeen(t *testing.T) {
	tell(t, func(s *story) {
		zoe := s.As("zoe").Caller
		busy := *s.Service
		busy.Store = contendedStore{s.Service.Store, record.Key{Table: record.AccessTable, Partition: evidence.CallerChain(zoe.ID, time.Now()), Sort: "head"}}
		_, err := busy.Show(s.Context(), zoe, "01jd2q7v3x0000000000000000")
		s.WantKind(err, fault.NotFound)
		refused := records(s, "call.refused")
		if len(refused) != 1 || !strings.HasPrefix(refused[0].Chain, evidence.CallerChain(zoe.ID, time.Now())+"#") {
			t.Fatalf("%+v, want one record in a side chain", refused)
		}
		heads, err := record.ChainHeads(s.Store.All(record.AccessTable))
		s.WantKind(err, "")
		chains := map[string][]evidence.Record{refused[0].Chain: refused}
		heads = maps.Collect(func(yield func(string, evidence.Head) bool) { yield(refused[0].Chain, heads[refused[0].Chain]) })
		if wrong := accesstest.BrokenChains(chains, heads); len(wrong) > 0 {
			t.Errorf("%q", wrong)
		}
		if wrong := accesstest.BrokenChains(nil, heads); len(wrong) != 1 {
			t.Errorf("its record was deleted: %q", wrong)
		}
		if wrong := accesstest.BrokenChains(chains, nil); len(wrong) != 1 {
			t.Errorf("its head was deleted: %q", wrong)
		}
	})
}

// The row of a suspension expires, its evidence does not. Its head is kept.
func TestSuspensionsEvidenceIsMissedAfterItsRowExpired(t *testing.T) {
	tell(t, func(s *story) {
		ben, dee := suspension.Scope{Requester: operator(s, "ben").ID}, s.As("dee").Caller
		_, err := suspends(s, dee, ben)
		s.WantKind(err, "")
		row := suspensionRow(s, ben)
		s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Always, Do: record.Delete, Row: row}), "") // as TTL does
		heads, err := record.ChainHeads(s.Store.All(record.AccessTable))
		s.WantKind(err, "")
		if head := heads["suspension#"+ben.String()]; head.Seq != int64(len(chain(s, "suspension#"+ben.String()))) {
			t.Errorf("the head that is kept is %+v", head)
		}
	})
}

// verboseCloud is a cloud that returns more than a record can store.
type verboseCloud struct{ access.Cloud }

func (c verboseCloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	page, err := c.Cloud.Survey(ctx, account, after)
	page.Grants = slices.Clone(page.Grants)
	for i := range page.Grants {
		page.Grants[i].Documents = hugeDocuments()
	}
	return page, err
}

func hugeDocuments() []string {
	return []string{strings.Repeat("<", 100_000), strings.Repeat("\t", 100_000)}
}

func (c verboseCloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	found, err := c.Cloud.Read(ctx, p, grant)
	if len(found) > 0 && strings.HasSuffix(grant, "zzz") { // not of an open one
		return hugeDocuments(), err
	}
	return found, err
}

func (c verboseCloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	calls, err := c.Cloud.Remove(ctx, p, grant)
	for i := range 5000 {
		calls = append(calls, access.Call{Action: "iam:DetachRolePolicy" + strings.Repeat(" again", i%2), At: record.Instant(time.Now()), Outcome: "not there"})
	}
	return calls, err
}

func TestFindingOfHugeDocumentsIsRaisedAndThePolicyRemoved(t *testing.T) {
	tell(t, func(s *story) {
		s.WorldMayBeWrong(func() {
			s.ByHand(accesstest.Engineer, func(iam *inprocess.IAM) error {
				return iam.PutRolePolicyByHand(accesstest.Engineer, access.GrantName("curfew", "01jd2q7v3x0000000000000zzz"), rogue)
			})
			s.Service.Cloud = verboseCloud{s.Service.Cloud}
			s.Sweeps()
			s.Advance(2 * time.Minute)
			s.WantCan(accesstest.Engineer, "mallory", false)
		})
		s.WantPaged(access.Orphan.Name)
		raised := records(s, "finding.raised")
		if len(raised) != 1 || raised[0].Untruncated < 200 {
			t.Fatalf("%d findings were raised", len(raised))
		}
		var detail struct{ Detail []string }
		if err := json.Unmarshal(raised[0].Detail, &detail); err != nil || len(detail.Detail) != 2 || !strings.HasPrefix(detail.Detail[1], "\t\t") {
			t.Errorf("%.200s: want the beginning of each document, %v", raised[0].Detail, err)
		}
	})
}

func TestReceiptOfManyCallsKeepsNoEndFromBeingStored(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Cloud = verboseCloud{s.Service.Cloud}
		id := s.As("ana").Asks("deploy", time.Minute)
		s.Advance(2 * time.Minute)
		s.Want(id, "ended deadline")
		ended := records(s, "elevation.ended")
		if len(ended) != 1 || ended[0].Untruncated == 0 {
			t.Fatalf("%d records of the end", len(ended))
		}
		var r access.Recorded
		if err := json.Unmarshal(ended[0].Detail, &r); err != nil || r.Seen != "not there" || r.Cause != access.Deadline || len(r.Whole().Calls) < 100 {
			t.Errorf("the receipt is %+v, %v", r, err)
		}
	})
}

// wordyDecider is a catalog whose policies give more reasons than a record can store.
type wordyDecider struct{ access.Decider }

func (d wordyDecider) Decide(ctx context.Context, q access.Question) (access.Verdict, error) {
	v, err := d.Decider.Decide(ctx, q)
	v.Allow = false
	for i := range 5000 {
		v.By = append(v.By, fmt.Sprintf("a policy with a long id %d", i))
	}
	return v, err
}

func TestRefusalForManyReasonsIsRefusedAndRecorded(t *testing.T) {
	tell(t, func(s *story) {
		s.Service.Decider = wordyDecider{s.Service.Decider}
		_, err := s.As("ana").Tries("deploy", time.Hour)
		s.WantKind(err, fault.Denied)
		if n := len(fault.Reasons(err)); n < 5000 {
			t.Errorf("%d reasons", n)
		}
		for _, kind := range []string{"call.refused", "elevation.denied"} {
			if r := records(s, kind); len(r) != 1 || r[0].Untruncated == 0 {
				t.Errorf("%d records of %s", len(r), kind)
			}
		}
	})
}

func TestRecordThatCannotBeReadIsShownAsBroken(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		before := s.Store.Snapshot()
		s.WorldMayBeWrong(func() {
			key := record.Key{Table: record.AuditTable, Partition: evidence.ElevationChain(id), Sort: "000000000099"}
			s.WantKind(s.Store.Write(s.Context(), record.Change{If: record.Absent, Row: record.Row{Key: key, Version: 1, Body: json.RawMessage(`{"time": 1}`)}}), "")
			v, err := s.Service.Show(s.Context(), s.As("ana").Caller, id)
			s.WantKind(err, "")
			if last := v.Timeline[len(v.Timeline)-1]; v.Proof.State != evidence.Broken || string(last.Text()) != `{"time": 1}` {
				t.Errorf("%+v, the last is %s", v.Proof, last.Text())
			}
			s.Restores(before)
		})
	})
}
