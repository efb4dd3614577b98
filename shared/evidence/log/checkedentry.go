package log

import (
	"bytes"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// checkedEntry is an entry, or why it is none.
type checkedEntry struct {
	Entry
	err  error
	text []byte // if err is set
}

// checkedEntryOf is [EntryOf] with a check of a record's fingerprint. The entry shares the text, and a record is put into r.
func checkedEntryOf(text []byte, r *evidence.Record) (e checkedEntry) {
	if bytes.HasPrefix(text, recordStart) {
		var err error
		*r, err = evidence.DecodeChecked(text)
		return checkedEntry{Entry{Record: r}, err, text}
	}
	if row, ok := rowFromLayout(text); ok {
		return checkedEntry{Entry{Row: row}, nil, nil}
	}
	entry, err := EntryOf(text)
	return checkedEntry{entry, err, text}
}

// stringOf shares the bytes: they are not changed.
func stringOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// rowFromLayout reads the layout that [Entry.Text] writes, in one pass. ok is false for any other text.
func rowFromLayout(text []byte) (*Row, bool) {
	if len(text) > evidence.MaxRecord || !utf8.Valid(text) {
		return nil, false
	}
	c := strictjson.Cutter{Text: stringOf(text)}
	r := &Row{
		Body: c.After(`{"row":{"body":`).Terse(), Partition: c.After(`,"partition":`).Terse(), Sort: c.After(`,"sort":`).Terse(),
		Version: c.After(`,"version":`).Counter(),
	}
	c.After("}}")
	return r, c.Ended()
}

func (e checkedEntry) label(p *Problem) {
	switch {
	case e.Record != nil && e.Record.Seq > 0:
		p.Chain, p.Seq = e.Record.Chain, e.Record.Seq
	case e.err != nil:
		p.Chain, p.Seq = saysRecord(e.text)
	}
}

// What a record says of itself: of the chain and the sequence three times, of which one is in the record before it.
var (
	chainIn    = fault.Pattern(`"chain_uid":"([^"\\]*)"`)
	previousIn = fault.Pattern(`"prev_event":.{0,200}?"uid":"([^"\\]*)#([0-9]{1,12})"`)
	metadataIn = fault.Pattern(`"sequence":([0-9]{1,12}),"uid":"([^"\\]*)#([0-9]{1,12})"`)
	firstIn    = fault.Pattern(`"value":"[^"]*"\}\}\],"metadata":`) // without prev_event
)

// saysRecord says which record a text was that cannot be decoded, if most of what it says of that agrees. If one byte was
// changed, that is right. "": it contradicts itself. The next record of the chain then shows which one is missing.
func saysRecord(text []byte) (chain string, seq int64) {
	if !beginsAsRecord(text) {
		return "", 0
	}
	text, _, _ = bytes.Cut(text, []byte(`},"time":`))
	var chains []string
	var seqs []int64
	number := func(digits []byte) int64 { n, _ := strconv.ParseInt(string(digits), 10, 64); return n }
	if m := chainIn().FindSubmatch(text); m != nil {
		chains = append(chains, string(m[1]))
	}
	if m := metadataIn().FindSubmatch(text); m != nil {
		chains, seqs = append(chains, string(m[2])), append(seqs, number(m[1]), number(m[3]))
	}
	if m := previousIn().FindSubmatch(text); m != nil {
		chains, seqs = append(chains, string(m[1])), append(seqs, number(m[2])+1)
	} else if firstIn().Match(text) {
		seqs = append(seqs, 1)
	}
	chain, agreed := mostOf(chains)
	seq, also := mostOf(seqs)
	if !agreed || !also {
		return "", 0
	}
	return chain, seq
}

// beginsAsRecord accepts one other byte. A text of another kind may have swallowed a record, if its length was changed.
func beginsAsRecord(text []byte) bool {
	const start = `{"attestation_list":[{"chain_uid":"`
	if len(text) < len(start) {
		return false
	}
	other := 0
	for i := range len(start) {
		if text[i] != start[i] {
			other++
		}
	}
	return other <= 1
}

func mostOf[T comparable](all []T) (most T, ok bool) {
	count := map[T]int{}
	for _, one := range all {
		if count[one]++; 2*count[one] > len(all) {
			return one, true
		}
	}
	return most, false
}
