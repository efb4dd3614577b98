package simulation_test

import (
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/accesstest/simulation"
)

// At half of each rate all active elevations of a thousand accounts are looked at within a minute, also by the first
// pass, which has no sessions in them yet. Later passes use the sessions again.
func TestAThousandAccountsAreSweptWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulation.AssumedAccounts().Half()
		if testing.Short() {
			m.Accounts, m.Elevations = m.Accounts/10, m.Elevations/10
		}
		passes, err := simulation.SweepAccounts(m, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range passes {
			t.Logf("pass %d: %+v", i+1, p)
			if p.Looked != m.Elevations || p.Last > time.Minute || p.AtOnce > m.Connections || p.Findings != 0 {
				t.Errorf("pass %d: %+v, want all %d looked at within a minute", i+1, p, m.Elevations)
			}
		}
		if passes[1].Assumes > m.Accounts/10 {
			t.Errorf("the second pass assumed %d roles", passes[1].Assumes)
		}
	})
}

// An account whose IAM does not answer delays no other, and is a finding for it alone.
func TestAnAccountThatDoesNotAnswerDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := simulation.AssumedAccounts()
		m.Accounts, m.Elevations, m.Connections = 20, 200, 4
		passes, err := simulation.SweepAccounts(m, 1, "100000000007")
		if err != nil {
			t.Fatalf("the pass failed: %v", err)
		}
		if p := passes[0]; p.Looked != m.Elevations-m.Elevations/m.Accounts || p.Findings != 1 || p.Last > 30*time.Second {
			t.Errorf("%+v, want all others looked at, and one finding", p)
		}
	})
}
