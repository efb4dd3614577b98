package access

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending is a place that a waiting elevation has: that of its session, which blocks an identical second request, or one
// of the caller's [Settings.OpenRequests] numbered slots. So the count is exact, and concurrent requests rarely conflict.
//
// A place is free when its elevation does not wait. That never changes again, so leaving the place writes nothing: the
// next request replaces the row, on condition that it is unchanged.
type pending struct {
	Elevation string `json:"elevation"`
}

// places are what a request takes, as they were read.
type places struct{ session, slot record.Stored[pending] }

func (p places) same(q places) bool {
	return p.slot.Row.Key == q.slot.Row.Key && p.slot.Row.Version == q.slot.Row.Version && p.session.Row.Version == q.session.Row.Version
}

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

func slotKey(t Terms, slot int) record.Key {
	return record.AccessKey(slotPartition(t), strconv.Itoa(slot))
}

// places returns free ones. Conflict: the same is pending. Denied: too many requests wait.
func (s Submission) places(ctx context.Context, c identity.Caller, t Terms) (at places, err error) {
	guess := s.guessSlot(t)
	rows, err := s.readPlaces(ctx, pendingKey(t), guess)
	if err != nil {
		return at, fault.Wrap(err, "reading what is pending on %s", t.Principal.ARN)
	}
	if at.session, err = record.FindRow[pending](rows, pendingKey(t)); err != nil {
		return at, err
	}
	if at.slot, err = record.FindRow[pending](rows, guess); err != nil {
		return at, err
	}
	waiting, err := s.waiting(ctx, []record.Stored[pending]{at.session, at.slot})
	if err != nil {
		return at, err
	}
	if slices.ContainsFunc(waiting, isAt(pendingKey(t))) {
		if err := s.pendingWith(ctx, c, t, at.session.Value.Elevation); err != nil {
			return at, err
		}
	}
	if s.Settings.OpenRequests < 1 || slices.ContainsFunc(waiting, isAt(guess)) {
		at.slot, err = s.freeSlot(ctx, t)
	}
	return at, err
}

// guessSlot is nearly always free.
func (s Submission) guessSlot(t Terms) record.Key {
	return slotKey(t, oneOf(t.ID, max(1, s.Settings.OpenRequests)))
}

// readPlaces uses once what policy's read brought along.
func (s Submission) readPlaces(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	if s.ahead != nil && s.ahead.Rows != nil {
		rows := s.ahead.Rows
		s.ahead.Rows = nil
		return rows, nil
	}
	return s.Store.Read(ctx, keys...)
}

// pendingWith is a Conflict if the elevation that has the place still waits; nil if it does not.
func (s Submission) pendingWith(ctx context.Context, c identity.Caller, t Terms, id string) error {
	l, err := s.Load(ctx, id)
	if err == nil && l.Elevation.State.Waits() {
		if reading(s).mayRead(ctx, l, c) != nil { // another caller's
			return fault.Errorf(fault.Conflict, "%s on %s is pending for this session already", t.Entitlement, t.Principal.ARN)
		}
		return fault.About(id, fault.Errorf(fault.Conflict, "%s on %s is pending for this session already: elevation %s", t.Entitlement, t.Principal.ARN, id))
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	return nil
}

// freeSlot returns an unused slot, or one whose elevation waits no more. Denied: there is none.
func (s Submission) freeSlot(ctx context.Context, t Terms) (free record.Stored[pending], err error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, slotPartition(t), "")
	if err != nil {
		return free, fault.Wrap(err, "reading the open requests of %s", t.Requester.ID)
	}
	var taken []record.Stored[pending]
	for _, row := range rows {
		was, err := record.FindRow[pending](record.Rows{row.Key: row}, row.Key)
		if err != nil {
			return free, err
		}
		taken = append(taken, was)
	}
	waiting := taken
	if len(taken) >= s.Settings.OpenRequests {
		if waiting, err = s.waiting(ctx, taken); err != nil {
			return free, err
		}
	}
	var all []record.Stored[pending]
	for n := range s.Settings.OpenRequests {
		k := slotKey(t, n)
		if slices.ContainsFunc(waiting, isAt(k)) {
			continue
		}
		was := record.Stored[pending]{Row: record.Row{Key: k}}
		if i := slices.IndexFunc(taken, isAt(k)); i >= 0 {
			was = taken[i]
		}
		all = append(all, was)
	}
	if len(waiting) >= s.Settings.OpenRequests || len(all) == 0 {
		return free, tooManyOpen(len(waiting), s.Settings.OpenRequests)
	}
	return all[oneOf(t.ID, len(all))], nil
}

func isAt(k record.Key) func(record.Stored[pending]) bool {
	return func(one record.Stored[pending]) bool { return one.Row.Key == k }
}

// waiting returns those whose elevation waits. One that cannot be read counts as well.
func (s Submission) waiting(ctx context.Context, of []record.Stored[pending]) (waiting []record.Stored[pending], err error) {
	of = slices.DeleteFunc(slices.Clone(of), func(one record.Stored[pending]) bool { return !one.Exists() })
	for some := range slices.Chunk(of, record.ReadAtOnce) {
		var keys []record.Key
		for _, one := range some {
			if k := ElevationKey(one.Value.Elevation); !slices.Contains(keys, k) { // BatchGetItem takes no duplicates
				keys = append(keys, k)
			}
		}
		rows, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return nil, fault.Wrap(err, "reading open requests")
		}
		for _, one := range some {
			if row, there := rows[ElevationKey(one.Value.Elevation)]; there {
				if e, err := DecodeElevation(row); err != nil || e.State.Waits() {
					waiting = append(waiting, one)
				}
			}
		}
	}
	return waiting, nil
}

func tooManyOpen(waiting, limit int) error {
	return &fault.Error{Kind: fault.Denied, By: []string{ReasonOpen}, RetryAfter: time.Minute,
		Text: fmt.Sprintf("%d of your requests are waiting, and the limit is %d: withdraw one, or wait until one is granted or over", waiting, limit)}
}

// takeBack empties the row asked, so nothing can be granted. Only the sweep may delete a canary's.
func (l Life) takeBack() ([]record.Change, error) {
	if l.Terms.CanaryNet() != "" {
		return nil, nil
	}
	row, err := record.Encode(requestKey(l.Terms.ID), 2, asked{Requester: l.Terms.Requester.ID})
	return []record.Change{{If: record.Always, Row: row}}, err
}
