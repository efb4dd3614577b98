package log

import (
	"bytes"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// Entry is what one entry of the log says. Exactly one field is set.
type Entry struct {
	Record *evidence.Record
	Row    *Row
	Keys   *Keys
	Late   *Late
}

// Row is a row of the access table on which a grant depended, see [HasRow]. A version of a row is one entry.
type Row struct {
	Partition string `json:"partition"`
	Sort      string `json:"sort"`
	Version   int64  `json:"version"`
	Body      string `json:"body"` // JSON, byte for byte
}

// Keys says which keys sign from this entry on. The first entry is one; a rotation adds one when a second key begins to sign,
// and one when the first has ended.
type Keys struct {
	Origin string    `json:"origin"`
	Keys   []string  `json:"keys"` // verifier keys of https://c2sp.org/signed-note
	At     time.Time `json:"at"`   // UTC, whole seconds
}

// Late says that the next entry was not delivered by the stream: a pass found it missing.
type Late struct {
	Hash  string    `json:"hash"` // of the next entry: its leaf hash, hexadecimal
	Found time.Time `json:"found"`
}

type written struct {
	Row  *Row  `json:"row,omitempty"`
	Keys *Keys `json:"keys,omitempty"`
	Late *Late `json:"late,omitempty"`
}

// Text is the canonical text of an entry. Invalid: it is too long.
func (e Entry) Text() ([]byte, error) {
	if e.Record != nil {
		return e.Record.Text(), nil
	}
	text, err := evidence.Canonical(written{e.Row, e.Keys, e.Late})
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "an entry of the log: %w", err)
	}
	return text, checkLength(text)
}

var recordStart = []byte(`{"attestation_list":`)

// EntryOf reads the text of an entry. Invalid: it is none, or not in canonical form. It does not check the fingerprint of a
// record.
func EntryOf(text []byte) (Entry, error) {
	if bytes.HasPrefix(text, recordStart) {
		r, err := evidence.Decode(text)
		if err != nil {
			return Entry{}, fault.Errorf(fault.Invalid, "a record that cannot be read: %w", err)
		}
		return Entry{Record: &r}, nil
	}
	var w written
	if err := strictjson.Decode(text, strictjson.Rules{}, &w); err != nil {
		return Entry{}, fault.Errorf(fault.Invalid, "an entry that cannot be read: %w", err)
	}
	e := Entry{Row: w.Row, Keys: w.Keys, Late: w.Late}
	set := 0
	for _, is := range []bool{e.Row != nil, e.Keys != nil, e.Late != nil} {
		if is {
			set++
		}
	}
	if again, err := e.Text(); set != 1 || err != nil || !bytes.Equal(again, text) {
		return Entry{}, fault.Errorf(fault.Invalid, "an entry that is not in canonical form, or says more than one thing")
	}
	return e, nil
}
