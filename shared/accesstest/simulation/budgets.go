package simulation

import (
	"time"

	"curfew/shared/access"
)

// drawBudgets returns the budgets of a random world, by entitlement: a third of the worlds have them. They are small enough to refuse some requests.
func drawBudgets(d dice) map[string][]access.Budget {
	if !d.chance(1.0/3, "budgets") {
		return nil
	}
	minutes := func(what string, least, most int) int64 {
		return int64(least + d.pick(most-least+1, "budget of "+what))
	}
	return map[string][]access.Budget{
		"deploy": {
			{Per: access.PerEntitlement, Minutes: minutes("all of deploy", 60, 140), In: access.BudgetMonth},
			{Per: access.PerRequester, Minutes: minutes("deploy", 8, 16), In: access.BudgetDay},
		},
		"admin": {{Per: access.PerEntitlement, Minutes: minutes("admin", 30, 70), In: access.BudgetDay}},
		"agent": {{Per: access.PerPrincipal, Minutes: minutes("agents", 30, 60), In: access.BudgetDay}},
	}
}

// checkBudgets adds up the minutes that a new grant shares a budget with: those in IAM until they were gone, the others until their deadlines.
// Handlers of the first release charge nothing, and a restore loses charges. o.mu is held.
func checkBudgets(o *oracle, new *tracked) {
	if !o.oldUntil.IsZero() || !o.restoredAt.IsZero() {
		return
	}
	for _, b := range o.w.budgets[new.terms.Entitlement] {
		var sum, slack time.Duration
		for _, t := range o.lives {
			if t.is.GrantedAt.IsZero() || t.terms.Entitlement != new.terms.Entitlement || access.BudgetKey(t.terms, b.Per) != access.BudgetKey(new.terms, b.Per) {
				continue
			}
			end := t.is.Deadline
			if t.is.State == access.Ended && t.goneAt.Before(end) {
				end = t.goneAt // zero: it was never in IAM
			}
			if lasted := end.Sub(t.is.GrantedAt); lasted > 0 && end.After(time.Now().Add(-b.In)) {
				sum, slack = sum+lasted, slack+o.w.clockSlack()
			}
		}
		if most := time.Duration(b.Minutes) * time.Minute; sum > most+slack {
			o.addFinding(Rule, "elevation %d: %s per %s has %d minutes in %s, and gave %s", o.w.ids[new.id], new.terms.Entitlement, b.Per, b.Minutes, b.In, sum)
		}
	}
}
