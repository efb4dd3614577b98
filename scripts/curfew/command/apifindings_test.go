package command_test

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/shared/finding"
)

// newFinding is the one finding of a fake API.
func newFinding() *client.Finding {
	return &client.Finding{
		ID: "missing-0123456789abcdef", State: "open", Kind: "missing", Severity: "medium", Subject: second, Elevation: second, What: "the grant is not there",
		Why: "the holder has less access than promised", Do: "find out who removed it", Principal: role, Account: "111122223333",
		Events: []string{"11111111-2222-3333-4444-555555555555"}, EventCount: 21, Count: 3,
		FirstAt: instant().Add(-time.Hour), LastAt: instant().Add(-time.Minute), PagedAt: instant().Add(-time.Hour),
	}
}

func (f *fakeAPI) listFindings(w http.ResponseWriter, r *http.Request, caller client.Caller) {
	if caller.Name != "dee" {
		refuse(w, 403, "denied", "only operators may list findings", "curfew.operator")
		return
	}
	page := client.FindingPage{Findings: []client.Finding{}}
	q := r.URL.Query()
	states := strings.Split(q.Get("state"), ",")
	if q.Get("state") == "" {
		states = []string{"open", "acknowledged"}
	}
	if slices.Contains(states, f.finding.State) && q.Get("severity") != "critical" {
		page.Findings = append(page.Findings, *f.finding)
	}
	f.give(w, r, page, "state", "severity", "since")
}

// actOnFinding takes an id and, after it, what is done.
func (f *fakeAPI) actOnFinding(w http.ResponseWriter, r *http.Request, caller client.Caller, parts []string) {
	var q struct{ Reason string }
	act := &finding.Act{By: caller.ID, Name: caller.Name, At: instant()}
	switch {
	case parts[0] != f.finding.ID:
		refuse(w, 404, "not-found", "there is no such finding, or you may not see it")
		return
	case len(parts) > 1 && !understood(w, r, &q):
		return
	case len(parts) > 1 && parts[1] == "acknowledge":
		f.finding.State, f.finding.Acknowledged = "acknowledged", act
	case len(parts) > 1:
		act.Why = q.Reason
		f.finding.State, f.finding.Closed = "closed", act
	}
	f.give(w, r, f.finding)
}
