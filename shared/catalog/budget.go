package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"curfew/shared/access"
)

// mostMinutes bounds a budget: 100 people for 30 days.
const mostMinutes = 100 * 30 * 24 * 60

// readBudgets reads [{per: requester, minutes: 120, in: 24h}, …].
func (d *draft) readBudgets() {
	v, there := d.get("budgets")
	if !there {
		return
	}
	for _, each := range v.nonEmptyList() {
		b, ok := readBudget(each)
		if ok && slices.ContainsFunc(d.Budgets, func(was access.Budget) bool { return was.Per == b.Per && was.In == b.In }) {
			each.report("is a second budget per %s in %s", b.Per, budgetWindow(b))
			continue
		}
		if ok {
			d.Budgets = append(d.Budgets, b)
		}
	}
	slices.SortFunc(d.Budgets, func(a, b access.Budget) int { return cmp.Or(cmp.Compare(a.Per, b.Per), cmp.Compare(a.In, b.In)) })
	if glass, ok := d.get("breakGlass"); ok && glass.flag() {
		v.report("does not go with breakGlass, which has coolDown")
	}
}

func readBudget(v value) (b access.Budget, ok bool) {
	f := v.fields("per", "minutes", "in")
	per, hasPer := f.need("per")
	minutes, hasMinutes := f.need("minutes")
	in, hasIn := f.need("in")
	if !hasPer || !hasMinutes || !hasIn {
		return b, false
	}
	word, knownPer := per.oneOf(string(access.PerRequester), string(access.PerPrincipal), string(access.PerEntitlement))
	window, knownIn := in.oneOf("24h", "30d")
	b.Per, b.Minutes, b.In = access.BudgetPer(word), int64(minutes.number(1, mostMinutes)), access.BudgetDay
	if window == "30d" {
		b.In = access.BudgetMonth
	}
	return b, knownPer && knownIn && b.Minutes > 0
}

func budgetWindow(b access.Budget) string {
	if b.In == access.BudgetMonth {
		return "30d"
	}
	return "24h"
}

func budgetWarnings(e access.Entitlement) (why []string) {
	for _, b := range e.Budgets {
		if longest := int64(e.Max.Minutes()); b.Minutes < longest {
			why = append(why, fmt.Sprintf("budgets: %d minutes per %s in %s are less than max, which is %d minutes", b.Minutes, b.Per, budgetWindow(b), longest))
		}
	}
	return why
}

// budgets compares: more minutes are wider.
func (d *diff) budgets(was, is []access.Budget) {
	like := func(b access.Budget) func(access.Budget) bool {
		return func(o access.Budget) bool { return o.Per == b.Per && o.In == b.In }
	}
	name := func(b access.Budget) string { return fmt.Sprintf("budgets: per %s in %s", b.Per, budgetWindow(b)) }
	for _, b := range was {
		i := slices.IndexFunc(is, like(b))
		if i < 0 {
			d.add(Widened, "%s: none, was %d minutes", name(b), b.Minutes)
			continue
		}
		d.compareOrdered(name(b), b.Minutes, is[i].Minutes, fmt.Sprintf("%d minutes", b.Minutes), fmt.Sprintf("%d minutes", is[i].Minutes), true)
	}
	for _, b := range is {
		if !slices.ContainsFunc(was, like(b)) {
			d.add(Narrowed, "%s: %d minutes, was none", name(b), b.Minutes)
		}
	}
}
