package access

import (
	"strings"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending keeps a session from requesting the same thing twice at a time.
type pending struct {
	Elevation string `json:"elevation"`
}

// A caller may have [Settings.OpenRequests] waiting requests over all session names. Each takes one numbered slot: its
// transaction puts the slot's row only if absent. So the count is exact, and concurrent requests rarely conflict.

// slotPartition holds the slots of one caller. A machine counts by role, not by unique id: a recreated role gets no new
// slots. A trigger's requests count per principal, because events choose their number and one role's jobs must not
// block another's.
func slotPartition(t Terms) string {
	who := t.Requester.ID
	if t.Requester.ARN != "" {
		who = t.Requester.ARN
	}
	if strings.HasPrefix(who, identity.TriggerID("")) {
		who += "#" + t.Principal.ARN
	}
	return "pending#slot#" + who
}

func slotKey(t Terms, slot string) record.Key { return record.AccessKey(slotPartition(t), slot) }

// unpend frees what a waiting request holds. Unconditional: the same transaction moves the elevation, and no other
// request can take the rows earlier.
func unpend(l Life) []record.Change {
	free := []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: pendingKey(l.Terms)}}}
	if l.Elevation.Slot != "" {
		free = append(free, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: slotKey(l.Terms, l.Elevation.Slot)}})
	}
	return free
}

// takeBack deletes the row asked, so that nothing can be granted. It leaves a canary's, which only the sweep may write:
// a canary gives no access.
func (l Life) takeBack(extra []record.Change) ([]record.Change, error) {
	if l.Terms.CanaryNet() != "" {
		return extra, nil
	}
	row, err := record.Encode(requestKey(l.Terms.ID), 2, asked{Requester: l.Terms.Requester.ID})
	return append(extra, record.Change{If: record.Always, Row: row}), err
}
