package simulation

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/record"
)

// trace is a hash of every call with its instant, and of the final state. Worlds that behave alike have the same trace.
type trace [sha256.Size]byte

// trace returns the hash of a finished world, or zero if its calls were not kept. It skips task tokens, which are
// random.
func (w *world) trace() trace {
	if !w.gate.keep {
		return trace{}
	}
	var lines []string
	for i, c := range w.gate.seen {
		lines = append(lines, fmt.Sprintf("%020d %s", w.gate.seenAt[i].Sub(w.began), c))
	}
	slices.Sort(lines) // calls of one instant have no order
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
