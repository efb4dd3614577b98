package access

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
)

// A caller may have [Settings.OpenRequests] requests that wait, whatever session names they choose: each takes one of as
// many numbered places, and its transaction puts the place's row only if it is absent. So the count is exact, and requests
// that come at once rarely collide.

// placePartition holds the places of one caller. The requests of a trigger count per principal: its events, not a caller,
// choose how many there are, and one role's jobs must not keep another's from starting.
func placePartition(e Elevation) string {
	partition := "pending#place#" + e.Requester
	if strings.HasPrefix(e.Requester, TriggerRef("")) {
		partition += "#" + e.Principal.ARN
	}
	return partition
}

func placeKey(e Elevation) Key { return accessKey(placePartition(e), e.Place) }

// errPlaceTaken: a rival took the place in this moment.
var errPlaceTaken = errors.New("the place was taken")

// freePlace returns a place that no request of the caller takes. Denied: there is none.
func (s *Service) freePlace(ctx context.Context, e Elevation) (string, error) {
	rows, err := s.Store.Partition(ctx, AccessTable, placePartition(e), "")
	if err != nil {
		return "", wrap(err, "reading the open requests of %s", e.Requester)
	}
	if len(rows) >= s.Settings.OpenRequests {
		if rows, err = s.clearPlaces(ctx, rows); err != nil {
			return "", err
		}
	}
	var free []string
	for n := range s.Settings.OpenRequests {
		place := strconv.Itoa(n)
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.Key.Sort == place }) {
			free = append(free, place)
		}
	}
	if len(rows) >= s.Settings.OpenRequests || len(free) == 0 {
		return "", deny("curfew.open", "you have %d requests open, and %d is the limit: withdraw one, or wait until one is granted or over", len(rows), s.Settings.OpenRequests)
	}
	h := fnv.New32a()
	h.Write([]byte(e.ID)) // rivals choose different places
	return free[int(h.Sum32()%uint32(len(free)))], nil
}

// clearPlaces deletes the places that no request takes any more, as after a table was restored, and returns the others.
func (s *Service) clearPlaces(ctx context.Context, rows []Row) (kept []Row, err error) {
	for some := range slices.Chunk(rows, readAtOnce) {
		var keys []Key
		for _, row := range some {
			was, err := decode[pending](row)
			if err != nil {
				return nil, err
			}
			keys = append(keys, elevationKey(was.Elevation))
		}
		found, err := s.Store.Read(ctx, keys...)
		if err != nil {
			return nil, wrap(err, "reading open requests")
		}
		for i, row := range some {
			e, err := read[Elevation](found[keys[i]])
			if _, there := found[keys[i]]; there && (err != nil || e.State.waits()) {
				kept = append(kept, row)
				continue
			}
			gone := s.Store.Write(ctx, Change{If: Unchanged, Version: row.Version, Do: Delete, Row: row})
			if gone != nil && KindOf(gone) != Conflict {
				return nil, wrap(gone, "clearing a place")
			}
		}
	}
	return kept, nil
}
