package difference

import (
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
	if today.Unknown == "" && slices.ContainsFunc(today.Policies.Identity, func(n iampolicy.Named) bool { return n.Document == nil }) {
		today.Unknown = "one of them cannot be read"
	}
	var rules []rule
	for _, d := range grant.Policies {
		rules = rulesOf(rules, ofGrant, "", d)
	}
	w := &weighing{Difference: Difference{Unknown: today.Unknown, SeenAt: today.SeenAt}, grant: grant, among: iamdata.Services()}
	bounded := false
	if today.Unknown == "" {
		for _, n := range today.Policies.Identity {
			rules = rulesOf(rules, ofPrincipal, n.Name, n.Document)
			w.own = append(w.own, n.Document)
		}
		if bounded = today.Policies.Boundary != nil; bounded {
			rules = rulesOf(rules, ofBoundary, "", today.Policies.Boundary)
		}
	}
	w.weigher = newWeigher(rules, bounded)
	return w
}
