package command_test

import (
	"net/http"
	"time"

	"curfew/scripts/curfew/client"
)

// delegations are those of ben, who may delegate to dee. dee is an operator.
func (f *fakeAPI) delegations(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	made := f.delegation != nil && f.delegation.EndedAt.IsZero()
	var q struct {
		To, Reason, Delegation, Of string
		Until                      time.Time
	}
	switch {
	case r.Method == "GET":
		list := []client.Delegation{}
		if made && caller.Name != "ana" {
			list = append(list, *f.delegation)
		}
		f.give(w, r, map[string]any{"delegations": list})
	case !understood(w, r, &q):
	case q.Delegation != "" && (!made || q.Delegation != f.delegation.ID || caller.Name == "ana" || (caller.Name == "dee") != (q.Of == f.delegation.Of.ID)):
		refuse(w, 404, "not-found", "there is no such delegation of yours")
	case q.Delegation != "":
		f.delegation.EndedAt, f.delegation.EndedBy, f.delegation.EndedReason, f.delegation.InForce = instant(), caller.ID, q.Reason, false
		f.give(w, r, f.delegation)
	case caller.Name != "ben":
		refuse(w, 403, "denied", "you are not among the approvers of any entitlement: there is nothing to delegate", "curfew.approvers")
	case q.To != "dee":
		refuse(w, 403, "denied", "you cannot be your own delegate", "curfew.self")
	default:
		f.delegation = &client.Delegation{ID: "01k6y3m1x8q2v4t6w8y0a2c4e9", Of: caller, To: "person:https://id.example.com|0004", ToName: "dee", From: instant(), Until: q.Until, Reason: q.Reason, At: instant(), InForce: true}
		f.give(w, r, f.delegation)
	}
}
