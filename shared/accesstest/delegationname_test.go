package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/directory"
	"curfew/shared/record"
)

// Function api writes the directory. If it was taken over, it may put an accomplice's id beside the name of somebody else.
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
