package accesstest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"curfew/shared/directory"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/suspension"
)

// suspensions checks that one caller alone cannot lock out all others. Without a second person, these suspensions last
// an hour at most: of an operator, of everything, and by a machine of any person. A person who is not in the directory
// of callers may be an operator. Only the row of a suspension until lifted has no expiry.
func (s snapshot) suspensions(w *World) []string {
	var wrong []string
	seen := map[string]directory.Entry{}
	for _, row := range w.Store.All(record.AccessTable) {
		if row.Key.Partition != "seen" {
			continue
		}
		var sn directory.Entry
		if err := json.Unmarshal(row.Body, &sn); err != nil || sn.ID != row.Key.Sort {
			wrong = append(wrong, fmt.Sprintf("10: the directory says of %s: %s", row.Key.Sort, row.Body))
		}
		seen[sn.ID] = sn
	}
	for _, row := range w.Store.All(record.AccessTable) {
		if row.Key.Partition != "suspended" {
			continue
		}
		var sus suspension.Suspension
		if err := json.Unmarshal(row.Body, &sus); err != nil || sus.Scope.String() != row.Key.Sort {
			wrong = append(wrong, fmt.Sprintf("10: the suspension of %s says: %s", row.Key.Sort, row.Body))
			continue
		}
		who := sus.Scope.Requester
		sn, known := seen[who]
		operates := !known || sn.Operator || identity.Caller{ID: who, Groups: sn.Groups}.In(w.Service.Settings.Operators)
		guarded := strings.HasPrefix(who, "person:") && (operates || strings.HasPrefix(sus.By, "machine:"))
		confirmed := strings.HasPrefix(sus.Second, "person:") && sus.Second != sus.By
		if (guarded || sus.Scope.Everything) && !confirmed && sus.InEffect(s.now) && !s.now.Before(sus.At.Add(time.Hour)) {
			wrong = append(wrong, fmt.Sprintf("7: %s is suspended since %s by %s alone", sus.Scope, sus.At.Format(time.RFC3339), sus.By))
		}
		if stays := sus.LiftedAt.IsZero() && sus.LapsesAt.IsZero(); stays != row.Expires.IsZero() || !stays && row.Expires.Before(sus.At.Add(2*time.Hour)) {
			wrong = append(wrong, fmt.Sprintf("10: the row of the suspension of %s expires at %s: %s", sus.Scope, row.Expires, row.Body))
		}
	}
	return wrong
}
