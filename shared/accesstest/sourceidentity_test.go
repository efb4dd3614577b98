package accesstest_test

import (
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Another session of the role kept a heartbeat-bound elevation alive, and ended it.
func TestAnotherSessionOfTheRoleIsNoHolderOfASourceIdentity(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("agent", func(e *access.Entitlement) { e.Session = access.BindSourceIdentity })
		agent := s.As("agent")
		other := agent
		other.Name = "run-8"
		id := agent.Asks("agent", time.Hour)
		s.Want(id, "active")
		for name, err := range map[string]error{"heartbeat": other.Beats(id), "end": other.Ends(id)} {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s by another session: %v, want %s", name, err, fault.NotFound)
			}
		}
		s.WantKind(agent.Beats(id), "")
		s.WantKind(agent.Ends(id), "")
	})
}

// A session of the role took the name that everybody sees in a person's elevation, and kept it alive.
func TestSessionThatTakesTheNameOfASourceIdentityIsNoHolder(t *testing.T) {
	tell(t, func(s *story) {
		s.Catalog.Change("deploy", func(e *access.Entitlement) {
			e.Session, e.Weak, e.Heartbeat = access.BindSourceIdentity, true, 5*time.Minute
		})
		ana := s.As("ana")
		id := ana.Asks("deploy", time.Hour)
		l, err := s.Service.Load(s.Context(), id)
		s.WantKind(err, "")
		thief := s.As("agent")
		thief.ID, thief.ARN, thief.Name, thief.Groups = identity.MachineID(l.Terms.Principal.ID), accesstest.Engineer, l.Terms.Session.Value, nil
		for name, err := range map[string]error{"heartbeat": thief.Beats(id), "end": thief.Ends(id)} {
			if fault.KindOf(err) != fault.NotFound {
				t.Errorf("%s by a session of that name: %v, want %s", name, err, fault.NotFound)
			}
		}
		s.WantKind(ana.Beats(id), "")
	})
}
