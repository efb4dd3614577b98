package correlate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// history is [detection.History] in rows that expire.
type history struct{ record.Base }

// historyKey: a subject may be longer than a key.
func historyKey(k detection.Key) record.Key {
	sum := sha256.Sum256([]byte(k.Subject))
	return record.AccessKey("history#"+k.Detection+"#"+hex.EncodeToString(sum[:16]), fmt.Sprintf("%d", k.Window))
}

// Load is [detection.History.Load].
func (h history) Load(ctx context.Context, keys []detection.Key) (map[detection.Key]detection.State, error) {
	found := map[detection.Key]detection.State{}
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		var at []record.Key
		for _, k := range some {
			at = append(at, historyKey(k))
		}
		rows, err := h.Store.Read(ctx, at...)
		if err != nil {
			return nil, err
		}
		for i, k := range some {
			was, err := record.FindRow[detection.State](rows, at[i])
			if err != nil {
				return nil, err
			}
			if was.Exists() {
				was.Value.Version = was.Row.Version
				found[k] = was.Value
			}
		}
	}
	return found, nil
}

// Save is [detection.History.Save].
func (h history) Save(ctx context.Context, states map[detection.Key]detection.State) error {
	var changes []record.Change
	for k, s := range states {
		was := record.Stored[detection.State]{Row: record.Row{Key: historyKey(k), Version: s.Version}}
		put, err := was.Put(s, s.Until)
		if err != nil {
			return err
		}
		changes = append(changes, put)
	}
	// Parts of several transactions: each State stands alone, and a repetition changes nothing.
	for some := range slices.Chunk(changes, record.MaxChanges) {
		if err := h.Store.Write(ctx, some...); fault.KindOf(err) == fault.Conflict {
			return detection.ErrConflict
		} else if err != nil {
			return err
		}
	}
	return nil
}
