package evidence

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"curfew/shared/strictjson"
)

// Decode ignores unknown members, except in the attestation, which must be as [Append] writes it. It does not check the
// fingerprint: see [Verify].
//
// It refuses what two readers could read differently: text that is too long or not canonical, names that are duplicate
// or differ in case, and inconsistent numbers and names.
func Decode(text []byte) (Record, error) {
	r, _, err := decode(bytes.Clone(text))
	return r, err
}

// DecodeLenient accepts any text. If [Decode] refuses it, only the text is set, and [Verify] says why.
func DecodeLenient(text []byte) Record {
	r, err := Decode(text)
	if err != nil {
		return Record{text: bytes.Clone(text)}
	}
	return r
}

func (r *Record) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*r = DecodeLenient([]byte(text))
	return nil
}

// decode keeps body, and the record shares it. gap is the offset of the fingerprint, with its comma.
func decode(body []byte) (r Record, gap int, err error) {
	if len(body) > MaxRecord {
		return r, 0, fmt.Errorf("it has %d bytes, more than %d", len(body), MaxRecord)
	}
	text := unsafe.String(unsafe.SliceData(body), len(body)) // body is not changed
	if r, gap, ok := fromLayout(body, text); ok {
		return r, gap, nil
	}
	return decodeAny(body, text)
}

// decodeAny decodes any layout. text is body.
func decodeAny(body []byte, text string) (r Record, gap int, err error) {
	s, err := strictjson.Scan(text, rules)
	if err != nil {
		return r, 0, err
	}
	if s.Next() != strictjson.Object {
		return r, 0, fmt.Errorf("a record is an object, not %.20q", text)
	}
	if err := checkCanonical(text, s); err != nil {
		return r, 0, err
	}
	d := decoder{Scanner: s}
	d.r.text = body
	if err := d.record(); err != nil {
		return r, 0, err
	}
	return d.r, d.gap, nil
}

type decoder struct {
	strictjson.Scanner
	r         Record
	gap       int
	uid       string
	prev      string // from the attestation
	linked    bool   // has prev_event
	truncated bool
}

// The known members; the required ones are first.
var (
	recordMembers   = members{[]string{"attestation_list", "metadata", "time", "unmapped"}, 4}
	metadataMembers = members{[]string{"event_code", "sequence", "uid", "is_truncated", "untruncated_size"}, 3}
	unmappedMembers = members{[]string{"actor", "detail", "late"}, 1}
)

type members struct {
	names    []string
	required int // their number
}

func (d *decoder) record() error {
	if err := d.object(recordMembers, d.member); err != nil {
		return err
	}
	switch r := &d.r; {
	case r.Seq < 1 || d.uid != uid(r.Chain, r.Seq):
		return fmt.Errorf("its uid %.80q is not that of record %d of its chain", d.uid, r.Seq)
	case d.linked != (r.Seq > 1) || d.linked && d.prev != uid(r.Chain, r.Seq-1):
		return fmt.Errorf("record %d cannot follow %.80q", r.Seq, d.prev)
	case d.truncated != (r.Untruncated > 0):
		return errors.New("is_truncated and untruncated_size do not agree")
	}
	return nil
}

func (d *decoder) member(name string) (err error) {
	switch name {
	case "attestation_list":
		return d.attestation()
	case "metadata":
		return d.object(metadataMembers, d.metadata)
	case "unmapped":
		return d.object(unmappedMembers, d.unmapped)
	}
	ms, err := d.integer()
	d.r.At = time.UnixMilli(ms).UTC()
	if y := d.r.At.Year(); err == nil && (y < 0 || y > 9999) {
		err = fmt.Errorf("the year %d does not have four digits", y)
	}
	return err
}

// attestation compares literally: canonical JSON has one spelling.
func (d *decoder) attestation() (err error) {
	from := d.Offset()
	rest := strictjson.Cutter{Text: d.Raw()}
	d.r.Chain = rest.After(`[{"chain_uid":`).String()
	d.gap = from + rest.At
	d.r.Hash = rest.After("," + fingerprintStart).String()
	if rest.After("}"); len(d.r.Hash) != len(noHash) {
		return errors.New("its fingerprint does not have 64 digits")
	}
	if d.linked = rest.Begins(`,"prev_event":`); d.linked {
		d.r.Prev = rest.After(`,"prev_event":{` + fingerprintStart).String()
		d.prev = rest.After(`},"uid":`).String()
		rest.After("}")
	}
	if rest.After("}]"); !rest.Ended() {
		return errors.New("its attestation is not in Curfew's form")
	}
	return nil
}

func (d *decoder) metadata(name string) (err error) {
	switch name {
	case "event_code":
		d.r.Kind, err = d.string()
	case "uid":
		d.uid, err = d.string()
	case "sequence":
		d.r.Seq, err = d.integer()
	case "untruncated_size":
		d.r.Untruncated, err = d.integer()
	case "is_truncated":
		d.truncated = true
		err = d.wantTrue()
	}
	return err
}

func (d *decoder) unmapped(name string) (err error) {
	switch name {
	case "actor":
		d.r.Actor, err = d.string()
	case "late":
		d.r.Late = true
		err = d.wantTrue()
	case "detail":
		from := d.Offset()
		to := from + len(d.Raw())
		d.r.Detail = d.r.text[from:to:to]
	}
	return err
}

// object calls read for each known member.
func (d *decoder) object(known members, read func(name string) error) error {
	if k := d.Next(); k != strictjson.Object {
		return fmt.Errorf("%s where an object belongs", k)
	}
	required := known.required
	for d.Enter(); !d.Closed(); {
		name := d.Scalar()
		switch i := slices.Index(known.names, name); {
		case i >= 0:
			if i < known.required {
				required--
			}
			if err := read(name); err != nil {
				return fmt.Errorf("member %q: %w", name, err)
			}
		case slices.ContainsFunc(known.names, func(k string) bool { return strings.EqualFold(k, name) }):
			return fmt.Errorf("member %q: it differs from a known member only in case", name)
		default:
			d.Skip()
		}
	}
	if required > 0 {
		return fmt.Errorf("a member of %q is missing", known.names[:known.required])
	}
	return nil
}

func (d *decoder) string() (string, error) {
	if k := d.Next(); k != strictjson.String {
		return "", fmt.Errorf("%s where a string belongs", k)
	}
	return d.Scalar(), nil
}

func (d *decoder) integer() (int64, error) {
	if k := d.Next(); k != strictjson.Number {
		return 0, fmt.Errorf("%s where a number belongs", k)
	}
	return strconv.ParseInt(d.Scalar(), 10, 64)
}

// wantTrue: the member is omitted if false.
func (d *decoder) wantTrue() error {
	if raw := d.Raw(); raw != "true" {
		return fmt.Errorf("%.20s where true belongs", raw)
	}
	return nil
}
