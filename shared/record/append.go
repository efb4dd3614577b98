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

// Append returns the change that adds e to a chain, and moves head; store head in the same transaction. It shortens a
// detail that is too long or not JSON, so that no detail can keep Revoke from storing an end.
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

// Bytes of a shortened detail, and of a string in it. The rest of a record is four keys, of at most 2,048 bytes each.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxDetail = 48 << 10
	maxString = 8 << 10
)

func shortenDetail(e evidence.Entry) evidence.Entry {
	if e.Detail == nil {
		return e
	}
	b, err := evidence.Canonical(e.Detail)
	if err != nil {
		b, err = json.Marshal(e.Detail) // not valid for JCS
	}
	if err != nil {
		b, _ = json.Marshal(map[string]string{"why": "its detail cannot be written as JSON: " + err.Error()})
	}
	s := shortener{left: maxDetail}
	e.Detail, e.Untruncated = s.value(b, 1), max(e.Untruncated, int64(len(b)+1023)/1024)
	return e
}

type shortener struct{ left int }

const deepest = 16

func (s *shortener) value(raw json.RawMessage, depth int) any {
	switch c := raw[0]; {
	case c == '{' && depth <= deepest:
		return s.object(raw, depth)
	case c == '[' && depth <= deepest:
		return s.list(raw, depth)
	case c == '"':
		var text string
		_ = json.Unmarshal(raw, &text)
		return s.text(text)
	case c == '{' || c == '[':
		return nil
	}
	s.left -= len(raw) + 20 // canonical form may be longer
	if _, err := evidence.Canonical(raw); err != nil {
		return s.text(string(raw)) // not a JCS number
	}
	return raw
}

// object keeps short members first: ids and digests are for programs.
func (s *shortener) object(raw json.RawMessage, depth int) any {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(raw, &members)
	kept := map[string]any{}
	for _, name := range slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(members[a]), len(members[b])), strings.Compare(a, b))
	}) {
		if s.left -= jsonSize(name) + len(`:,{}`); s.left < 0 {
			break
		}
		kept[name] = s.value(members[name], depth+1)
	}
	return kept
}

func (s *shortener) list(raw json.RawMessage, depth int) any {
	var items []json.RawMessage
	_ = json.Unmarshal(raw, &items)
	kept := []any{}
	for _, item := range items {
		if s.left -= len(`,[]`); s.left < min(len(item), maxString) { // only a long text may be cut
			break
		}
		kept = append(kept, s.value(item, depth+1))
	}
	return kept
}

func (s *shortener) text(text string) string {
	room := min(s.left, maxString) - len("…")
	if all := jsonSize(text); all <= room {
		s.left -= all
		return text
	}
	end := 0
	for i, r := range text {
		if room -= jsonSize(string(r)) - len(`""`); room < len(`""`) {
			break
		}
		end = i + utf8.RuneLen(r)
	}
	kept := text[:end] + "…"
	s.left -= jsonSize(kept)
	return kept
}

func jsonSize(text string) int {
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
