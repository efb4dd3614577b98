package baseline

import (
	"context"
	"errors"
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
	Confirmed   time.Time `json:"confirmed"`
	Since       time.Time `json:"since"`
	Writes      []Write   `json:"writes"`
}

// staleFor is how long after a write IAM may show a survey the old value.
const staleFor = time.Minute

// Moves returns the moves that an account's writes since yesterday (UTC) explain. The next survey finds a write whose
// record comes late.
func Moves(ctx context.Context, s record.Store, account string, now time.Time) (all []Move, err error) {
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
	for id, of := range writes {
		moves, failed := movesOf(ctx, s, id, of)
		all, err = append(all, moves...), errors.Join(err, failed)
	}
	return all, err
}

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
		if len(m.Writes) == 0 {
			continue
		}
		v, err := record.Decode[Value](record.Row{Key: currentKey(id), Body: old.Value})
		if err != nil {
			return nil, err
		}
		m.ARN = v.ARN
		all = append(all, m)
	}
	return all, nil
}
