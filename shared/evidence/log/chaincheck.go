package log

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
)

// chainCheck follows the chains, rows, keys and late marks through the log. It keeps one head a chain, and one hash a row.
type chainCheck struct {
	heads  map[string]*chainHead
	rows   rowCheck
	late   *Late // the entry before
	keys   []introduced
	origin string
	counts Counts
	findings
}

// chainHead is an [evidence.Head] that does not keep the text of its record.
type chainHead struct {
	seq  int64
	hash [2 * sha256.Size]byte // hexadecimal
}

// introduced is a Keys entry.
type introduced struct {
	entry int64
	Keys
}

func newChainCheck(origin string, now time.Time) *chainCheck {
	return &chainCheck{heads: map[string]*chainHead{}, rows: newRowCheck(now), origin: origin}
}

func (c *chainCheck) add(index int64, e checkedEntry, leaf tlog.Hash) {
	if c.late != nil && c.late.Hash != hex.EncodeToString(leaf[:]) {
		c.entry(index-1, "it marks an entry with the hash %s as late, and that is not the next entry", c.late.Hash)
	}
	marked := c.late != nil
	c.rows.last = index
	c.late = e.Late
	if index == 0 && e.Keys == nil {
		c.entry(index, "the first entry does not say which keys sign")
	}
	switch {
	case e.err != nil:
		p := Problem{Entry: indexed(index), Why: e.err.Error()}
		e.label(&p)
		c.findings.add(p)
	case e.Record != nil:
		if c.rows.future(e.Record.At) {
			c.findings.add(Problem{Entry: indexed(index), Chain: e.Record.Chain, Seq: e.Record.Seq, Why: fmt.Sprintf("it is dated %s, which is in the future of this verifier's clock", e.Record.At.Format(time.RFC3339))})
		}
		c.record(index, e.Record)
	case e.Row != nil:
		c.counts.Rows++
		if why := c.rows.row(index, e.Row, marked); why != "" {
			c.entry(index, "%s", why)
		}
	case e.Keys != nil:
		c.counts.Keys++
		c.rows.saw(e.Keys.At)
		c.introduce(index, e.Keys)
	case e.Late != nil:
		c.counts.Late++
	}
}

func (c *chainCheck) entry(index int64, format string, args ...any) {
	c.findings.add(Problem{Entry: indexed(index), Why: fmt.Sprintf(format, args...)})
}

func (c *chainCheck) record(index int64, r *evidence.Record) {
	c.counts.Records++
	head := c.heads[r.Chain]
	if head == nil {
		head = new(chainHead)
		c.heads[strings.Clone(r.Chain)] = head
	}
	found := func(seq int64, format string, args ...any) {
		c.findings.add(Problem{Entry: indexed(index), Chain: r.Chain, Seq: seq, Why: fmt.Sprintf(format, args...)})
	}
	switch {
	case r.Seq <= head.seq:
		found(r.Seq, "the log has record %d of this chain before it", head.seq)
		return
	case r.Seq > head.seq+1:
		found(head.seq+1, "the record is missing before this entry, which is record %d", r.Seq)
	case head.seq == 0 && r.Prev != "", head.seq > 0 && r.Prev != string(head.hash[:]):
		found(r.Seq, "it does not follow the record before it")
	}
	head.seq = r.Seq
	copy(head.hash[:], r.Hash)
	if why := c.rows.record(index, r); why != "" {
		found(r.Seq, "%s", why)
	}
}

func (c *chainCheck) introduce(index int64, k *Keys) {
	for _, key := range k.Keys {
		if name, _, _ := strings.Cut(key, "+"); k.Origin != c.origin || name != k.Origin {
			c.entry(index, "it introduces the key %.100s of the log %.100s into the log %s", key, k.Origin, c.origin)
			return
		}
	}
	if len(k.Keys) == 0 {
		c.entry(index, "it introduces no key")
		return
	}
	c.keys = append(c.keys, introduced{index, *k})
}

// end returns what waits for its counterpart, and notes what has waited too long.
func (c *chainCheck) end() (pending short[string]) {
	c.counts.Chains = int64(len(c.heads))
	for _, w := range c.rows.unmatched() {
		if c.rows.pends(w) {
			pending.add(fmt.Sprintf("entry %d: %s", w.index, w.why()))
			continue
		}
		c.findings.add(Problem{Entry: indexed(w.index), Chain: w.chain, Seq: w.seq, Why: w.why()})
	}
	return pending
}
