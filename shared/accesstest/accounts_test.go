package accesstest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/registry"
)

const (
	ours       = "111122223333"
	unregistry = "222233334444"
)

func TestRequestInAnAccountThatIsNotInTheRegistryIsRefused(t *testing.T) {
	tell(t, func(s *story) {
		there := func(r *access.Request) { r.Principal = strings.Replace(accesstest.Engineer, ours, unregistry, 1) }
		_, err := s.As("ana").Tries("deploy", time.Hour, there)
		s.WantKind(err, fault.Denied)
		if by := fault.Reasons(err); !slices.Equal(by, []string{"curfew.account"}) {
			t.Errorf("refused by %v: %v", by, err)
		}
	})
}

// From the first call on nothing is granted; what is active goes on, and Revoke ends it; then the account is removed.
func TestAccountThatLeavesGrantsNothingAndIsRemovedWhenAllHasEnded(t *testing.T) {
	tell(t, func(s *story) {
		dee, accounts := s.As("dee").Caller, access.Accounts(s.Service)
		later := func(r *access.Request) { r.StartAt = time.Now().Add(20 * time.Minute) }
		active := s.As("ana").Asks("deploy", time.Hour)
		waits := s.As("ana").Asks("long", time.Hour, later)
		remove := func(want registry.State, open ...string) {
			t.Helper()
			a, left, err := accounts.Remove(s.Context(), dee, ours, "closed")
			slices.Sort(left)
			slices.Sort(open)
			if err != nil || a.State != want || !slices.Equal(left, open) {
				t.Errorf("removed: %+v, open %v, %v; want %s and %v", a, left, err, want, open)
			}
		}
		remove(registry.Leaving, active, waits)
		_, err := s.As("ana").Tries("admin", time.Hour)
		s.WantKind(err, fault.Denied)
		s.Advance(25 * time.Minute)
		s.Want(active, "active")
		s.Want(waits, "ended refused")
		remove(registry.Leaving, active)
		s.WantKind(s.As("ana").Ends(active), "")
		s.Advance(time.Minute)
		s.Want(active, "ended released")
		remove(registry.Removed)
		_, _, err = accounts.Remove(s.Context(), dee, ours, "closed")
		s.WantKind(err, fault.NotFound)
		if all, err := accounts.Governed(s.Context()); err != nil || len(all) != 0 {
			t.Errorf("governed = %v, %v", all, err)
		}
		_, err = accounts.Add(s.Context(), dee, ours, "opened again")
		s.WantKind(err, "")
		s.Want(s.As("ana").Asks("deploy", time.Hour), "active")
		rows, err := s.Service.Store.Partition(s.Context(), record.AuditTable, "account#"+ours, "")
		var kinds []string
		for _, row := range rows {
			r := evidence.DecodeLenient(row.Body)
			kinds = append(kinds, r.Kind+" by "+r.Actor)
		}
		want := []string{"account.leaving by " + dee.ID, "account.removed by " + dee.ID, "account.added by " + dee.ID}
		if err != nil || !slices.Equal(kinds, want) {
			t.Errorf("evidence %q, %v, want %q", kinds, err, want)
		}
	})
}

// Revoke and Contain ask no registry: access is removed also if the row is gone, or cannot be read.
func TestRevokeDoesNotDependOnTheRegistry(t *testing.T) {
	tell(t, func(s *story) {
		id := s.As("ana").Asks("deploy", time.Hour)
		if err := s.Store.Write(s.Context(), record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: record.AccessKey("account#", ours)}}); err != nil {
			t.Fatal(err)
		}
		s.WantKind(s.As("ana").Ends(id), "")
		s.Advance(2 * time.Minute) // the order may come while Grant may still attach
		s.Want(id, "ended released")
		s.WantClean()
	})
}

func TestOnlyOperatorsWhoArePeopleChangeTheRegistry(t *testing.T) {
	tell(t, func(s *story) {
		robot := identity.Caller{ID: identity.MachineID("AROAEXAMPLE0000000077"), Kind: identity.Machine, Name: "x", Groups: []string{"security"}}
		for _, c := range []identity.Caller{s.As("ana").Caller, robot} {
			_, err := access.Accounts(s.Service).Add(s.Context(), c, unregistry, "mine")
			s.WantKind(err, fault.Denied)
			_, _, err = access.Accounts(s.Service).Remove(s.Context(), c, ours, "mine")
			s.WantKind(err, fault.Denied)
		}
		_, err := access.Accounts(s.Service).List(s.Context(), s.As("ana").Caller)
		s.WantKind(err, fault.Denied)
		home := access.Accounts(s.Service)
		home.Home = unregistry
		_, err = home.Add(s.Context(), s.As("dee").Caller, unregistry, "home")
		s.WantKind(err, fault.Invalid)
	})
}
