package accesstest

import (
	"context"
	"fmt"

	"curfew/shared/finding"
	"curfew/shared/record"
)

// checkFindings checks that each finding says what people need, and stands in the index where lists look for its state.
func checkFindings(w *World) []string {
	var wrong []string
	for _, row := range w.Store.All(record.AccessTable) {
		if !finding.Is(row.Key) {
			continue
		}
		id := finding.IDOf(row.Key)
		was, err := finding.ReadOne(context.Background(), w.Store, id)
		if err != nil {
			return []string{"10: " + err.Error()}
		}
		f := was.Value
		if f.Severity == "" || f.Why == "" || f.Do == "" || f.Count == 0 {
			wrong = append(wrong, fmt.Sprintf("finding %s has no severity, why, do or count: %+v", id, f))
		}
		if got, want := row.Index[record.ByState].Partition, was.State().Indexed(); got != want {
			wrong = append(wrong, fmt.Sprintf("finding %s is %s, and listed in %q", id, was.State(), got))
		}
	}
	return wrong
}
