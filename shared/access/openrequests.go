package access

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

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

// errSlotTaken: a concurrent request took the slot.
var errSlotTaken = errors.New("the slot was taken")

// guessSlot returns the slot that a request tries first. It reads nothing: of a caller with few open requests it is nearly
// always free, and the transaction tells if it is not.
func (s Submission) guessSlot(t Terms) string {
	return strconv.Itoa(oneOf(t.ID, max(1, s.Settings.OpenRequests)))
}

// oneOf is a number from 0 to n-1 that an id chooses: requests that come at the same time mostly choose different ones.
func oneOf(id string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % uint32(n))
}

// freeSlot returns a slot that no request of the caller takes. Denied: every slot is taken.
func (s Submission) freeSlot(ctx context.Context, t Terms) (string, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, slotPartition(t), "")
	if err != nil {
		return "", fault.Wrap(err, "reading the open requests of %s", t.Requester.ID)
	}
	if len(rows) >= s.Settings.OpenRequests {
		if rows, err = s.clearSlots(ctx, rows); err != nil {
			return "", err
		}
	}
	var free []string
	for n := range s.Settings.OpenRequests {
		slot := strconv.Itoa(n)
		if !slices.ContainsFunc(rows, func(r record.Row) bool { return r.Key.Sort == slot }) {
			free = append(free, slot)
		}
	}
	if len(rows) >= s.Settings.OpenRequests || len(free) == 0 {
		return "", deny("curfew.open", "%d of your requests are waiting, and the limit is %d: withdraw one, or wait until one is granted or over", len(rows), s.Settings.OpenRequests)
	}
	return free[oneOf(t.ID, len(free))], nil
}

// clearSlots deletes the slots that no request takes any more, as after a table was restored, and returns the others.
func (s Submission) clearSlots(ctx context.Context, rows []record.Row) (kept []record.Row, err error) {
	for some := range slices.Chunk(rows, record.ReadAtOnce) {
		var keys []record.Key
		for _, row := range some {
			was, err := record.Decode[pending](row)
			if err != nil {
				return nil, err
			}
			keys = append(keys, ElevationKey(was.Elevation))
		}
		found, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return nil, fault.Wrap(err, "reading open requests")
		}
		for i, row := range some {
			e, err := DecodeElevation(found[keys[i]])
			if _, there := found[keys[i]]; there && (err != nil || e.State.Waits()) {
				kept = append(kept, row)
				continue
			}
			gone := s.Store.Write(ctx, record.Change{If: record.Unchanged, Version: row.Version, Do: record.Delete, Row: row})
			if gone != nil && fault.KindOf(gone) != fault.Conflict {
				return nil, fault.Wrap(gone, "clearing a slot")
			}
		}
	}
	return kept, nil
}
