package access

import (
	"context"
	"slices"
	"time"

	"curfew/shared/identity"
	"curfew/shared/record"
)

// withdrawals counts the requests that a requester withdrew in an hour: see [Terms.delayNotice].
type withdrawals struct {
	Since time.Time `json:"since"`
	N     int       `json:"n"`
}

func (w withdrawals) at(now time.Time) withdrawals {
	if now.Sub(w.Since) >= time.Hour {
		return withdrawals{Since: now}
	}
	return w
}

func withdrawalsKey(c identity.Caller) record.Key {
	return record.AccessKey("pending#withdrawn#"+askerOf(c), "withdrawals")
}

// readWithdrawals reads a life, without tokens, together with the withdrawals of a caller. They are nil if that read fails.
func readWithdrawals(ctx context.Context, s *Service, c identity.Caller, id string) (l Life, was *record.Stored[withdrawals], err error) {
	if ValidID(id) {
		key := withdrawalsKey(c)
		rows, failed := s.Store.Read(ctx, ElevationKey(id), TermsKey(id), key)
		found, undecoded := record.FindRow[withdrawals](rows, key)
		if failed == nil && undecoded == nil {
			was = &found
		}
		l, err = DecodeLife(id, slices.DeleteFunc(lifeRows(rows, id), expiredAt(s.Now())))
		if failed == nil && err == nil && l.Elevation.Joined == 0 {
			return l, was, nil
		}
	}
	l, err = s.Load(ctx, id)
	return l, was, err
}

// countWithdrawal fails no withdrawal. was is nil if it is not read.
func countWithdrawal(ctx context.Context, s *Service, c identity.Caller, was *record.Stored[withdrawals]) []record.Change {
	now := s.Instant()
	var err error
	if was == nil {
		var read record.Stored[withdrawals]
		read, err = record.Get[withdrawals](ctx, s.Store, withdrawalsKey(c))
		was = &read
	}
	next := was.Value.at(now)
	next.N++
	if err == nil {
		var put record.Change
		if put, err = was.Put(next, now.Add(time.Hour)); err == nil {
			return []record.Change{put}
		}
	}
	s.Log.WarnContext(ctx, "withdrawal not counted", "requester", c.ID, "error", err)
	return nil
}

const (
	// toldAtOnce is the number of requests in an hour that are withdrawn and told at once.
	toldAtOnce = 3
	toldEvery  = 15 * time.Minute
)

// delayNotice leaves a request after withdrawals to the sweep, which tells approvers at TellAt if it still waits. The first
// may be of a person who mistyped: it is told soon. Later ones until a quarter of an hour are one message.
func (t Terms) delayNotice(e Elevation, w withdrawals) Elevation {
	w = w.at(t.RequestedAt)
	if e.State != Requested || w.N < toldAtOnce {
		return e
	}
	at := t.RequestedAt.Add(AnswerWithin)
	if w.N > toldAtOnce {
		at = t.RequestedAt.Truncate(toldEvery).Add(toldEvery)
	}
	e.Withdrew, e.TellAt = w.N, earliest(at, record.Instant(t.RequestedAt.Add(t.DecideBy.Sub(t.RequestedAt)/4)))
	return e
}
