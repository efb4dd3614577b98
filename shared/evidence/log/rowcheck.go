package log

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/strictjson"
)

// rowCheck matches the rows on which a grant depended with the evidence that says the same. The two come by separate
// streams, in any order.
type rowCheck struct {
	seen   map[rowID]seenRow
	waits  map[rowID]waiting
	asked  map[rowID][16]byte // digests by elevation
	newest time.Time          // of a record or keys
	now    time.Time          // of the verifier's clock
	last   int64              // entry
}

// seenRow is what was said of a row, and by whom.
type seenRow struct {
	version int64 // of the newest
	says    [16]byte
	matched bool
	by      [16]byte // of an open request: who asked
}

// waiting has no counterpart yet. It does not keep the text of its entry.
type waiting struct {
	index int64
	at    time.Time
	row   rowName
	chain string // of a record; a row has none
	seq   int64
	says  [16]byte
	any   bool // says is not known: the detail was shortened
}

func (w *waiting) why() string {
	if w.chain == "" {
		return fmt.Sprintf("no evidence says what the row %s says", w.row)
	}
	return fmt.Sprintf("the log lacks the row %s, which it depends on", w.row)
}

func newRowCheck(now time.Time) rowCheck {
	return rowCheck{seen: map[rowID]seenRow{}, waits: map[rowID]waiting{}, asked: map[rowID][16]byte{}, now: now}
}

// row returns why a row is wrong. A late one may be older than the one before it.
func (c *rowCheck) row(index int64, r *Row, late bool) string {
	says, ok := saysRow(r)
	if !ok {
		return fmt.Sprintf("the row %.200s %.200s is not one on which a grant depends, or cannot be read", r.Partition, r.Sort)
	}
	name := rowName{id: r.Partition, sort: r.Sort}
	id := name.hash()
	was, again := c.seen[id]
	switch {
	case again && late && r.Version < was.version && was.by == [16]byte{}:
		return ""
	case again && r.Version <= was.version:
		return fmt.Sprintf("version %d of the row %s %s comes after version %d", r.Version, r.Partition, r.Sort, was.version)
	case again && was.by != [16]byte{} && takenBackBy(r) == was.by:
		was.version = r.Version
		c.seen[id] = was
		return ""
	case again:
		return fmt.Sprintf("the row %s %s was changed: such rows are written once", r.Partition, r.Sort)
	}
	now := seenRow{version: r.Version, says: says, by: askedBy(r)}
	defer func() { c.seen[id] = now }()
	w, ok := c.waits[id]
	if !ok {
		c.waits[id] = waiting{index: index, at: c.newest, row: name.clone(), says: says}
		return ""
	}
	delete(c.waits, id)
	if now.matched = true; !w.any && w.says != says {
		return fmt.Sprintf("the row %s %s says something else than record %d of %s", r.Partition, r.Sort, w.seq, w.chain)
	}
	return ""
}

func (c *rowCheck) record(index int64, r *evidence.Record) string {
	c.saw(r.At)
	if why := c.sameTerms(r); why != "" {
		return why
	}
	for _, n := range needsOf(r) {
		if why := c.need(index, r, n); why != "" {
			return why
		}
	}
	return ""
}

// sameTerms returns why a decision or a grant is not of the terms that were asked for. The request is before it in its chain.
func (c *rowCheck) sameTerms(r *evidence.Record) string {
	id, ok := strings.CutPrefix(r.Chain, elevations)
	if !ok || r.Untruncated > 0 {
		return ""
	}
	chain := rowName{id: id}.hash()
	switch r.Kind {
	case "elevation.requested", "elevation.approval", "elevation.approved", "elevation.denied", "elevation.approval-withdrawn", "elevation.granting":
		asked, known := c.asked[chain]
		if r.Seq == 1 {
			c.asked[chain] = digestIn(r.Detail)
		} else if known && asked != digestIn(r.Detail) {
			return "it is about other terms than were asked for"
		}
	}
	return ""
}

func (c *rowCheck) need(index int64, r *evidence.Record, n need) string {
	id, any := n.row.hash(), r.Untruncated > 0
	was, seen := c.seen[id]
	if !seen {
		c.waits[id] = waiting{index: index, at: r.At, row: n.row.clone(), chain: strings.Clone(r.Chain), seq: r.Seq, says: n.says, any: any}
		return ""
	}
	delete(c.waits, id)
	if was.matched {
		return fmt.Sprintf("the row %s belongs to another record", n.row)
	}
	was.matched = true
	if c.seen[id] = was; !any && was.says != n.says {
		return fmt.Sprintf("it says something else than the row %s", n.row)
	}
	return ""
}

func (c *rowCheck) unmatched() []waiting {
	var all []waiting
	for _, w := range c.waits {
		all = append(all, w)
	}
	slices.SortFunc(all, func(a, b waiting) int { return cmp.Compare(a.index, b.index) })
	return all
}

func saysRow(r *Row) (says [16]byte, ok bool) {
	body := json.RawMessage(r.Body)
	if !strictjson.IsPlainlyCanonical(r.Body) {
		var err error
		if body, err = evidence.Canonical(body); err != nil {
			return says, false
		}
	}
	switch {
	case !HasRow(r.Partition, r.Sort):
		return says, false
	case strings.HasPrefix(r.Partition, decisions), strings.HasPrefix(r.Partition, delegations):
		return hashOf(body), true
	case strings.HasPrefix(r.Partition, elevations): // the digest of terms, as people decide on it
		return hashOf(fmt.Appendf(nil, `"%x"`, sha256.Sum256(body))), true
	case strings.HasPrefix(r.Partition, signatures) && r.Sort == "signature":
		return saysSignature(strings.TrimPrefix(r.Partition, signatures), body, ""), true
	}
	return digestIn(body), r.Sort == "request" || r.Sort == "signature"
}

// asked is what an open request says.
type asked struct{ Digest, Requester, Input string }

func (a asked) by() [16]byte { return hashOf([]byte(a.Requester)) }

// askedBy returns who asked, of an open request; zero: it is none.
func askedBy(r *Row) (by [16]byte) {
	if a, ok := askedIn(r); ok && r.Version == 1 && a != (asked{}) {
		return a.by()
	}
	return by
}

// takenBackBy returns who asked, of a request that was taken back. That is the only change of a row: the request loses its
// digest and input, so that nothing can be granted.
func takenBackBy(r *Row) (by [16]byte) {
	if a, ok := askedIn(r); ok && r.Version == 2 && a == (asked{Requester: a.Requester}) {
		return a.by()
	}
	return by
}

func askedIn(r *Row) (a asked, ok bool) {
	ok = r.Sort == "request" && !strings.HasPrefix(r.Partition, decisions)
	return a, ok && json.Unmarshal([]byte(r.Body), &a) == nil
}

// clockSkew is how far the clock of a verifier may be behind.
const clockSkew = time.Hour

func (c *rowCheck) future(at time.Time) bool { return at.Sub(c.now) > clockSkew }

func (c *rowCheck) saw(at time.Time) {
	if at.After(c.newest) && !c.future(at) {
		c.newest = at
	}
}

// pendingFor is how long a stream of DynamoDB keeps what was not delivered.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
const pendingFor = 24 * time.Hour

// pendingWithin are the entries under one tile of level 1, more than a day has. Their places, unlike their dates, cannot
// be chosen.
const pendingWithin = width * width

// pends reports whether a counterpart may still come.
func (c *rowCheck) pends(w waiting) bool {
	return c.newest.Sub(w.at) < pendingFor && c.last-w.index < pendingWithin
}
