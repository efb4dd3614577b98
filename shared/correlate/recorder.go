package correlate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// usageRecorder makes evidence of an account's settled days.
type usageRecorder struct {
	record.Base
	account string
}

// recordedDay is a row: what the newest evidence of a subject's day says.
type recordedDay struct {
	Seen int64  `json:"seen"`           // [marked.Changed]
	Says string `json:"says,omitempty"` // hash of its detail; empty: there were no calls
}

const recordedSuffix = "#recorded"

// record makes evidence of the days that settled, until the time of ctx is nearly over. Two days before today are looked
// at again: late files change them. It returns how many records it made.
func (s usageRecorder) record(ctx context.Context, first time.Time) (n int, failed error) {
	reader, err := newUsageReader(ctx, s.Base, s.account)
	if err != nil {
		return 0, err
	}
	from, until := first.AddDate(0, 0, -1), reader.applied.Recorded
	switch {
	case until.IsZero():
		from = first // no files of days before were listed
	case until.Before(from):
		from = until
	}
	for day := from; !day.AddDate(0, 0, 1).After(reader.applied.Settled); day = day.AddDate(0, 0, 1) {
		made, err := s.recordDay(ctx, reader, day)
		n += made
		if failed = errors.Join(failed, err); !hasTime(ctx) {
			break
		}
		if failed == nil && day.AddDate(0, 0, 1).After(until) {
			failed = s.recordSettled(ctx, day)
		}
	}
	return n, failed
}

// recordDay makes evidence of the subjects of a day. One that fails stops no other.
func (s usageRecorder) recordDay(ctx context.Context, reader usageReader, day time.Time) (n int, failed error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, marksPartition(s.account), markSort(day, ""))
	if err != nil {
		return 0, err
	}
	seen := map[string]int64{}
	for _, row := range rows {
		if sort, is := strings.CutSuffix(row.Key.Sort, recordedSuffix); is {
			was, err := record.Decode[recordedDay](row)
			seen[sort], failed = was.Seen, errors.Join(failed, err)
		}
	}
	for _, row := range rows {
		if strings.HasSuffix(row.Key.Sort, recordedSuffix) || !hasTime(ctx) {
			continue
		}
		mark, err := record.Decode[marked](row)
		if err == nil && mark.Changed != seen[row.Key.Sort] {
			_, subject, _ := strings.Cut(row.Key.Sort, "#")
			var made bool
			if made, err = s.recordSubject(ctx, reader, day, subject, mark); made {
				n++
			}
		}
		failed = errors.Join(failed, fault.Wrap(err, "the usage of %s", row.Key.Sort))
	}
	return n, failed
}

func (s usageRecorder) recordSubject(ctx context.Context, reader usageReader, day time.Time, subject string, mark marked) (made bool, err error) {
	used, err := reader.read(ctx, subject, day.Format(time.DateOnly))
	if err != nil {
		return false, err
	}
	detail := dailyOf(s.account, day, mark, used)
	detail.AtLeast = detail.AtLeast || len(reader.applied.unproven(day, day.AddDate(0, 0, 1))) > 0
	next := recordedDay{Seen: mark.Changed}
	if used.Events > 0 {
		text, err := evidence.Canonical(detail)
		if err != nil {
			return false, fault.Errorf(fault.Internal, "%w", err)
		}
		sum := sha256.Sum256(text)
		next.Says = hex.EncodeToString(sum[:])
	}
	key := record.AccessKey(marksPartition(s.account), markSort(day, subject)+recordedSuffix)
	err = s.write(ctx, usagePartition(subject), func(add adder) ([]record.Change, error) {
		was, err := record.Get[recordedDay](ctx, s.Store, key)
		if err != nil {
			return nil, err
		}
		put, err := was.Put(next, day.Add(keptFor))
		if made = was.Value.Says != next.Says; !made || err != nil {
			return []record.Change{put}, err
		}
		return add(evidence.Entry{Kind: "usage.counted", Detail: detail}, put)
	})
	return made && err == nil, err
}

// settledDay is the detail of usage.settled: all calls of an account before an instant are counted, but those of unproven spans.
type settledDay struct {
	Account  string     `json:"account"`
	Until    time.Time  `json:"until"`
	Unproven []unproven `json:"unproven,omitempty"` // of its last day
}

func (s usageRecorder) recordSettled(ctx context.Context, day time.Time) error {
	until := day.AddDate(0, 0, 1)
	return s.write(ctx, usagePartition("account-"+s.account), func(add adder) ([]record.Change, error) {
		was, err := record.Get[applied](ctx, s.Store, appliedKey(s.account))
		if err != nil || !until.After(was.Value.Recorded) {
			return nil, err
		}
		next := was.Value
		next.Recorded = until
		put, err := was.Put(next, time.Time{})
		if err != nil {
			return nil, err
		}
		return add(evidence.Entry{Kind: "usage.settled", Detail: settledDay{s.account, until, next.unproven(day, until)}}, put)
	})
}

// adder returns the changes that append evidence, with another change.
type adder func(evidence.Entry, record.Change) ([]record.Change, error)

// write repeats decide after a conflict. A chain without a head is new; after a restore it is not, or its head is too old.
func (s usageRecorder) write(ctx context.Context, chain string, decide func(adder) ([]record.Change, error)) error {
	again := false
	read := func(ctx context.Context) (evidence.Head, error) {
		was, err := record.Get[record.ChainHead](ctx, s.Store, record.HeadKey(chain))
		if trusted := was.Exists() && !again; err != nil || trusted {
			again = true
			return was.Value.Head, err
		}
		return record.LastHead(ctx, s.Store, chain)
	}
	return record.Update(ctx, s.Store, "usage", read, func(head evidence.Head) ([]record.Change, error) {
		return decide(func(e evidence.Entry, with record.Change) ([]record.Change, error) {
			e.At, e.Actor = s.Instant(), "backfill"
			proof, err := record.Append(chain, &head, e)
			if err != nil {
				return nil, err
			}
			kept, err := record.KeepHead(chain, head)
			return []record.Change{proof, kept, with}, err
		})
	})
}
