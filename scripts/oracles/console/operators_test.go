package console

import (
	"net/http"
	"testing"
)

// TestSuspension: an operator denies an entitlement, and lifts that.
func TestSuspension(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	holds := func() bool {
		var got struct {
			Suspensions []struct {
				Entitlement string
				Holds       bool
			}
		}
		r.call(t, "dee", http.MethodGet, "/v1/suspensions", nil, &got)
		return len(got.Suspensions) == 1 && got.Suspensions[0].Entitlement == "backup-run" && got.Suspensions[0].Holds
	}
	dee.signIn(r, "dee")
	dee.click("link", "Red button")
	dee.choose("What to suspend", "one entitlement")
	dee.fill("Name of what to suspend", "backup-run")
	dee.fill("Reason", "its policy is under review")
	dee.click("button", "Suspend")
	dee.find("dialog", "Deny new access")
	dee.click("button", "Suspend")
	dee.sees("Suspended")
	if !holds() {
		t.Error("the API knows no suspension in effect")
	}
	dee.click("button", "Lift")
	dee.find("dialog", "Lift this suspension")
	dee.fill("Reason", "reviewed")
	dee.click("button", "Lift")
	dee.sees("No suspension is in effect.")
	if holds() {
		t.Error("the suspension is still in effect")
	}
}

// TestAccounts: an operator adds an account and removes it.
func TestAccounts(t *testing.T) {
	t.Parallel()
	r, dee := alone(t), newTab(t)
	dee.signIn(r, "dee")
	dee.click("link", "Accounts")
	dee.fill("Account id", "444455556666")
	dee.fill("Reason", "its member stack is deployed")
	dee.click("button", "Add")
	dee.click("button", "Remove 444455556666")
	dee.find("dialog", "Remove an account")
	dee.fill("Reason", "it is closed")
	dee.click("button", "Remove")
	dee.sees("it is closed")
}

// audits finds the elevation of a principal in the records, in the charts and their tables, and by a call that its grant allows.
func (p *tab) audits(principal, entitlement, cause, action, resource string) {
	p.t.Helper()
	p.click("link", "Audit")
	p.choose("Of", "principal")
	p.fill("Its id", principal)
	p.click("button", "Show")
	p.find("image|img", "Elevations asked for, by day and entitlement: 1 days, at most 1")
	p.find("image|img", "Ends, by cause: 1 names; most: "+cause)
	p.click("DisclosureTriangle", "The numbers")
	p.find("columnheader", entitlement)
	at := eval[string](p, `[...document.querySelectorAll("#content .list .card")].find((c) => c.textContent.startsWith("elevation.active")).querySelector("time").getAttribute("datetime")`)
	p.click("link", "who could make a call")
	p.fill("Action", action)
	p.fill("Resource", resource)
	p.fill("At", at)
	p.fill("Principal", principal)
	p.click("button", "Ask")
	p.find("link", entitlement)
	p.sees("It allowed this between")
}
