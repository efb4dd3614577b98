package accesstest

import (
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/review"
)

// checkReviews checks that each review that is due is listed until it is signed.
func checkReviews(w *World, s snapshot) []string {
	rows, found := record.Rows{}, map[string]time.Time{}
	for _, row := range w.Store.All(record.AccessTable) {
		rows[row.Key] = row
		if finding.Is(row.Key) {
			f, err := record.Decode[finding.Finding](row)
			if first, there := found[f.Elevation]; err == nil && (!there || f.FirstAt.Before(first)) {
				found[f.Elevation] = f.FirstAt
			}
		}
	}
	var wrong []string
	for id, t := range s.terms {
		e := s.elevations[id]
		first, there := found[id]
		inTime := there && first.Before(e.EndedAt.Add(7*24*time.Hour))
		due := t.BreakGlass && e.State.Terminal() && e.State != access.DeniedState || e.State == access.Ended && (t.Review == access.ReviewAlways || t.Review == access.ReviewFindings && inTime)
		_, signed := rows[review.SignatureKey(id)]
		if places := len(rows[review.Key(id)].Index); due && (places == 2) == signed {
			wrong = append(wrong, fmt.Sprintf("review of %s: signed %v, and in %d lists", id, signed, places))
		}
	}
	return wrong
}
