package catalog

import (
	"cmp"
	"fmt"
	"slices"

	"curfew/shared/access"
)

// mostMinutes bounds a budget: 100 people for 30 days.
const mostMinutes = 100 * 30 * 24 * 60

// readBudgets reads the budgets of an entitlement: without them it has the defaults of the catalog, break-glass none.
func (d *draft) readBudgets(defaults []access.Budget) {
	glass, ok := d.get("breakGlass")
	breaks := ok && glass.flag()
	v, there := d.get("budgets")
	switch {
	case !there && !breaks:
		d.Budgets = slices.Clone(defaults)
	case there:
		if d.Budgets = readBudgetList(v); breaks {
			v.report("does not go with breakGlass, which has coolDown")
		}
	}
}

// readBudgetList reads [{per: requester, minutes: 120, in: 24h}, …].
func readBudgetList(v value) (all []access.Budget) {
	for _, each := range v.nonEmptyList() {
		b, ok := readBudget(each)
		if ok && slices.ContainsFunc(all, sameBudget(b)) {
			each.report("is a second budget per %s in %s", b.Per, budgetWindow(b))
			continue
		}
		if ok {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b access.Budget) int { return cmp.Or(cmp.Compare(a.Per, b.Per), cmp.Compare(a.In, b.In)) })
	return all
}

// sameBudget compares whose minutes count, and the window.
func sameBudget(b access.Budget) func(access.Budget) bool {
	return func(o access.Budget) bool { return o.Per == b.Per && o.In == b.In }
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

func budgetWarnings(e access.Entitlement, defaults []access.Budget) (why []string) {
	for _, b := range e.Budgets {
		if longest := int64(e.Max.Minutes()); b.Minutes < longest {
			why = append(why, fmt.Sprintf("budgets: %d minutes per %s in %s are less than max, which is %d minutes", b.Minutes, b.Per, budgetWindow(b), longest))
		}
	}
	for _, b := range defaults {
		i := slices.IndexFunc(e.Budgets, sameBudget(b))
		if i < 0 && !e.BreakGlass {
			why = append(why, fmt.Sprintf("budgets: none per %s in %s, and the default of the catalog is %d minutes", b.Per, budgetWindow(b), b.Minutes))
		} else if i >= 0 && e.Budgets[i].Minutes > b.Minutes {
			why = append(why, fmt.Sprintf("budgets: %d minutes per %s in %s are more than the default of the catalog, which is %d", e.Budgets[i].Minutes, b.Per, budgetWindow(b), b.Minutes))
		}
	}
	return why
}

// budgets compares: more minutes are wider.
func (d *diff) budgets(was, is []access.Budget) {
	name := func(b access.Budget) string { return fmt.Sprintf("budgets: per %s in %s", b.Per, budgetWindow(b)) }
	for _, b := range was {
		i := slices.IndexFunc(is, sameBudget(b))
		if i < 0 {
			d.add(Widened, "%s: none, was %d minutes", name(b), b.Minutes)
			continue
		}
		d.compareOrdered(name(b), b.Minutes, is[i].Minutes, fmt.Sprintf("%d minutes", b.Minutes), fmt.Sprintf("%d minutes", is[i].Minutes), true)
	}
	for _, b := range is {
		if !slices.ContainsFunc(was, sameBudget(b)) {
			d.add(Narrowed, "%s: %d minutes, was none", name(b), b.Minutes)
		}
	}
}
