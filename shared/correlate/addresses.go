package correlate

import (
	"context"
	"maps"
	"net/netip"
	"sync"

	"curfew/shared/detection"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// addresses is a row: from where a principal called, each with the record that showed it first.
type addresses struct {
	Seen map[string]sighting `json:"seen"`
}

type sighting struct {
	Event string `json:"event"`
	Day   int64  `json:"day"` // since 1970, of the last
}

const (
	addressesKept  = 200
	addressDays    = 30
	keptPrincipals = 10_000 // in memory
)

func addressesKey(principalID string) record.Key {
	return record.AccessKey("history#addresses", principalID)
}

// origins knows from where elevated principals call. It is safe for concurrent use.
type origins struct {
	record.Base

	mu    sync.Mutex // guards the field below
	known map[string]addresses
}

// learn reads and extends it by some records. Only calls by elevations extend it: others must not make an address known.
func (s *origins) learn(ctx context.Context, all []judged) error {
	for _, j := range all {
		if !hasOrigin(j) {
			continue
		}
		id, day, extends := j.Identity.Actor().PrincipalID, j.Time.Unix()/86400, j.verdict.Right == trail.ByElevation
		s.mu.Lock()
		seen, known := s.known[id].Seen[network(j.Address)]
		s.mu.Unlock()
		if known && (!extends || seen.Day >= day) {
			continue
		}
		var now addresses
		err := record.UpdateRow(ctx, s.Store, "addresses of "+id, addressesKey(id), func(was record.Stored[addresses]) ([]record.Change, error) {
			now = addresses{maps.Clone(was.Value.Seen)}
			if !extends || !now.add(network(j.Address), eventOf(j.Record), day) {
				return nil, nil
			}
			put, err := was.Put(now, j.Time.AddDate(0, 0, addressDays+1))
			return []record.Change{put}, err
		})
		if err != nil {
			return err
		}
		s.mu.Lock()
		if len(s.known) >= keptPrincipals {
			clear(s.known)
		}
		s.known[id] = now
		s.mu.Unlock()
	}
	return nil
}

// add notes an address. The first of all has no event: it is not new.
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

// of says whether a principal called from an address before. The record that showed the address first says "new" again when it is
// repeated.
func (s *origins) of(j judged) detection.Origin {
	if !hasOrigin(j) {
		return detection.OriginUnknown
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.known[j.Identity.Actor().PrincipalID].Seen
	seen, known := all[network(j.Address)]
	switch {
	case len(all) == 0, !known && len(all) >= addressesKept:
		return detection.OriginUnknown
	case !known, seen.Event == eventOf(j.Record):
		return detection.OriginNew
	}
	return detection.OriginKnown
}

func hasOrigin(j judged) bool {
	return j.verdict.Right != trail.Other && j.verdict.Right != trail.Service && isAddress(j.Address) && !j.Time.IsZero() && j.Identity.Actor().PrincipalID != ""
}

func eventOf(r *trail.Record) string { return r.ID + "@" + r.Account }

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}

// network is the address, or for IPv6 its /64, which one host may use whole.
func network(text string) string {
	a, err := netip.ParseAddr(text)
	if err != nil || a.Unmap().Is4() {
		return text
	}
	p, err := a.Prefix(64)
	if err != nil {
		return text
	}
	return p.String()
}
