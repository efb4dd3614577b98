package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// pending is what keeps the same session from asking for the same thing twice at a time.
type pending struct {
	Elevation string `json:"elevation"`
}

// repeat remembers a request by its idempotency key.
type repeat struct {
	Elevation string `json:"elevation"`
	Request   string `json:"request"` // SHA-256 of it
}

func (r Request) sum() string {
	b, err := json.Marshal(r)
	if err != nil { // strings, times and numbers only: nothing that could fail
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// repeated finds what a request with an idempotency key has already become; an empty life if nothing. A request that was
// refused left nothing under its key, and is decided anew. The change takes the key, on the condition that it is still
// as it was found.
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

// ReasonKeyReused is the reason of a Conflict over an idempotency key.
const ReasonKeyReused = "curfew.idempotency-key"

// requestRows are the rows that are written with a new request beside its elevation.
func requestRows(c identity.Caller, t Terms, a asked, e Elevation, r Request, key record.Change) ([]record.Change, error) {
	changes, err := record.AddRow(nil, nil, func() (record.Row, error) { return record.Encode(TermsKey(t.ID), 1, t) })
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		return record.Encode(askedKey(t), 1, a)
	})
	changes, err = record.AddRow(changes, err, func() (record.Row, error) {
		row, err := record.Encode(pendingKey(t), 1, pending{t.ID})
		row.Expires = t.LatestEnd.Add(time.Hour) // taken away by whoever ends it; this is for what nobody could
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
		open, failed := openReview(t)
		changes, err = append(changes, open), failed
	}
	return changes, err
}

// rival answers a request that lost its transaction: to itself, to the same request of the same caller, or to a pending
// one of the same session. What is pending but over was left behind by a fault, and does not count. errSlotTaken: only the
// slot is another's.
func (s Submission) rival(ctx context.Context, c identity.Caller, t Terms, e Elevation, r Request) (Elevation, error) {
	if done, _, err := s.repeated(ctx, c, r); err != nil || done.Elevation.ID != "" {
		return done.Elevation, err
	}
	if l, err := s.Load(ctx, t.ID); err == nil { // the store wrote it, and the answer was lost
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
		return Elevation{}, fault.Errorf(fault.Transient, "a rival request just ended: try again")
	}
	was, err := record.Decode[pending](row)
	if err != nil {
		return Elevation{}, err
	}
	return Elevation{}, s.stillPending(ctx, c, t, was.Elevation, row)
}

func (s Submission) stillPending(ctx context.Context, c identity.Caller, t Terms, id string, row record.Row) error {
	l, err := s.Load(ctx, id)
	if err == nil && (l.Elevation.State == Requested || l.Elevation.State == Approved) {
		if (reading{s.Service}).mayRead(ctx, l, c) != nil { // somebody else's, for a session of the same name
			return fault.Errorf(fault.Conflict, "%s on %s is pending for this session already", t.Entitlement, t.Principal.ARN)
		}
		return fault.Errorf(fault.Conflict, "%s on %s is pending for this session already: elevation %s", t.Entitlement, t.Principal.ARN, id)
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if err := s.Store.Write(ctx, record.Change{If: record.Unchanged, Version: row.Version, Do: record.Delete, Row: row}); err != nil && fault.KindOf(err) != fault.Conflict {
		return fault.Wrap(err, "clearing what was left pending on %s", t.Principal.ARN)
	}
	return fault.Errorf(fault.Transient, "a request left pending was cleared: try again")
}

// unpend frees what a request takes while it waits. Both rows are deleted whatever they say: the same transaction moves the
// elevation, and no other request takes them before.
func unpend(l Life) []record.Change {
	free := []record.Change{{If: record.Always, Do: record.Delete, Row: record.Row{Key: pendingKey(l.Terms)}}}
	if l.Elevation.Slot != "" {
		free = append(free, record.Change{If: record.Always, Do: record.Delete, Row: record.Row{Key: slotKey(l.Terms, l.Elevation.Slot)}})
	}
	return free
}
