package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Record is one thing that happened. Once written it never changes.
type Record struct {
	// Chain names the chain, as made by [ElevationChain] or [CallerChain].
	Chain string `json:"chain"`
	// Seq counts from 1 without a gap.
	Seq int64 `json:"seq"`
	// At is when it happened by the clock of whoever recorded it: UTC, whole seconds.
	At time.Time `json:"at"`
	// Kind is what happened, as "elevation.granting".
	Kind string `json:"kind"`
	// Actor is who or what did it: a caller's id, or a function's name.
	Actor string `json:"actor"`
	// Late marks a record that could not be stored when it happened and was appended afterwards.
	Late bool `json:"late,omitempty"`
	// Detail is canonical JSON, or empty.
	Detail json.RawMessage `json:"detail,omitempty"`
	// Prev is the hash of the record before it in hexadecimal; 64 zeros for the first.
	Prev string `json:"prev"`
	// Hash is the SHA-256 of the canonical bytes in hexadecimal.
	Hash string `json:"hash"`
}

// Head is where a chain stands: the number and hash of its last record. The zero Head is that of an empty chain.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Entry is what there is to record; the chain gives it its number and hash.
type Entry struct {
	At     time.Time
	Kind   string
	Actor  string
	Late   bool
	Detail any // anything that encoding/json can write; nil for nothing
}

const noHash = "0000000000000000000000000000000000000000000000000000000000000000"

// ElevationChain names the chain of one elevation.
func ElevationChain(id string) string { return "elevation#" + id }

// CallerChain names the chain of one caller on one day (UTC).
func CallerChain(caller string, day time.Time) string {
	return "caller#" + caller + "#" + day.UTC().Format(time.DateOnly)
}

// Append makes the record that follows head in the chain. It fails only if the detail cannot be written as JSON.
func Append(chain string, head Head, e Entry) (Record, Head, error) {
	detail, err := Canonical(e.Detail)
	if err != nil {
		return Record{}, Head{}, fmt.Errorf("evidence of %s: %w", e.Kind, err)
	}
	r := Record{
		Chain: chain, Seq: head.Seq + 1, At: e.At.UTC().Truncate(time.Second),
		Kind: e.Kind, Actor: e.Actor, Late: e.Late, Detail: detail, Prev: head.hash(),
	}
	r.Hash = r.sum()
	return r, Head{Seq: r.Seq, Hash: r.Hash}, nil
}

func (h Head) hash() string {
	if h.Seq == 0 {
		return noHash
	}
	return h.Hash
}

// sum is the SHA-256 of the record's canonical bytes: its JSON with an empty hash. The detail is canonical already.
func (r Record) sum() string {
	r.Hash = ""
	b, err := r.JSON()
	if err != nil { // a year that RFC 3339 has not: no hash equals this
		return ""
	}
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// JSON is the record in the form of RFC 8785, as [Canonical] would write it. Records are written and verified by the
// million, and Canonical would read each detail once more. The detail must be canonical.
func (r Record) JSON() ([]byte, error) {
	at, err := r.At.UTC().MarshalJSON()
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, 300+len(r.Chain)+len(r.Kind)+len(r.Actor)+len(r.Detail))
	out = appendString(append(out, `{"actor":`...), r.Actor)
	out = append(append(out, `,"at":`...), at...)
	out = appendString(append(out, `,"chain":`...), r.Chain)
	if len(r.Detail) > 0 {
		out = append(append(out, `,"detail":`...), r.Detail...)
	}
	out = appendString(append(out, `,"hash":`...), r.Hash)
	out = appendString(append(out, `,"kind":`...), r.Kind)
	if r.Late {
		out = append(out, `,"late":true`...)
	}
	out = appendString(append(out, `,"prev":`...), r.Prev)
	out = strconv.AppendInt(append(out, `,"seq":`...), r.Seq, 10)
	return append(out, '}'), nil
}
