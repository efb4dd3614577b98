package command_test

import (
	"strings"
	"testing"
	"testing/synctest"
)

func TestRenewAsksForTheSameWithANewDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newShell(t)
		s.tell(t, "ana: "+request+"\nben (answers yes): curfew approve "+first+"\n10m later\nana: curfew renew "+first+" --reason \"the rollback needs longer\"")
		one, two := s.api.elevations[0], s.api.elevations[1]
		if two.Renews != one.ID || two.State != "requested" || two.Entitlement != one.Entitlement || two.Principal != one.Principal || two.Task.ID != one.Task.ID ||
			two.Duration != one.Duration || two.Session.Value != one.Session.Value || two.Terms.Parameters["account"] != one.Terms.Parameters["account"] || two.Reason != "the rollback needs longer" {
			t.Errorf("asked for %+v, want what was %+v", two, one)
		}
		if got := s.tell(t, "ben: curfew show "+two.ID); !strings.Contains(got, one.ID) || !strings.Contains(got, "terms: match the digest") {
			t.Errorf("approvers are shown %s", got)
		}
	})
}
