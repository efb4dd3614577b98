package trail

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Key is a secret of the installation that decides which names a full [Table] keeps: a caller who knew it could evict
// names of others. Only usages with one key can be merged.
type Key [32]byte

// rank orders names unpredictably. No caller sees a rank, so a cut hash of key and name is enough.
func (k *Key) rank(name string) uint64 {
	var buffer [256]byte
	sum := sha256.Sum256(append(append(buffer[:0], k[:]...), name...))
	return binary.BigEndian.Uint64(sum[:])
}

func (k *Key) name() string { return strconv.FormatUint(k.rank("\x00"), 16) }

// Count counts events.
type Count struct {
	Events int64 `json:"events"`
	First  int64 `json:"first"` // seconds since 1970
	Last   int64 `json:"last"`

	rank uint64 // of its name, once its table is full
}

func (c *Count) sum(o *Count) {
	c.Events += o.Events
	c.First, c.Last = min(c.First, o.First), max(c.Last, o.Last)
}

// Table counts events by name, for a bounded number of names: those of the least rank. A name is dropped only if enough
// others rank before it. So a dropped name never comes back, all events of a kept one are counted, the order of events
// does not matter, and tables can be merged.
type Table struct {
	Rows map[string]*Count `json:"rows,omitempty"`
	More int64             `json:"more,omitempty"` // events of names that are not kept

	ranked   bool // the table is full, and each row has its rank
	last     string
	lastRank uint64
}

func (t *Table) add(name string, at int64, most int, key *Key) {
	c := t.Rows[name]
	if c == nil {
		t.put(name, &Count{Events: 1, First: at, Last: at}, most, key)
		return
	}
	c.Events++
	c.First, c.Last = min(c.First, at), max(c.Last, at)
}

func (t *Table) put(name string, n *Count, most int, key *Key) {
	name = cut(clean(name))
	if c := t.Rows[name]; c != nil {
		c.sum(n)
		return
	}
	c := *n
	if len(t.Rows) >= most {
		t.findLast(key)
		c.rank = key.rank(name)
		if compareRanks(c.rank, name, t.lastRank, t.last) > 0 {
			t.More += c.Events
			return
		}
		t.More += t.Rows[t.last].Events
		delete(t.Rows, t.last)
		t.last = ""
	}
	if t.Rows == nil {
		t.Rows = map[string]*Count{}
	}
	t.Rows[strings.Clone(name)] = &c
}

// maxNameBytes bounds a name. Of a longer one the beginning is kept, with a hash.
const maxNameBytes = 200

func cut(name string) string {
	if len(name) <= maxNameBytes {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return strings.ToValidUTF8(name[:maxNameBytes-20], "") + "…" + hex.EncodeToString(sum[:8])
}

func (t *Table) findLast(key *Key) {
	if t.last != "" {
		return
	}
	for name, c := range t.Rows {
		if !t.ranked {
			c.rank = key.rank(name)
		}
		if t.last == "" || compareRanks(c.rank, name, t.lastRank, t.last) > 0 {
			t.last, t.lastRank = name, c.rank
		}
	}
	t.ranked = true
}

func compareRanks(a uint64, aName string, b uint64, bName string) int {
	return cmp.Or(cmp.Compare(a, b), cmp.Compare(aName, bName))
}

// clean is a part of a record as valid UTF-8; kept is a copy, independent of the record's text.
func clean(s string) string {
	if !utf8.ValidString(s) {
		return string([]rune(s))
	}
	return s
}

func kept(s string) string { return strings.Clone(clean(s)) }

func (t *Table) merge(o *Table, most int, key *Key) {
	t.More += o.More
	for name, c := range o.Rows {
		t.put(name, c, most, key)
	}
}

// Names returns the names of a table, most events first.
func (t *Table) Names() []string {
	return slices.SortedFunc(maps.Keys(t.Rows), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.Rows[b].Events, t.Rows[a].Events), cmp.Compare(a, b))
	})
}
