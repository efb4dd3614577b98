package record

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// Append is the change that adds an entry to a chain of evidence; head moves on to it. The row that keeps the head is written in the
// same transaction. A detail that is too long, or that JSON cannot keep, is shortened, and the record says so: what others make
// long must not keep Revoke from storing an end, nor a refusal from leaving evidence.
func Append(chain string, head *evidence.Head, e evidence.Entry) (Change, error) {
	r, next, err := evidence.Append(chain, *head, e)
	if err != nil {
		r, next, err = evidence.Append(chain, *head, shortenDetail(e))
	}
	if err != nil {
		return Change{}, fault.Errorf(fault.Internal, "%w", err)
	}
	*head = next
	return Change{If: Absent, Row: EvidenceRow(r)}, nil
}

// Bounds of a detail that is shortened, in bytes of its JSON: of the whole, and of one string in it. The rest of a record is at
// most its chain's name three times and its actor, which are keys of a table with 2,048 bytes at most.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxDetail = 48 << 10
	maxString = 8 << 10
)

// BoundDetail returns the entry with a detail of at most 48 KiB of JSON, so that the entry fits in one message of the queue for late
// evidence.
func BoundDetail(e evidence.Entry) evidence.Entry {
	if b, err := evidence.Canonical(e.Detail); err == nil && len(b) <= maxDetail {
		return e
	}
	return shortenDetail(e)
}

// shortenDetail keeps of the detail what is short, and the beginning of what is long.
func shortenDetail(e evidence.Entry) evidence.Entry {
	if e.Detail == nil {
		return e
	}
	b, err := evidence.Canonical(e.Detail)
	if err != nil {
		b, err = json.Marshal(e.Detail) // what JCS has no form for
	}
	if err != nil {
		b, _ = json.Marshal(map[string]string{"why": "its detail cannot be written as JSON: " + err.Error()})
	}
	s := shortener{left: maxDetail}
	e.Detail, e.Untruncated = s.value(b, 1), max(e.Untruncated, int64(len(b)+1023)/1024)
	return e
}

// shortener writes JSON into what room is left, in bytes.
type shortener struct{ left int }

// deepest is how many objects and lists a shortened detail has inside each other.
const deepest = 16

// value gives what is kept of a value; nil if nothing is.
func (s *shortener) value(raw json.RawMessage, depth int) any {
	switch c := raw[0]; {
	case c == '{' && depth <= deepest:
		return s.object(raw, depth)
	case c == '[' && depth <= deepest:
		return s.list(raw, depth)
	case c == '"':
		var text string
		_ = json.Unmarshal(raw, &text) // it is a string
		return s.text(text)
	case c == '{' || c == '[':
		return nil
	}
	s.left -= len(raw) + 20 // as it may be written in full
	if _, err := evidence.Canonical(raw); err != nil {
		return s.text(string(raw)) // a number beyond those that JCS has
	}
	return raw
}

// object keeps the short members first: ids and digests are read by programs, what is long is for people.
func (s *shortener) object(raw json.RawMessage, depth int) any {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members) // it is an object
	kept := map[string]any{}
	for _, name := range slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(members[a]), len(members[b])), strings.Compare(a, b))
	}) {
		if s.left -= cost(name) + len(`:,{}`); s.left < 0 {
			break
		}
		kept[name] = s.value(members[name], depth+1)
	}
	return kept
}

func (s *shortener) list(raw json.RawMessage, depth int) any {
	var items []json.RawMessage
	_ = json.Unmarshal(raw, &items) // it is a list
	kept := []any{}
	for _, item := range items {
		if s.left -= len(`,[]`); s.left < min(len(item), maxString) { // no item is there by half, but for a long text
			break
		}
		kept = append(kept, s.value(item, depth+1))
	}
	return kept
}

// text keeps the beginning of a text.
func (s *shortener) text(text string) string {
	room := min(s.left, maxString) - len("…")
	if all := cost(text); all <= room {
		s.left -= all
		return text
	}
	end := 0
	for i, r := range text {
		if room -= cost(string(r)) - len(`""`); room < len(`""`) {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	kept := text[:end] + "…"
	s.left -= cost(kept)
	return kept
}

// cost is how many bytes a text has in JSON, with its quotes.
func cost(text string) int {
	n := len(`""`) + len(text)
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			n += len(`\u0000`) - 1
		case c == '"' || c == '\\':
			n++
		}
	}
	return n
}
