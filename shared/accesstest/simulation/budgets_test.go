package simulation

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"curfew/shared/access"
)

// budgeted is a seed whose world has budgets.
func budgeted(t *testing.T) dice {
	for seed := range 100 {
		if drawBudgets(dice(seed)) != nil {
			return dice(seed)
		}
	}
	t.Fatal("no world has budgets")
	return 0
}

func TestBudgetsRefuseSomeOfAWorld(t *testing.T) {
	d := budgeted(t)
	granted := func(c cast) (n int) {
		synctest.Test(t, func(t *testing.T) {
			o, err := play(d, c, nil, false)
			wantNothingWrong(t, o.report, err)
			n = o.report.Granted
		})
		return n
	}
	c := drawCast(d, 100)
	with := granted(c)
	c.budgets = nil
	if without := granted(c); with >= without || with == 0 {
		t.Errorf("%d are granted with budgets, and %d without", with, without)
	}
}

func TestTheOracleFindsMoreMinutesThanABudgetHas(t *testing.T) {
	for _, per := range []access.BudgetPer{access.PerRequester, access.PerPrincipal, access.PerEntitlement} {
		synctest.Test(t, func(t *testing.T) {
			w, err := played(baseSeed, bases()[0].cast, nil, func(w *world) { // not the budgets of the catalog
				w.budgets = map[string][]access.Budget{"deploy": {{Per: per, Minutes: 1, In: access.BudgetDay}}}
			})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(w.oracle.wrongs, func(x Wrong) bool { return x.Oracle == Rule && strings.Contains(x.Text, "has 1 minutes") }) {
				t.Errorf("per %s: found %v", per, w.oracle.wrongs)
			}
		})
	}
}
