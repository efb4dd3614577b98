package duck

import (
	"time"

	"curfew/shared/audit/audittest"
	"curfew/shared/audit/queries"
)

// Parameters gives a query values that have an answer: the whole log, and what its last elevations have.
func Parameters(q queries.Query, f *audittest.Facts) map[string]string {
	from, to := audittest.Start(), f.Elevations[len(f.Elevations)-1].RequestedAt.AddDate(0, 0, 9)
	all := map[string]string{
		"from": from.Format(time.RFC3339), "to": to.Format(time.RFC3339), "at": to.Format(time.RFC3339),
		"principal": f.Elevations[0].Principal, "action": "iam:PassRole", "resource": "arn:aws:s3:::customers-222222222222/*",
		"prefix": "elevation.", "outcome": "any", "least": "2", "most": "100", "seconds": "120", "caller": f.Accounts[0].Actor,
	}
	for _, e := range f.Elevations[:len(f.Elevations)*9/10] {
		if q.Name == "refusals-of" && len(e.Rules) > 0 {
			all["caller"] = e.Requester.ID
		}
		if q.Name == "caused-through-others" && len(e.Decisions) > 0 {
			all["caller"] = e.Decisions[0].By.ID
		}
		if !e.GrantedAt.IsZero() {
			all["elevation"], all["kind"], all["id"], all["account"] = e.ID, e.TaskKind, e.TaskID, e.Account
			if q.Name == "held-at" {
				all["at"] = e.GrantedAt.Format(time.RFC3339)
			}
		}
	}
	given := map[string]string{}
	for _, p := range q.Parameters {
		given[p.Name] = all[p.Name]
	}
	return given
}
