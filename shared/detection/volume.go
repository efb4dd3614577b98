package detection

import (
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strconv"
)

const (
	maxHashes = 1024 // of event ids in a Sketch
	maxDays   = 14   // compared by Volume
	day       = 24 * 3600
)

// add counts an event in its window and notes the highest count of its day. It reports whether the count is unusual.
func (v *Volume) add(window, usual *State, o observation) bool {
	n := count(window, o.id)
	today := o.at / day
	if n > usual.Days[today] {
		days := maps.Clone(usual.Days)
		if days == nil {
			days = map[int64]int64{}
		}
		days[today] = n
		for _, oldest := range slices.Sorted(maps.Keys(days)) {
			if len(days) > maxDays {
				delete(days, oldest)
			}
		}
		usual.Days = days
	}
	most := int64(v.Floor)
	for d, highest := range usual.Days {
		if d < today {
			most = max(most, highest)
		}
	}
	return n >= int64(v.Times)*most
}

// count adds an id to a sketch and returns the number of distinct ids: exact up to maxHashes, then an estimate from the
// greatest of the smallest hashes (Bar-Yossef et al., "Counting distinct elements in a data stream", 2002). Neither
// order nor repetition counts.
func count(s *State, id string) int64 {
	h, err := strconv.ParseUint(id, 16, 64)
	if err != nil { // impossible: hash made it
		return 0
	}
	hashes := make([]uint64, 0, len(s.Sketch)/8+1)
	for i := 0; i+8 <= len(s.Sketch); i += 8 {
		hashes = append(hashes, binary.BigEndian.Uint64(s.Sketch[i:]))
	}
	at, there := slices.BinarySearch(hashes, h)
	if !there && at < maxHashes {
		hashes = slices.Insert(hashes, at, h)
		hashes = hashes[:min(len(hashes), maxHashes)]
		s.Sketch = make([]byte, 0, 8*len(hashes))
		for _, h := range hashes {
			s.Sketch = binary.BigEndian.AppendUint64(s.Sketch, h)
		}
	}
	if len(hashes) < maxHashes {
		return int64(len(hashes))
	}
	return int64(float64(maxHashes-1) / (float64(hashes[maxHashes-1]) / math.MaxUint64))
}
