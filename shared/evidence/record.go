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

// Record comes from [Append] or [Decode]. Its text counts: [Verify] refuses fields that differ.
type Record struct {
	Chain  string          // from [ElevationChain] or [CallerChain]
	Seq    int64           // from 1, no gap
	At     time.Time       // recorder's clock: UTC, whole seconds
	Kind   string          // as "elevation.granting"
	Actor  string          // caller's id or function
	Late   bool            // stored later
	Detail json.RawMessage // canonical; shares text: do not change
	// Untruncated is the full detail's KiB, rounded up; 0: Detail is complete.
	Untruncated int64
	Prev        string // hexadecimal; empty for the first
	Hash        string // hexadecimal

	text []byte
}

// Text is canonical. Do not change it.
func (r Record) Text() []byte { return r.text }

// MarshalJSON returns a JSON string, to keep the bytes.
func (r Record) MarshalJSON() ([]byte, error) {
	return appendString(make([]byte, 0, len(r.text)*5/4), string(r.text)), nil
}

// Head is a chain's last record; zero: empty.
type Head struct {
	Seq  int64  `json:"seq"`
	Hash string `json:"hash"`
}

type Entry struct {
	At          time.Time
	Kind        string
	Actor       string
	Late        bool
	Detail      any   // for encoding/json; nil: none
	Untruncated int64 `json:",omitempty"` // see [Record]
}

// MaxRecord is in bytes: log entries have a 16-bit length (https://c2sp.org/tlog-tiles).
const MaxRecord = 1<<16 - 1

type TooLongError struct {
	Kind string
	Size int // bytes
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("evidence of %.100s has %d bytes, more than %d", e.Kind, e.Size, MaxRecord)
}

func ElevationChain(id string) string { return "elevation#" + id }

// CatalogChain is the chain of which catalogs were deployed and in force.
func CatalogChain() string { return "catalog" }

// CatalogSignatureChain is the chain of the signature of one catalog.
func CatalogSignatureChain(hash string) string { return "signature#catalog#" + hash }

// CallerChain has one chain per day (UTC).
func CallerChain(caller string, day time.Time) string {
	return "caller#" + caller + "#" + day.UTC().Format(time.DateOnly)
}

// SHA-256, hexadecimal, JCS; the digits follow.
const (
	fingerprintStart = `"fingerprint":{"algorithm_id":3,"encoding_id":1,"serialization_id":2,"value":`
	fingerprint      = fingerprintStart + `"`
)

// attested bytes are not in the fingerprint.
const attested = len(",") + len(fingerprint) + sha256.Size*2 + len(`"}`)

// Append fails if the detail cannot be JSON, if the year is not 0 to 9999, or with [*TooLongError].
func Append(chain string, head Head, e Entry) (Record, Head, error) {
	at := e.At.UTC().Truncate(time.Second)
	if y := at.Year(); y < 0 || y > 9999 {
		return Record{}, Head{}, fmt.Errorf("evidence of %s: the year %d does not have four digits", e.Kind, y)
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

// write puts zeros into the fingerprint at gap. Members are in canonical order.
func (r *Record) write(detail any) (gap int, err error) {
	out := make([]byte, 0, 1024+2*len(r.Chain))
	out = appendString(append(out, `{"attestation_list":[{"chain_uid":`...), r.Chain)
	gap = len(out)
	out = append(append(append(out, ","...), fingerprint...), noHash+`"}`...)
	if r.Seq > 1 {
		out = appendString(append(append(out, `,"prev_event":{`...), fingerprintStart...), r.Prev)
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

func sumWithout(text []byte, gap int) (sum [sha256.Size]byte) {
	var room [2048]byte
	if len(text) <= len(room) { // as most are: one call is faster
		n := copy(room[:], text[:gap])
		n += copy(room[n:], text[gap+attested:])
		return sha256.Sum256(room[:n])
	}
	h := sha256.New()
	h.Write(text[:gap])
	h.Write(text[gap+attested:])
	h.Sum(sum[:0])
	return sum
}

func uid(chain string, seq int64) string { return chain + "#" + strconv.FormatInt(seq, 10) }

// valid replaces invalid UTF-8 as JSON does.
func valid(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}
