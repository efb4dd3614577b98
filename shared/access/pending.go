package access

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending is a place that an elevation has: that of its session, which blocks a second one, or one of the caller's
// [Settings.OpenRequests] numbered slots. So the count is exact, and concurrent requests rarely conflict.
//
// A free place stays free (see [Terms.keeps]), so leaving it writes nothing: the next request replaces the row, on
// condition that it is unchanged.
type pending struct {
	Elevation string `json:"elevation"`
	// Renews keeps the session's place too, while it is active: the renewal may be withdrawn.
	Renews string `json:"renews,omitempty"`
}

func (p pending) ids() []string {
	if p.Renews == "" {
		return []string{p.Elevation}
	}
	return []string{p.Elevation, p.Renews}
}

// places are what a request takes, as they were read.
type places struct {
	session, slot record.Stored[pending]
	breakGlass    record.Stored[breakGlassList]
	withdrew      withdrawals
}

func (p places) same(q places) bool {
	return p.slot.Row.Key == q.slot.Row.Key && p.slot.Row.Version == q.slot.Row.Version && p.breakGlass.Row.Version == q.breakGlass.Row.Version && p.session.Row.Version == q.session.Row.Version
}

// keeps reports whether an elevation in this state keeps the place from a request with these terms. The session's is kept
// until the end is ordered; a slot, or a session's place with overlap, only while the elevation waits.
func (t Terms) keeps(place record.Key, in State) bool {
	return in.Waits() || !t.Overlap && place == pendingKey(t) && (in == Granting || in == Active)
}

// slotPartition holds a caller's slots. A machine's are by role: a recreated role gets no new ones. A trigger's are by
// principal: one role's jobs do not block another's.
func slotPartition(t Terms) string {
	who := t.asker()
	if strings.HasPrefix(who, identity.TriggerID("")) {
		who += "#" + t.Principal.ARN
	}
	return "pending#slot#" + who
}

func slotKey(t Terms, slot int) record.Key {
	return record.AccessKey(slotPartition(t), strconv.Itoa(slot))
}

// places returns free ones. Conflict: the same is open. Denied: too many requests wait.
func (s Submission) places(ctx context.Context, c identity.Caller, t Terms) (at places, err error) {
	guess := s.guessSlot(t)
	rows, err := s.readPlaces(ctx, placeKeys(t, guess)...)
	if err != nil {
		return at, fault.Wrap(err, "reading what is pending on %s", t.Principal.ARN)
	}
	if at.session, err = record.FindRow[pending](rows, pendingKey(t)); err != nil {
		return at, err
	}
	if at.slot, err = record.FindRow[pending](rows, guess); err != nil {
		return at, err
	}
	if was, err := record.FindRow[withdrawals](rows, withdrawalsKey(t.Requester)); err == nil { // else as if there were none
		at.withdrew = was.Value
	}
	taken, err := s.taken(ctx, t, []record.Stored[pending]{at.session, at.slot})
	if err != nil {
		return at, err
	}
	if slices.ContainsFunc(taken, isAt(pendingKey(t))) {
		if err := s.openBeside(ctx, c, t, at.session.Value); err != nil {
			return at, err
		}
	}
	if s.Settings.OpenRequests < 1 || slices.ContainsFunc(taken, isAt(guess)) {
		at.slot, err = s.freeSlot(ctx, t)
	}
	if err == nil && t.BreakGlass {
		at.breakGlass, err = breakGlass(s).checkRequest(ctx, t)
	}
	return at, err
}

func placeKeys(t Terms, slot record.Key) []record.Key {
	return []record.Key{pendingKey(t), slot, withdrawalsKey(t.Requester)}
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

// openBeside is openWith for each elevation of the session's place, without the one that t renews.
func (s Submission) openBeside(ctx context.Context, c identity.Caller, t Terms, at pending) error {
	for _, id := range at.ids() {
		if id == t.Renews {
			continue
		}
		if err := s.openWith(ctx, c, t, id); err != nil {
			return err
		}
	}
	return nil
}

// openWith is a Conflict if the elevation that has the session's place still keeps it; nil if it does not.
func (s Submission) openWith(ctx context.Context, c identity.Caller, t Terms, id string) error {
	l, err := s.Load(ctx, id)
	e := l.Elevation
	switch {
	case fault.KindOf(err) == fault.NotFound:
		return nil
	case err != nil:
		return err
	case !t.keeps(pendingKey(t), e.State):
		return nil
	case reading(s).mayRead(ctx, l, c) != nil: // another caller's
		return fault.Errorf(fault.Conflict, "%s on %s is open for this session already", t.Entitlement, t.Principal.ARN)
	case e.State.Waits():
		return e.conflict("of %s on %s is %s for this session already: wait for it, or withdraw it", t.Entitlement, t.Principal.ARN, e.State)
	}
	return e.conflict("of %s on %s is open for this session until %s: end it first, or wait; its owners can allow two with overlap: true",
		t.Entitlement, t.Principal.ARN, e.Deadline.Format(time.RFC3339))
}

// freeSlot returns an unused slot, or one whose elevation waits no more. Denied: there is none.
func (s Submission) freeSlot(ctx context.Context, t Terms) (free record.Stored[pending], err error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, slotPartition(t), "")
	if err != nil {
		return free, fault.Wrap(err, "reading the open requests of %s", t.Requester.ID)
	}
	var used []record.Stored[pending]
	for _, row := range rows {
		was, err := record.FindRow[pending](record.Rows{row.Key: row}, row.Key)
		if err != nil {
			return free, err
		}
		used = append(used, was)
	}
	waiting := used
	if len(used) >= s.Settings.OpenRequests {
		if waiting, err = s.taken(ctx, t, used); err != nil {
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
		if i := slices.IndexFunc(used, isAt(k)); i >= 0 {
			was = used[i]
		}
		all = append(all, was)
	}
	if len(waiting) >= s.Settings.OpenRequests || len(all) == 0 {
		return free, tooManyOpen("%d of your requests are waiting, and the limit is %d: withdraw one, or wait until one is granted or over", len(waiting), s.Settings.OpenRequests)
	}
	return all[oneOf(t.ID, len(all))], nil
}

func isAt(k record.Key) func(record.Stored[pending]) bool {
	return func(one record.Stored[pending]) bool { return one.Row.Key == k }
}

// taken returns those whose elevation keeps them. One that cannot be read counts as well.
func (s Submission) taken(ctx context.Context, t Terms, of []record.Stored[pending]) (taken []record.Stored[pending], err error) {
	of = slices.DeleteFunc(slices.Clone(of), func(one record.Stored[pending]) bool { return !one.Exists() })
	for some := range slices.Chunk(of, record.ReadAtOnce/2) {
		var keys []record.Key
		for _, one := range some {
			for _, id := range one.Value.ids() {
				if k := ElevationKey(id); !slices.Contains(keys, k) { // BatchGetItem takes no duplicates
					keys = append(keys, k)
				}
			}
		}
		rows, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return nil, fault.Wrap(err, "reading open requests")
		}
		for _, one := range some {
			if slices.ContainsFunc(one.Value.ids(), func(id string) bool {
				row, there := rows[ElevationKey(id)]
				e, err := DecodeElevation(row)
				return there && (err != nil || t.keeps(one.Row.Key, e.State))
			}) {
				taken = append(taken, one)
			}
		}
	}
	return taken, nil
}

// takeBack empties the row asked, so nothing can be granted. Only the sweep may delete a canary's.
func (l Life) takeBack() ([]record.Change, error) {
	if l.Terms.CanaryNet() != "" {
		return nil, nil
	}
	row, err := record.Encode(requestKey(l.Terms.ID), 2, asked{Requester: l.Terms.Requester.ID})
	return []record.Change{{If: record.Always, Row: row}}, err
}
