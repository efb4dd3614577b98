package accesstest

import (
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
)

// wasAsked reports whether a group of the decider, or of the person in whose stead they decided, was among the approvers at the instant of the decision.
func wasAsked(t access.Terms, d access.Decision) bool {
	by := d.By
	if d.For != nil {
		by = d.For.Of
	}
	in := func(refs []string) bool {
		return slices.ContainsFunc(refs, func(ref string) bool { return slices.Contains(by.Groups, strings.TrimPrefix(ref, "group:")) })
	}
	return in(t.Approval.Of) || slices.ContainsFunc(t.Approval.Then, func(step access.ApprovalStep) bool {
		return in(step.Of) && d.At.Sub(t.RequestedAt) >= time.Duration(step.After)*time.Second
	})
}
