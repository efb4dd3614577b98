package difference

import (
	"crypto/sha256"
	"slices"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// mostSteps are about 0.1 s. 20 ordinary policies under a grant of all take 190,000.
const mostSteps = 500_000

// Of returns what a grant adds to what a principal has today. Policies that take too many steps count as unknown, such a grant as all actions.
func Of(today Today, grant Grant) Difference { return within(mostSteps, today, grant).Difference }

func within(steps int64, today Today, grant Grant) *weighing {
	w := begin(today, grant, steps)
	w.again = w.Unknown == "" && (len(today.Policies.Identity) > 0 || today.Policies.Boundary != nil)
	if w.run(); w.again && w.steps.Over() {
		today.Unknown = "they are too long to compare"
		w = begin(today, grant, steps)
		w.run()
	}
	if w.steps.Over() {
		w.admin = "every action on every resource, as far as can be told (the grant's policies are too long to compare)"
	}
	w.tell()
	return w
}

func begin(today Today, grant Grant, steps int64) *weighing {
	if today.Unknown == "" && slices.ContainsFunc(today.Policies.Identity, unreadable) {
		today.Unknown = "one of them cannot be read"
	}
	if today.Unknown != "" {
		today.Policies = iampolicy.Policies{}
	}
	left := reach.NewSteps(steps)
	return &weighing{
		Difference: Difference{Unknown: today.Unknown, SeenAt: today.SeenAt}, grant: grant, steps: left, sets: setsOf(today.Policies, grant.Policies, left),
		outcomes: newOutcomes(left), new: map[string]bool{}, risky: map[Kind][]string{}, refused: map[string][]string{}, levels: map[iamdata.Level]bool{}, sum: sha256.New(),
	}
}
