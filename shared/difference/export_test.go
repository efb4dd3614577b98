package difference

import "curfew/shared/iampolicy"

// Added is whether the difference has a call: by its resources alone. A variable may have any value.
func Added(today Today, grant Grant) func(action, resource string) bool {
	w := begin(today, grant, mostSteps)
	of := func(action string) (all []*outcome) {
		w.each = func(_ string, o *outcome) { all = append(all, o) }
		if a := actionOf(action); len(w.on(w.granted, action, a, maybe)) > 0 {
			w.action(action, a)
		}
		return all
	}
	has := func(all []string, fits func(*iampolicy.Pattern) bool) bool {
		for _, text := range all {
			if p, err := iampolicy.ResourcePattern(text, iampolicy.Version); err != nil || fits(p) {
				return true
			}
		}
		return false
	}
	return func(action, resource string) bool {
		one, err := iampolicy.ResourcePattern(resource, iampolicy.Version)
		if err != nil {
			return true
		}
		for _, o := range of(action) {
			if has(o.resources, one.Overlaps) && !has(o.except, func(p *iampolicy.Pattern) bool { return p.Covers(one) }) {
				return true
			}
		}
		return false
	}
}

// ReadsData is the table of actions that read data.
func ReadsData() map[string][]string { return dataOut() }

// Within is [Of] with another bound, and the steps that it took last.
func Within(steps int64, today Today, grant Grant) (d Difference, taken int64) {
	w := within(steps, today, grant)
	return w.Difference, steps - w.steps.Left()
}

// MostSteps is the bound of [Of].
const MostSteps = mostSteps
