package access

import (
	"strings"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending blocks an identical second request.
type pending struct {
	Elevation string `json:"elevation"`
}

// A caller may have [Settings.OpenRequests] waiting requests. Each takes a numbered slot, put only if absent. So the
// count is exact, and concurrent requests rarely conflict.

// slotPartition holds a caller's slots. A machine's are by role: a recreated role gets no new ones. A trigger's are by
// principal: one role's jobs do not block another's.
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

// unpend is unconditional: the same transaction moves the elevation.
func unpend(l Life) []record.Change {
	free := []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: pendingKey(l.Terms)}}}
	if l.Elevation.Slot != "" {
		free = append(free, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: slotKey(l.Terms, l.Elevation.Slot)}})
	}
	return free
}

// takeBack deletes the row asked, so nothing can be granted. Only the sweep may delete a canary's.
func (l Life) takeBack(extra []record.Change) ([]record.Change, error) {
	if l.Terms.CanaryNet() != "" {
		return extra, nil
	}
	row, err := record.Encode(requestKey(l.Terms.ID), 2, asked{Requester: l.Terms.Requester.ID})
	return append(extra, record.Change{If: record.Always, Row: row}), err
}
