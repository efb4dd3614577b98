package difference

import (
	"crypto/sha256"
	"slices"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

// Of returns what a grant adds to what a principal has today.
func Of(today Today, grant Grant) Difference {
	w := begin(today, grant)
	w.run()
	w.tell()
	return w.Difference
}

func begin(today Today, grant Grant) *weighing {
	if today.Unknown == "" && slices.ContainsFunc(today.Policies.Identity, unreadable) {
		today.Unknown = "one of them cannot be read"
	}
	if today.Unknown != "" {
		today.Policies = iampolicy.Policies{}
	}
	return &weighing{
		Difference: Difference{Unknown: today.Unknown, SeenAt: today.SeenAt}, grant: grant, sets: setsOf(today.Policies, grant.Policies), outcomes: newOutcomes(),
		risky: map[Kind][]string{}, refused: map[string][]string{}, levels: map[iamdata.Level]bool{}, sum: sha256.New(),
	}
}
