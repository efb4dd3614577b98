package archive

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/record"
)

// mostTexts leaves one change of a transaction for the head and one for an entry of keys.
const mostTexts = record.MaxChanges - 2

// entry is a text to enter.
type entry struct {
	text    []byte
	hash    tlog.Hash
	key     record.Key       // of its row: see [EntryKey]
	record  *evidence.Record // nil: a row of the access table, or about the log
	late    bool             // the stream did not deliver it: a [log.Late] goes before it
	replace bool             // its row is there, and wrong
}

func newEntry(text []byte, r *evidence.Record) entry {
	hash := tlog.RecordHash(text)
	return entry{text: text, hash: hash, key: entryKey(hash, r), record: r}
}

// notedLate is the entry that goes before a late one.
func (e entry) notedLate(now time.Time) (entry, error) {
	text, err := log.Entry{Late: &log.Late{Hash: hexOf(e.hash), Found: record.Instant(now)}}.Text()
	return newEntry(text, nil), err
}

func (e entry) weight() int {
	if e.late {
		return 2
	}
	return 1
}

func (e entry) change(index int64) (record.Change, error) {
	p := position{Index: index}
	if e.record != nil {
		p.Hash = e.record.Hash
	}
	row, err := record.Encode(e.key, 1, p)
	c := record.Change{If: record.Absent, Row: row}
	if e.replace {
		c.If = record.Always
	}
	return c, err
}

// entered remembers how far chains are in the log, so that the common batch costs no read.
type entered map[string]evidence.Head

// mostEntered limits the memory: all are forgotten.
const mostEntered = 10_000

func (m *entered) add(entries []entry) {
	if *m == nil || len(*m) > mostEntered {
		*m = entered{}
	}
	for _, e := range entries {
		if r := e.record; r != nil && r.Seq > (*m)[r.Chain].Seq {
			(*m)[r.Chain] = evidence.Head{Seq: r.Seq, Hash: r.Hash}
		}
	}
}
