package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/review"
)

// Submission creates requests.
type Submission struct{ *Service }

type repeat struct {
	Elevation string `json:"elevation"`
	Request   string `json:"request"` // SHA-256
}

func (r Request) sum() string {
	b, err := json.Marshal(r)
	if err != nil { // cannot fail
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// repeated returns what an idempotency key stands for, or an empty life. Refusals keep no key. The change takes the key
// on condition that it is unchanged.
func (s Submission) repeated(ctx context.Context, c identity.Caller, r Request) (Life, record.Change, error) {
	take := record.Change{If: record.Absent}
	if r.IdempotencyKey == "" {
		return Life{}, take, nil
	}
	key := idempotencyKey(c.ID, r.IdempotencyKey)
	rows, err := s.Store.Read(ctx, key)
	if err != nil {
		return Life{}, take, fault.Wrap(err, "reading an idempotency key of %s", c.ID)
	}
	row, ok := rows[key]
	if !ok {
		return Life{}, take, nil
	}
	if !s.Now().Before(row.Expires) { // TTL may be days late
		return Life{}, record.Change{If: record.Unchanged, Version: row.Version}, nil
	}
	was, err := record.Decode[repeat](row)
	if err != nil {
		return Life{}, take, err
	}
	if was.Request != r.sum() {
		return Life{}, take, &fault.Error{Kind: fault.Conflict, Text: "this idempotency key was used for another request", By: []string{ReasonKeyReused}}
	}
	l, err := s.Load(ctx, was.Elevation)
	return l, take, err
}

func requestRows(c identity.Caller, t Terms, a asked, e Elevation, r Request, key record.Change) ([]record.Change, error) {
	changes, err := record.AddRow(nil, nil, func() (record.Row, error) { return record.Encode(TermsKey(t.ID), 1, t) })
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		return record.Encode(askedKey(t), 1, a)
	})
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		row, err := record.Encode(pendingKey(t), 1, pending{t.ID})
		row.Expires = t.LatestEnd.Add(time.Hour) // fallback: the end deletes it
		return row, err
	})
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		row, err := record.Encode(slotKey(t, e.Slot), 1, pending{t.ID})
		row.Expires = t.LatestEnd.Add(time.Hour)
		return row, err
	})
	if err == nil && r.IdempotencyKey != "" {
		key.Row, err = record.Encode(idempotencyKey(c.ID, r.IdempotencyKey), key.Version+1, repeat{t.ID, r.sum()})
		key.Row.Expires = t.RequestedAt.Add(idempotentIn)
		changes = append(changes, key)
	}
	if err == nil && t.BreakGlass {
		open, failed := review.Open(t.ID, t.Requester, t.Reviewers, t.RequestedAt)
		changes, err = append(changes, open), failed
	}
	return changes, err
}

// rival explains a lost transaction: a lost answer, the caller's own retry, or a pending request of the session. A
// pending row of an ended elevation does not count. errSlotTaken: only the slot.
func (s Submission) rival(ctx context.Context, c identity.Caller, t Terms, e Elevation, r Request) (Elevation, error) {
	if done, _, err := s.repeated(ctx, c, r); err != nil || done.Elevation.ID != "" {
		return done.Elevation, err
	}
	if l, err := s.Load(ctx, t.ID); err == nil { // stored, but the answer was lost
		return l.Elevation, nil
	}
	rows, err := s.Store.Read(ctx, pendingKey(t), slotKey(t, e.Slot))
	if err != nil {
		return Elevation{}, fault.Wrap(err, "reading what is pending on %s", t.Principal.ARN)
	}
	row, ok := rows[pendingKey(t)]
	if _, taken := rows[slotKey(t, e.Slot)]; taken && !ok {
		return Elevation{}, errSlotTaken
	}
	if !ok {
		return Elevation{}, fault.Errorf(fault.Transient, "a concurrent request just ended: try again")
	}
	was, err := record.Decode[pending](row)
	if err != nil {
		return Elevation{}, err
	}
	return Elevation{}, s.stillPending(ctx, c, t, was.Elevation, row)
}

func (s Submission) stillPending(ctx context.Context, c identity.Caller, t Terms, id string, row record.Row) error {
	if err := s.pendingWith(ctx, c, t, id); err != nil {
		return err
	}
	if err := s.Store.Write(ctx, record.Change{If: record.Unchanged, Version: row.Version, Do: record.Delete, Row: row}); err != nil && fault.KindOf(err) != fault.Conflict {
		return fault.Wrap(err, "clearing what was left pending on %s", t.Principal.ARN)
	}
	return fault.Errorf(fault.Transient, "an old pending request was removed: try again")
}

// pendingWith is a Conflict if the elevation that has the place still waits; nil if it does not.
func (s Submission) pendingWith(ctx context.Context, c identity.Caller, t Terms, id string) error {
	l, err := s.Load(ctx, id)
	if err == nil && (l.Elevation.State == Requested || l.Elevation.State == Approved) {
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

func tooManyOpen(waiting, limit int) error {
	return &fault.Error{Kind: fault.Denied, By: []string{ReasonOpen}, RetryAfter: time.Minute,
		Text: fmt.Sprintf("%d of your requests are waiting, and the limit is %d: withdraw one, or wait until one is granted or over", waiting, limit)}
}

var errSlotTaken = errors.New("the slot was taken")

// guessSlot reads nothing: the slot is nearly always free, and the transaction checks.
func (s Submission) guessSlot(t Terms) string {
	return strconv.Itoa(oneOf(t.ID, max(1, s.Settings.OpenRequests)))
}

// oneOf spreads concurrent requests over 0..n-1.
func oneOf(id string, n int) int {
	h := fnv.New32a()
	h.Write([]byte(id))
	return int(h.Sum32() % uint32(n))
}

// freeSlot returns an unused slot. Denied: none.
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
		return "", tooManyOpen(len(rows), s.Settings.OpenRequests)
	}
	return free[oneOf(t.ID, len(free))], nil
}

// clearSlots deletes slots without a waiting request.
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
