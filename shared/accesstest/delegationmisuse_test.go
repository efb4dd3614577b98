package accesstest_test

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/directory"
	"curfew/shared/record"
)

// Function api writes the directory. If it was taken over, it may put an accomplice's id in a row with another person's name.
func TestADelegateWhomTheDirectoryGaveAnotherNameDecidesNothing(t *testing.T) {
	tell(t, func(s *story) {
		z := zoe(s)
		known(s, "ben")
		row, err := record.Get[directory.Entry](s.Context(), s.Store, directory.Key(z.ID))
		s.WantKind(err, "")
		row.Value.Name = "yan"
		forged, err := row.Put(row.Value, row.Row.Expires)
		s.WantKind(err, "")
		s.WantKind(s.Store.Write(s.Context(), forged), "")
		d, err := access.Delegations{Service: s.Service}.Make(s.Context(), s.As("ben").Caller, "yan", time.Time{}, time.Now().Add(time.Hour), "away")
		s.WantKind(err, "")
		if d.To.ID != z.ID {
			t.Fatalf("delegated to %+v", d.To)
		}
		s.Advance(time.Second)
		id := s.As("ana").Asks("admin", time.Hour)
		if z.Approves(id) == nil {
			t.Error("approved by who was never named")
		}
		s.Want(id, "requested")
	})
}

// A stolen session of an approver, without a fresh MFA, named an accomplice, whose own fresh MFA was enough to approve.
func TestASignInThatMayNotApproveNamesNobodyWhoMay(t *testing.T) {
	for name, at := range map[string]struct {
		ago  time.Duration
		weak bool
	}{"an old one": {ago: time.Hour}, "one without MFA": {weak: true}} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(s *story) {
				z := zoe(s)
				s.Catalog.Change("admin", steppedUp)
				lead := signedIn(s, "ben", at.ago)
				lead.MFA = !at.weak
				d, err := delegates(s, lead, z, time.Hour)
				s.WantKind(err, "")
				id := s.As("ana").Asks("admin", time.Hour)
				z.MFAAt = s.Service.Instant()
				err = z.Approves(id)
				wantReason(t, err, "curfew.step-up")
				if err == nil || !strings.Contains(err.Error(), "they must delegate again") {
					t.Errorf("it does not say what to do: %v", err)
				}
				s.Want(id, "requested")
				s.WantKind(ends(s, lead, d), "")
				s.Advance(time.Second)
				_, err = delegates(s, signedIn(s, "ben", time.Minute), z, time.Hour)
				s.WantKind(err, "")
				s.Advance(time.Second)
				s.WantKind(z.Approves(id), "")
				s.Advance(time.Minute)
				s.Want(id, "active")
				other := s.As("cem").Asks("admin", time.Hour)
				s.WantKind(z.Denies(other), "") // a denial needs no MFA
			})
		})
	}
}
