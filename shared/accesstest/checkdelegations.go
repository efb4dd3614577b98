package accesstest

import (
	"context"
	"fmt"
	"slices"

	"curfew/shared/access"
	"curfew/shared/delegation"
	"curfew/shared/identity"
)

// checkDelegated checks each approval of a granted elevation that is in the stead of another: the delegation held, to the person who
// decided, and the requester named neither of them. One who was away and their delegate do not both count.
func checkDelegated(w *World, t access.Terms, all []access.Decision) []string {
	var wrong []string
	standing := access.Standing(all)
	for _, d := range standing {
		if d.For == nil || !d.Approve {
			continue
		}
		of, err := delegation.Read(context.Background(), w.Store, d.For.Of.ID)
		if err != nil {
			wrong = append(wrong, "7: "+err.Error())
			continue
		}
		if one, found := of.Find(d.For.Delegation); !found || !one.InForce(d.At) || one.To.ID != d.By.ID || one.Until.Sub(one.From) > delegation.Longest {
			wrong = append(wrong, fmt.Sprintf("7: %s decided on %s by no delegation that held", d.By.ID, t.ID))
		}
		if d.By.ID == d.For.Of.ID || d.For.Of.ID == t.Requester.ID || identity.SameName(d.By.Name, d.For.Of.Name) {
			wrong = append(wrong, fmt.Sprintf("7: %s decided on %s in the stead of %s", d.By.ID, t.ID, d.For.Of.ID))
		}
		if slices.ContainsFunc(standing, func(o access.Decision) bool {
			return o.By.ID == d.For.Of.ID || o.By.ID != d.By.ID && o.For != nil && o.For.Of.ID == d.For.Of.ID
		}) {
			wrong = append(wrong, fmt.Sprintf("7: %s and a delegate of theirs both count on %s", d.For.Of.ID, t.ID))
		}
	}
	named, err := delegation.Read(context.Background(), w.Store, t.Requester.ID)
	if err != nil {
		return append(wrong, "7: "+err.Error())
	}
	for _, d := range standing {
		if d.Approve && slices.ContainsFunc(named.All, func(one delegation.Delegation) bool { return one.To.ID == d.By.ID && one.InForce(d.At) }) {
			wrong = append(wrong, fmt.Sprintf("7: %s approved %s as a delegate of the requester", d.By.ID, t.ID))
		}
	}
	return wrong
}
