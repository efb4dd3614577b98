package access

import (
	"strings"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending is what keeps the same session from asking for the same thing twice at a time.
type pending struct {
	Elevation string `json:"elevation"`
}

// A caller may have [Settings.OpenRequests] requests waiting, whatever session names they choose. Each request takes one of that
// many numbered slots: its transaction puts the slot's row only if it is absent. So the count is exact, and requests that come at
// the same time rarely conflict.

// slotPartition holds the slots of one caller. A machine is its role here, not its unique id: a role that is deleted and made
// anew has no new slots. The requests of a trigger count per principal: its events, not a caller, choose how many there are,
// and one role's jobs must not keep another's from starting.
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

// unpend frees what a request takes while it waits. Both rows are deleted whatever they say: the same transaction moves the
// elevation, and no other request takes them before.
func unpend(l Life) []record.Change {
	free := []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: pendingKey(l.Terms)}}}
	if l.Elevation.Slot != "" {
		free = append(free, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: slotKey(l.Terms, l.Elevation.Slot)}})
	}
	return free
}

// takeBack makes it so that nothing was asked for, whatever else is written of the elevation. What the sweep asked for, only the
// sweep could take back: a canary gives nothing.
func (l Life) takeBack(extra []record.Change) ([]record.Change, error) {
	if l.Terms.CanaryNet() != "" {
		return extra, nil
	}
	row, err := record.Encode(requestKey(l.Terms.ID), 2, asked{Requester: l.Terms.Requester.ID})
	return append(extra, record.Change{If: record.Always, Row: row}), err
}
