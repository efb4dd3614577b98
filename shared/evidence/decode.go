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

	"curfew/shared/strictjson"
)

// Decode reads the text of a record: see the package for its form. It passes over members that it does not know, but for those
// of the attestation, which must be exactly what [Append] writes.
//
// It refuses what two readers could take for two things: text that is not canonical, or longer than [MaxRecord]; a name that is
// given twice, or differs from one of ours in case only; numbers and names of one chain that do not agree. Whether the
// fingerprint is right is for [Verify] to say.
func Decode(text []byte) (Record, error) {
	r, _, err := decode(bytes.Clone(text))
	return r, err
}

// Keep is a record as somebody shows it, whether or not [Decode] takes it. If not, it has nothing but the text, and [Verify]
// says why.
func Keep(text []byte) Record {
	r, err := Decode(text)
	if err != nil {
		return Record{text: bytes.Clone(text)}
	}
	return r
}

// UnmarshalJSON reads what MarshalJSON wrote, by [Keep].
func (r *Record) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*r = Keep([]byte(text))
	return nil
}

// decode makes a record of this text, which nobody changes any more. It also gives where the fingerprint begins in the text, with
// its comma.
func decode(body []byte) (r Record, gap int, err error) {
	if len(body) > MaxRecord {
		return r, 0, fmt.Errorf("it has %d bytes, more than %d", len(body), MaxRecord)
	}
	text := string(body)
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

// decoder reads a text that is canonical.
type decoder struct {
	strictjson.Scanner
	r         Record
	gap       int
	uid       string
	prev      string // the uid that the attestation names
	truncated bool
}

// The members that are known at each place; the first ones are required.
var (
	recordMembers   = members{[]string{"attestation_list", "metadata", "time", "unmapped"}, 4}
	metadataMembers = members{[]string{"event_code", "sequence", "uid", "is_truncated", "untruncated_size"}, 3}
	unmappedMembers = members{[]string{"actor", "detail", "late"}, 1}
)

type members struct {
	names    []string
	required int // so many of them
}

func (d *decoder) record() error {
	if err := d.object(recordMembers, d.member); err != nil {
		return err
	}
	switch r := &d.r; {
	case r.Seq < 1 || d.uid != uid(r.Chain, r.Seq):
		return fmt.Errorf("its uid %.80q is not that of record %d of its chain", d.uid, r.Seq)
	case r.Seq == 1 && d.prev != "" || r.Seq > 1 && d.prev != uid(r.Chain, r.Seq-1):
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
		err = fmt.Errorf("the year %d is not of four digits", y)
	}
	return err
}

// attestation reads the list of one attestation. Being canonical, it has one spelling.
func (d *decoder) attestation() (err error) {
	from := d.Offset()
	rest := cutter{text: d.Raw()}
	d.r.Chain = rest.after(`[{"chain_uid":`).string()
	d.gap = from + rest.at
	d.r.Hash = rest.after("," + fingerprint[:len(fingerprint)-1]).string()
	if rest.after("}"); len(d.r.Hash) != len(noHash) {
		return errors.New("its fingerprint is not of 64 digits")
	}
	if rest.begins(`,"prev_event":`) {
		d.r.Prev = rest.after(`,"prev_event":{` + fingerprint[:len(fingerprint)-1]).string()
		d.prev = rest.after(`},"uid":`).string()
		rest.after("}")
	}
	if rest.after("}]"); rest.failed || rest.at != len(rest.text) {
		return errors.New("its attestation is not one of ours")
	}
	return nil
}

// cutter takes a text apart.
type cutter struct {
	text   string
	at     int
	failed bool
}

func (c *cutter) begins(with string) bool { return strings.HasPrefix(c.text[c.at:], with) }

func (c *cutter) after(fixed string) *cutter {
	if !c.begins(fixed) {
		c.failed = true
		return c
	}
	c.at += len(fixed)
	return c
}

// string reads one string of JSON.
func (c *cutter) string() string {
	if c.failed || !c.begins(`"`) {
		c.failed = true
		return ""
	}
	end := c.at + 1
	for ; c.text[end] != '"'; end++ {
		if c.text[end] == '\\' {
			end++
		}
	}
	quoted := c.text[c.at : end+1]
	c.at = end + 1
	return strictjson.Unquote(quoted)
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

// object reads an object and gives the names of the known members to read.
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
			return fmt.Errorf("member %q: a reader that does not mind the case takes it for another", name)
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

// wantTrue reads a member that is there only if it is true.
func (d *decoder) wantTrue() error {
	if raw := d.Raw(); raw != "true" {
		return fmt.Errorf("%.20s where true belongs", raw)
	}
	return nil
}
