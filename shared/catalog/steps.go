package catalog

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
)

// maxSteps bounds approval.then.
const maxSteps = 5

// readSteps reads [{after: 30m, of: [group:heads]}, …]: each later than the one before, and all within the time to decide.
func readSteps(v value, rule access.ApprovalRule) (then []access.ApprovalRuleStep) {
	all := v.nonEmptyList()
	if len(all) > maxSteps {
		v.report("has more than %d steps", maxSteps)
		return nil
	}
	least, known := time.Duration(0), slices.Clone(rule.Of)
	for _, each := range all {
		f := each.fields("after", "of")
		step := access.ApprovalRuleStep{Of: f.refs("of", true)}
		if of, ok := f.get("of"); ok {
			for _, ref := range step.Of {
				if slices.Contains(known, ref) {
					of.report("%q is asked before", ref)
				}
			}
		}
		known = append(known, step.Of...)
		if after, ok := f.need("after"); ok {
			step.After = after.duration(time.Minute, 7*24*time.Hour)
			switch {
			case step.After == 0: // reported
			case step.After <= least:
				after.report("%s is not later than %s, the step before", formatDuration(step.After), formatDuration(least))
			case rule.Within > 0 && step.After >= rule.Within:
				after.report("%s is not within %s, the time to decide", formatDuration(step.After), formatDuration(rule.Within))
			}
			least = max(least, step.After)
		}
		then = append(then, step)
	}
	return then
}

// askedSince returns e with those as its only approvers who may decide so long after the request: the permits read them.
func askedSince(e access.Entitlement, after time.Duration) access.Entitlement {
	rule := *e.Approval
	rule.Of, rule.Then = rule.Asked(after), nil
	e.Approval = &rule
	return e
}

// steps compares when each group may decide: sooner is wider, never is narrowest.
func (d *diff) steps(was, is []access.ApprovalRuleStep) {
	since := func(steps []access.ApprovalRuleStep, ref string) (time.Duration, string) {
		for _, s := range steps {
			if slices.Contains(s.Of, ref) {
				return s.After, "after " + formatDuration(s.After)
			}
		}
		return 1 << 62, "not asked"
	}
	var refs []string
	for _, s := range slices.Concat(was, is) {
		refs = append(refs, s.Of...)
	}
	slices.SortFunc(refs, strings.Compare)
	for _, ref := range slices.Compact(refs) {
		before, wasText := since(was, ref)
		now, isText := since(is, ref)
		d.compareOrdered("approval.then: "+ref, int64(before), int64(now), wasText, isText, false)
	}
}
