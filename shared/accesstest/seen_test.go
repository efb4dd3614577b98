package accesstest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// asksToSee accepts only approvals with the hash of what was shown.
func asksToSee(e *access.Entitlement) {
	rule := *e.Approval
	rule.Seen = true
	e.Approval = &rule
}

func TestAnApprovalMustSayWhatItWasShown(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("admin", asksToSee)
		ownPolicy(s, reboots)
		id := s.As("ana").Asks("admin", time.Hour)
		err := s.As("ben").Approves(id)
		wantReason(t, err, "curfew.seen")
		if !strings.Contains(err.Error(), "curfew show "+id) {
			t.Errorf("it does not say what to do: %v", err)
		}
		s.WantKind(approvesShown(s, "ben", id, strings.Repeat("0", 64)), fault.Conflict)
		s.Want(id, "requested")
		s.WantKind(approvesShown(s, "ben", id, shown(s, id).Hash()), "")
		s.Advance(time.Minute)
		s.Want(id, "active")
		denied := s.As("cem").Asks("admin", time.Hour)
		s.WantKind(s.As("ben").Denies(denied), "")
		s.Want(denied, "denied")
	})
}

func TestAnApprovalThatDidNotSeeIsNotGrantedOnceItMust(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("admin", time.Hour, startsIn(10*time.Minute))
		s.WantKind(s.As("ben").Approves(id), "")
		s.Catalog.Change("admin", asksToSee)
		s.Advance(11 * time.Minute)
		s.Want(id, "ended refused")
		s.WantClean()
	})
}

// The same approval again was answered as if it still counted, and the elevation was refused at its grant.
func TestAnApprovalFromBeforeANewRuleIsGivenAgain(t *testing.T) {
	for name, rule := range map[string]func(*access.Entitlement){"a fresh MFA": steppedUp, "what was seen": asksToSee} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				id := s.As("ana").Asks("admin-two", time.Hour)
				s.WantKind(s.As("ben").Approves(id), "")
				s.Want(id, "requested")
				s.Catalog.Change("admin-two", rule)
				approves := func(who string) {
					t.Helper()
					caller := signedIn(s, who, time.Minute).Caller
					_, err := access.ApproveShown(s.Context(), s.Service, caller, id, s.Digest(id), shown(s, id).Hash(), "again")
					s.WantKind(err, "")
				}
				approves("ben")
				approves("cem")
				s.Advance(time.Minute)
				s.Want(id, "active")
			})
		})
	}
}

// unreadBaselines is a store that fails to read what surveys saw.
type unreadBaselines struct{ record.Store }

func (s unreadBaselines) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	for _, k := range keys {
		if strings.HasPrefix(k.Partition, "baseline#") {
			return nil, &fault.Error{Kind: fault.Transient, Text: "the table does not answer", Err: errors.New("throttled")}
		}
	}
	return s.Store.Read(ctx, keys...)
}

// Approvers could not read an elevation while its principal's policies could not be read.
func TestAnElevationIsShownWithoutItsDifference(t *testing.T) {
	tell(t, func(s *story) {
		ownPolicy(s, everything)
		id := s.As("ana").Asks("admin", time.Hour)
		broken := *s.Service
		broken.Store = unreadBaselines{s.Service.Store}
		v, err := broken.Show(s.Context(), s.As("ben").Caller, id)
		if err != nil || v.Difference == nil {
			t.Fatalf("%+v, %v; want the elevation, and a difference that is unknown", v.Difference, err)
		}
		if d := v.Difference; d.Nothing() || !strings.Contains(d.Unknown, "failed") || !strings.Contains(d.Adds[0], "not known") {
			t.Errorf("%+v; want all new, and why", d)
		}
		_, err = access.ApproveShown(s.Context(), &broken, s.As("ben").Caller, id, s.Digest(id), v.Difference.Hash(), "")
		s.WantKind(err, fault.Transient)
		s.WantKind(approvesShown(s, "ben", id, v.Difference.Hash()), fault.Conflict)
		s.Want(id, "requested")
	})
}

// What a renewal names was looked at as it was asked for alone: who may write terms could name another's elevation.
func TestARenewalIsCheckedAgainAtItsGrant(t *testing.T) {
	for name, want := range map[string]string{"the same": "active", "gone": "ended refused"} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				first := activeAdmin(t, s)
				second := s.As("ana").Asks("admin", time.Hour, renews(first))
				s.WantKind(s.As("ben").Approves(second), "")
				s.Advance(49 * time.Minute)
				s.Want(second, "approved")
				if want != "active" {
					granted := *s.Service
					granted.Store = hides{s.Service.Store, first}
					s.Advance(9 * time.Minute)
					_, err := granted.Grant(s.Context(), access.GrantIn{ID: second, Execution: "arn:aws:states:x"})
					wantReason(t, err, "curfew.renewal")
				}
				s.Advance(10 * time.Minute)
				s.Want(second, want)
			})
		})
	}
}

// hides is a store without the rows of one elevation.
type hides struct {
	record.Store
	id string
}

func (s hides) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	rows, err := s.Store.Partition(ctx, table, partition, prefix)
	return slices.DeleteFunc(slices.Clone(rows), func(r record.Row) bool { return strings.Contains(r.Key.Partition, s.id) }), err
}
