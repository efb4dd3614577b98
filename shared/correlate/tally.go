package correlate

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// Route is how records come.
type Route string

// The routes.
const (
	ByBus   Route = "bus"
	ByFiles Route = "files"
)

// shards spread the records of one subject and hour. counted bounds the ids of one shard, and kept the names in each of
// its tables: a row stays below 400 KB.
const (
	shards  = 4
	counted = 2000
	kept    = 200
)

// keptFor is how long usage is stored.
const keptFor = 400 * 24 * time.Hour

// place is where a record is counted. subject is an elevation's id, or a principal's for its own policies.
type place struct {
	subject string
	hour    int64 // since 1970
	shard   byte
	route   Route
}

func placeOf(subject string, route Route, r *trail.Record) place {
	id := r.Key()
	return place{subject, r.Time.Unix() / 3600, id[len(id)-1] % shards, route}
}

func usagePartition(subject string) string { return "usage#" + subject }

const hourForm = "2006-01-02T15"

func hourText(hour int64) string { return time.Unix(hour*3600, 0).UTC().Format(hourForm) }

func (p place) key() record.Key {
	return record.AccessKey(usagePartition(p.subject), hourText(p.hour)+"#"+string(p.route)+"#"+strconv.Itoa(int(p.shard)))
}

// tally is one row: the counts, and the ids that they count.
type tally struct {
	Usage *trail.Usage `json:"usage"`
	IDs   idSet        `json:"ids"`
	// Beyond counts records after the first 2,000. Those of the bus are not in Usage. Those of files are, and after a crash may be twice.
	Beyond int64 `json:"beyond,omitempty"`
	// Elsewhere are records that the bus counted here, and the files for another subject.
	Elsewhere idSet `json:"elsewhere,omitempty"`
}

// with makes a stored tally one that is continued with the key.
func (t tally) with(key trail.Key) tally {
	was := t.Usage
	t.Usage = trail.NewUsage(key)
	if was != nil {
		t.Usage.Merge(was)
	}
	return t
}

// add counts a record, unless it was counted before. changed: the row is to be stored.
func (t *tally) add(route Route, r *trail.Record, v *trail.Verdict) (changed bool) {
	id := r.Key()
	switch {
	case t.IDs.has(id):
		return false
	case len(t.IDs)/idSize < counted:
		t.IDs.insert(id)
	case route == ByBus:
		t.Beyond++
		return true
	default:
		t.Beyond++
	}
	t.Usage.Add(r, v)
	t.Usage.Bound(kept)
	return true
}

// addElsewhere notes a record that counts for another subject.
func (t *tally) addElsewhere(r *trail.Record) (changed bool) {
	id := r.Key()
	if t.Elsewhere.has(id) || len(t.Elsewhere)/idSize >= counted {
		return false
	}
	t.Elsewhere.insert(id)
	return true
}

// covers reports whether the files have all that the bus brought.
func (t *tally) covers(bus *tally) bool {
	for i := 0; i < len(bus.IDs); i += idSize {
		id := [16]byte(append(slices.Clone(bus.IDs[i:i+idSize]), make([]byte, idSize)...))
		if !t.IDs.has(id) && !t.Elsewhere.has(id) {
			return false
		}
	}
	return true
}

// idSet is a sorted list of the first 8 bytes of record ids.
type idSet []byte

const idSize = 8

func (s idSet) find(id [16]byte) (at int, there bool) {
	at, end := 0, len(s)/idSize
	for at < end {
		mid := (at + end) / 2
		switch c := bytes.Compare(s[mid*idSize:(mid+1)*idSize], id[:idSize]); {
		case c == 0:
			return mid * idSize, true
		case c < 0:
			at = mid + 1
		default:
			end = mid
		}
	}
	return at * idSize, false
}

func (s idSet) has(id [16]byte) bool {
	_, there := s.find(id)
	return there
}

func (s *idSet) insert(id [16]byte) {
	at, there := s.find(id)
	if !there {
		*s = slices.Insert(*s, at, id[:idSize]...)
	}
}

// MarshalText writes base64.
func (s idSet) MarshalText() ([]byte, error) { return base64.StdEncoding.AppendEncode(nil, s), nil }

// UnmarshalText reads it. Internal: not a list of ids.
func (s *idSet) UnmarshalText(text []byte) (err error) {
	if *s, err = base64.StdEncoding.AppendDecode(nil, text); err == nil && len(*s)%idSize != 0 {
		err = fmt.Errorf("%d bytes of ids", len(*s))
	}
	if err != nil {
		return fault.Errorf(fault.Internal, "%w", err)
	}
	return nil
}
