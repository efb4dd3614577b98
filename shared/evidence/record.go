package evidence

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Record is one thing that happened. [Append] and [Decode] make it. Its text is what counts: [Verify] reads the text, and
// refuses a record whose fields say something else.
type Record struct {
	Chain  string          // the chain's name, as made by [ElevationChain] or [CallerChain]
	Seq    int64           // counts from 1 without a gap
	At     time.Time       // when it happened by the clock of who recorded it: UTC, whole seconds
	Kind   string          // what happened, as "elevation.granting"
	Actor  string          // who or what did it: a caller's id, or a function's name
	Late   bool            // it could not be stored when it happened and was appended afterwards
	Detail json.RawMessage // canonical JSON, or empty; part of the text: do not change it
	// Untruncated is the size of the whole detail in KiB, rounded up, if Detail is shortened; 0: it is whole.
	Untruncated int64
	Prev        string // the fingerprint of the record before it in hexadecimal; empty for the first
	Hash        string // its own fingerprint in hexadecimal

	text []byte
}

// Text returns the canonical bytes, as they were made once and are kept. Do not change them.
func (r Record) Text() []byte { return r.text }

// MarshalJSON writes the text as one JSON string, so that its bytes survive every reader and writer of JSON.
func (r Record) MarshalJSON() ([]byte, error) {
	return appendString(make([]byte, 0, len(r.text)*5/4), string(r.text)), nil
}

// Head is where a chain stands: the number and fingerprint of its last record. The zero Head is that of an empty chain.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

// Entry is what there is to record; the chain gives it its number and fingerprint.
type Entry struct {
	At          time.Time
	Kind        string
	Actor       string
	Late        bool
	Detail      any   // anything that encoding/json can write; nil for nothing
	Untruncated int64 `json:",omitempty"` // see [Record]
}

// MaxRecord is the size of the longest record in bytes: what 16 bits can count, as an entry of a log has it
// (https://c2sp.org/tlog-tiles).
const MaxRecord = 1<<16 - 1

// TooLongError is the refusal of a record over [MaxRecord].
type TooLongError struct {
	Kind string
	Size int // bytes
}

// Error gives the size and the bound.
func (e *TooLongError) Error() string {
	return fmt.Sprintf("evidence of %.100s has %d bytes, more than %d", e.Kind, e.Size, MaxRecord)
}

// ElevationChain names the chain of one elevation.
func ElevationChain(id string) string { return "elevation#" + id }

// CallerChain names the chain of one caller on one day (UTC).
func CallerChain(caller string, day time.Time) string {
	return "caller#" + caller + "#" + day.UTC().Format(time.DateOnly)
}

// The fixed part of a fingerprint: SHA-256, in hexadecimal, of what JCS made. After it come the digits.
const fingerprint = `"fingerprint":{"algorithm_id":3,"encoding_id":1,"serialization_id":2,"value":"`

// attested is the length of the member that the fingerprint of a record does not cover, with the comma before it.
const attested = len(",") + len(fingerprint) + sha256.Size*2 + len(`"}`)

// Append makes the record that follows head in the chain. It fails if the detail cannot be written as JSON, if the instant is
// not of the years 0 to 9999, or with a [*TooLongError].
func Append(chain string, head Head, e Entry) (Record, Head, error) {
	at := e.At.UTC().Truncate(time.Second)
	if y := at.Year(); y < 0 || y > 9999 {
		return Record{}, Head{}, fmt.Errorf("evidence of %s: the year %d is not of four digits", e.Kind, y)
	}
	r := Record{
		Chain: valid(chain), Seq: head.Seq + 1, At: at, Kind: valid(e.Kind), Actor: valid(e.Actor), Late: e.Late,
		Untruncated: e.Untruncated,
	}
	if head.Seq > 0 {
		r.Prev = valid(head.Hash)
	}
	gap, err := r.write(e.Detail)
	if err != nil {
		return Record{}, Head{}, fmt.Errorf("evidence of %s: %w", e.Kind, err)
	}
	if len(r.text) > MaxRecord {
		return Record{}, Head{}, &TooLongError{e.Kind, len(r.text)}
	}
	sum := sumWithout(r.text, gap)
	digits := hex.AppendEncode(r.text[gap+len(",")+len(fingerprint):][:0:2*len(sum)], sum[:])
	r.Hash = string(digits)
	return r, Head{Seq: r.Seq, Hash: r.Hash}, nil
}

// write makes the text, with a fingerprint of noughts, which begins at gap with its comma. The members are in the order of
// their names.
func (r *Record) write(detail any) (gap int, err error) {
	out := make([]byte, 0, 1024+2*len(r.Chain))
	out = appendString(append(out, `{"attestation_list":[{"chain_uid":`...), r.Chain)
	gap = len(out)
	out = append(append(append(out, ","...), fingerprint...), noHash+`"}`...)
	if r.Seq > 1 {
		out = appendString(append(append(out, `,"prev_event":{`...), fingerprint[:len(fingerprint)-1]...), r.Prev)
		out = append(appendString(append(out, `},"uid":`...), uid(r.Chain, r.Seq-1)), '}')
	}
	out = appendString(append(out, `}],"metadata":{"event_code":`...), r.Kind)
	if r.Untruncated > 0 {
		out = append(out, `,"is_truncated":true`...)
	}
	out = strconv.AppendInt(append(out, `,"sequence":`...), r.Seq, 10)
	out = appendString(append(out, `,"uid":`...), uid(r.Chain, r.Seq))
	if r.Untruncated > 0 {
		out = strconv.AppendInt(append(out, `,"untruncated_size":`...), r.Untruncated, 10)
	}
	out = strconv.AppendInt(append(out, `},"time":`...), r.At.UnixMilli(), 10)
	out = appendString(append(out, `,"unmapped":{"actor":`...), r.Actor)
	if detail != nil {
		out = append(out, `,"detail":`...)
		from := len(out)
		if out, err = appendCanonical(out, detail, detailRules); err != nil {
			return 0, err
		}
		to := len(out)
		defer func() { r.Detail = r.text[from:to:to] }()
	}
	if r.Late {
		out = append(out, `,"late":true`...)
	}
	r.text = append(out, "}}"...)
	return gap, nil
}

var noHash = strings.Repeat("0", sha256.Size*2)

// sumWithout is the SHA-256 of a text without the fingerprint that begins at gap.
func sumWithout(text []byte, gap int) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(text[:gap])
	h.Write(text[gap+attested:])
	h.Sum(sum[:0])
	return sum
}

// uid is the id of a record among all records.
func uid(chain string, seq int64) string { return chain + "#" + strconv.FormatInt(seq, 10) }

// valid is what a text becomes in JSON.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
