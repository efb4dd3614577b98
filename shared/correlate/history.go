package correlate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"curfew/shared/detection"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trail"
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
	// More than one transaction may hold is stored in parts: each State is for itself, and a repetition changes nothing.
	for some := range slices.Chunk(changes, record.MaxChanges) {
		if err := h.Store.Write(ctx, some...); fault.KindOf(err) == fault.Conflict {
			return detection.ErrConflict
		} else if err != nil {
			return err
		}
	}
	return nil
}

// addresses is a row: from where a principal called, with the record that showed it first.
type addresses struct {
	Seen map[string]sighting `json:"seen"`
}

type sighting struct {
	Event string `json:"event"`
	Day   int64  `json:"day"` // since 1970, of the last
}

// Bounds of addresses.
const (
	addressesKept = 200
	addressDays   = 30
)

func addressesKey(principalID string) record.Key {
	return record.AccessKey("history#addresses", principalID)
}

// learnAddresses reads and extends from where elevated principals call.
func (s *watcher) learnAddresses(ctx context.Context, all []judged) error {
	for _, j := range all {
		if j.verdict.Right != trail.ByElevation || !isAddress(j.Address) || j.Time.IsZero() {
			continue
		}
		id, day := j.Identity.Actor().PrincipalID, j.Time.Unix()/86400
		s.mu.Lock()
		seen, known := s.addresses[id].Seen[j.Address]
		s.mu.Unlock()
		if known && seen.Day >= day {
			continue
		}
		var now addresses
		err := record.UpdateRow(ctx, s.Store, "addresses of "+id, addressesKey(id), func(was record.Stored[addresses]) ([]record.Change, error) {
			now = addresses{maps.Clone(was.Value.Seen)}
			if !now.add(j.Address, eventOf(j.Record), day) {
				return nil, nil
			}
			put, err := was.Put(now, j.Time.AddDate(0, 0, addressDays+1))
			return []record.Change{put}, err
		})
		if err != nil {
			return err
		}
		s.mu.Lock()
		if len(s.addresses) >= keptPeople {
			clear(s.addresses)
		}
		s.addresses[id] = now
		s.mu.Unlock()
	}
	return nil
}

// add notes an address. The first of all is noted without an event: it is not new.
func (a *addresses) add(address, event string, day int64) (changed bool) {
	maps.DeleteFunc(a.Seen, func(_ string, s sighting) bool { return s.Day < day-addressDays })
	was, known := a.Seen[address]
	switch {
	case known && was.Day >= day:
		return false
	case known:
		was.Day = day
		a.Seen[address] = was
		return true
	case len(a.Seen) >= addressesKept:
		return false
	case len(a.Seen) == 0:
		a.Seen, event = map[string]sighting{}, ""
	}
	a.Seen[address] = sighting{event, day}
	return true
}

// origin says whether a principal called from an address before. The record that showed the address first says "new" again when it is
// repeated.
func (s *watcher) origin(j judged) detection.Origin {
	if j.verdict.Right != trail.ByElevation || !isAddress(j.Address) {
		return detection.OriginUnknown
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, known := s.addresses[j.Identity.Actor().PrincipalID].Seen[j.Address]
	switch {
	case !known:
		return detection.OriginUnknown
	case seen.Event == eventOf(j.Record):
		return detection.OriginNew
	}
	return detection.OriginKnown
}

func eventOf(r *trail.Record) string { return r.ID + "@" + r.Account }

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
