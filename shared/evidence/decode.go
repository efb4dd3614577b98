package evidence

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/strictjson"
)

// Decode reads a record from JSON whose members a store has kept in whatever order and white space, and brings its detail
// back to the bytes that were hashed. It is what undoes [Record.JSON], and passes over members that it does not know; one that
// differs from a member of a record in case only is refused, and so is a name that is given twice.
func Decode(body []byte) (Record, error) {
	var r Record
	s, err := strictjson.Scan(string(body), rules)
	if err != nil {
		return r, err
	}
	if s.Next() != strictjson.Object {
		return r, fmt.Errorf("a record is an object, not %.20q", body)
	}
	var few [10]member // one more than a record has
	out, all, err := canonicalMembers(make([]byte, 0, len(body)), few[:0], &s)
	if err != nil {
		return r, err
	}
	if err := sortMembers(all, out); err != nil {
		return r, err
	}
	text := string(out) // one for all members
	for _, m := range all {
		name := text[m.from+1 : m.named-1]
		if name == "detail" {
			r.Detail = out[m.named+1 : m.to : m.to]
		} else if err := r.set(name, text[m.named+1:m.to]); err != nil {
			return r, fmt.Errorf("member %q: %w", name, err)
		}
	}
	return r, nil
}

// set gives a member other than the detail its value, which is canonical.
func (r *Record) set(name, value string) (err error) {
	switch name {
	case "chain":
		r.Chain, err = unquoted(value)
	case "seq":
		r.Seq, err = strconv.ParseInt(value, 10, 64)
	case "at":
		err = r.At.UnmarshalJSON([]byte(value))
	case "kind":
		r.Kind, err = unquoted(value)
	case "actor":
		r.Actor, err = unquoted(value)
	case "late":
		err = json.Unmarshal([]byte(value), &r.Late)
	case "prev":
		r.Prev, err = unquoted(value)
	case "hash":
		r.Hash, err = unquoted(value)
	default:
		if slices.ContainsFunc(members, func(m string) bool { return strings.EqualFold(m, name) }) {
			err = errors.New("a reader that does not mind the case takes it for another")
		}
	}
	return err
}

// members are those of a record.
var members = []string{"chain", "seq", "at", "kind", "actor", "late", "detail", "prev", "hash"}

// unquoted is the text of a string. Most have no escape, and are what stands there.
func unquoted(value string) (text string, err error) {
	if value[0] == '"' && strings.IndexByte(value, '\\') < 0 {
		return value[1 : len(value)-1], nil
	}
	err = json.Unmarshal([]byte(value), &text)
	return text, err
}
