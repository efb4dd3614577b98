package simulation

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/record"
)

// trace is the sum of all that a world did: every call and its instant, and what was left behind. What went alike has one
// trace.
type trace [sha256.Size]byte

// trace is that of a world that is over; the zero one if its calls were not kept. Task tokens are left out: they are random.
func (w *world) trace() trace {
	if !w.gate.keep {
		return trace{}
	}
	var lines []string
	for i, c := range w.gate.seen {
		lines = append(lines, fmt.Sprintf("%020d %s", w.gate.seenAt[i].Sub(w.began), c))
	}
	slices.Sort(lines) // those of one instant have no order
	for _, table := range []record.Table{record.AccessTable, record.AuditTable} {
		for _, r := range w.store.All(table) {
			if !strings.HasPrefix(r.Key.Sort, "token#") {
				lines = append(lines, fmt.Sprint(r.Key, r.Version, string(r.Body)))
			}
		}
	}
	lines = append(lines, fmt.Sprint(w.iam.Calls()))
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}
