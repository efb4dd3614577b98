package baseline

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Write is an allowed change of a principal by a writer that the catalog names, as CloudTrail recorded it.
type Write struct {
	Event       string    `json:"event"`
	At          time.Time `json:"at"`
	Writer      string    `json:"writer"` // ARN
	Call        string    `json:"call"`
	PrincipalID string    `json:"principal_id"`
}

func writesPartition(account string) string { return "history#iac-" + account }

// NoteWrite returns the row of a write. It is idempotent.
func NoteWrite(account string, w Write) (record.Change, error) {
	row, err := record.Encode(record.AccessKey(writesPartition(account), w.At.Format(time.RFC3339)+"#"+w.Event), 1, w)
	row.Expires = w.At.Add(30 * 24 * time.Hour)
	return record.Change{If: record.Always, Row: row}, err
}

// Move is a new value of a principal that writes explain. Surveys saw the old one until Confirmed, the new one from Since.
type Move struct {
	PrincipalID string    `json:"principal_id"`
	ARN         string    `json:"arn"`
	Before      string    `json:"before"` // SHA-256 of the value
	After       string    `json:"after"`
	Differs     []string  `json:"differs"`
	Confirmed   time.Time `json:"confirmed"`
	Since       time.Time `json:"since"`
	Writes      []Write   `json:"writes"`
}

// staleFor is how long after a write IAM may show a survey the old value.
const staleFor = time.Minute

// Moves returns the moves that an account's writes since yesterday (UTC) explain. The next survey finds a write whose
// record comes late.
func Moves(ctx context.Context, s record.Store, account string, now time.Time) (all []Move, err error) {
	writes, err := writesIn(ctx, s, account, now)
	for id, of := range writes {
		moves, failed := movesOf(ctx, s, id, of)
		all, err = append(all, slices.DeleteFunc(moves, func(m Move) bool { return len(m.Writes) == 0 })...), errors.Join(err, failed)
	}
	return all, err
}

// explainedWithin is how long the record of a write may take: log files usually come in about 5 minutes, not guaranteed.
// So wait four times that.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
const explainedWithin = 20 * time.Minute

// Unexplained returns the moves of an account that no write explains, once each. done forgets them: call it when they are reported.
func Unexplained(ctx context.Context, s record.Store, account string, now time.Time) (all []Move, done func() error, err error) {
	saw, err := record.Get[surveyed](ctx, s, surveyKey(account))
	if err != nil {
		return nil, nil, fault.Wrap(err, "reading the survey of account %s", account)
	}
	due := maps.Clone(saw.Value.Moved)
	maps.DeleteFunc(due, func(_ string, at time.Time) bool { return now.Before(at.Add(explainedWithin)) })
	if len(due) == 0 {
		return nil, func() error { return nil }, nil
	}
	writes, err := writesIn(ctx, s, account, now)
	for id, since := range due {
		moves, failed := movesOf(ctx, s, id, writes[id])
		all, err = append(all, slices.DeleteFunc(moves, func(m Move) bool { return len(m.Writes) > 0 || !m.Since.Equal(since) })...), errors.Join(err, failed)
	}
	return all, func() error {
		return record.UpdateRow(ctx, s, "moves", surveyKey(account), func(was record.Stored[surveyed]) ([]record.Change, error) {
			next := was.Value
			next.Moved = maps.Clone(next.Moved)
			maps.DeleteFunc(next.Moved, func(id string, at time.Time) bool { return due[id].Equal(at) })
			put, err := was.Put(next, time.Time{})
			return []record.Change{put}, err
		})
	}, err
}

// writesIn are the noted writes of an account since yesterday, by unique id.
func writesIn(ctx context.Context, s record.Store, account string, now time.Time) (map[string][]Write, error) {
	writes := map[string][]Write{}
	for _, back := range []int{-1, 0} {
		rows, err := s.Partition(ctx, record.AccessTable, writesPartition(account), now.UTC().AddDate(0, 0, back).Format(time.DateOnly))
		if err != nil {
			return nil, fault.Wrap(err, "reading the writes in account %s", account)
		}
		for _, row := range rows {
			w, err := record.Decode[Write](row)
			if err != nil {
				return nil, err
			}
			writes[w.PrincipalID] = append(writes[w.PrincipalID], w)
		}
	}
	return writes, nil
}

// movesOf returns all moves of a principal, each with the writes that explain it.
func movesOf(ctx context.Context, s record.Store, id string, writes []Write) (all []Move, err error) {
	rows, err := s.Partition(ctx, record.AccessTable, currentKey(id).Partition, "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the baselines of %s", id)
	}
	versions := make([]stored, 0, len(rows)) // in order of their instants: "current" is last
	for _, row := range rows {
		v, err := record.Decode[stored](row)
		if err != nil {
			return nil, err
		}
		versions = append(versions, v)
	}
	for i := range max(0, len(versions)-1) {
		old, next := versions[i], versions[i+1]
		m := Move{PrincipalID: id, Before: old.Hash, After: next.Hash, Confirmed: old.Until, Since: next.Since}
		m.Writes = slices.DeleteFunc(slices.Clone(writes), func(w Write) bool { // a survey that began after a write saw the old value: it moved nothing
			return w.At.Before(old.Since) || !w.At.Before(next.Since) || old.Until.After(w.At.Add(staleFor))
		})
		before, err := record.Decode[Value](record.Row{Key: currentKey(id), Body: old.Value})
		if err != nil {
			return nil, err
		}
		after, err := record.Decode[Value](record.Row{Key: currentKey(id), Body: next.Value})
		if err != nil {
			return nil, err
		}
		m.ARN, m.Differs = before.ARN, before.differs(after)
		all = append(all, m)
	}
	return all, nil
}
