package evidence

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

type BrokenError struct {
	Chain string
	Seq   int64 // first wrong or missing record
	Why   string
	// Truncated: the end is missing, the rest verifies.
	Truncated bool
}

func (e *BrokenError) Error() string {
	return fmt.Sprintf("evidence %s is broken at record %d: %s", e.Chain, e.Seq, e.Why)
}

// Verify checks a complete chain and returns its head, or a [*BrokenError]. It decodes each text as [Decode] does, and
// checks fingerprint and fields.
//
// The chain must contain want, a head from a trusted place such as the elevation's row. With a zero want, Verify cannot
// see a cut tail or a replaced chain.
func Verify(chain string, records []Record, want Head) (Head, error) {
	var head Head
	for i := range records {
		r, why := checkNext(chain, head, &records[i])
		if why != "" {
			return head, &BrokenError{Chain: chain, Seq: head.Seq + 1, Why: why}
		}
		head = Head{Seq: r.Seq, Hash: r.Hash}
		if head.Seq == want.Seq && head != want {
			return head, &BrokenError{Chain: chain, Seq: head.Seq, Why: "it differs from the known head"}
		}
	}
	if head.Seq < want.Seq {
		return head, &BrokenError{Chain: chain, Seq: head.Seq + 1, Why: fmt.Sprintf("missing: the chain goes to %d", want.Seq), Truncated: true}
	}
	return head, nil
}

// DecodeChecked is [Decode] with a check of the fingerprint. The record shares text: do not change it.
func DecodeChecked(text []byte) (Record, error) {
	r, gap, err := decode(text)
	if err == nil && !r.hashMatches(gap) {
		err = errors.New(wrongFingerprint)
	}
	return r, err
}

func (h Head) refuses(r *Record) string {
	switch {
	case r.Seq != h.Seq+1:
		return fmt.Sprintf("found record %d in its place", r.Seq)
	case r.Prev != h.Hash:
		return "does not follow the record before it"
	}
	return ""
}

const wrongFingerprint = "its fingerprint does not match its content"

// checkNext also returns why the record cannot follow head, or "".
func checkNext(chain string, head Head, said *Record) (Record, string) {
	r, gap, err := decode(said.text)
	why := ""
	switch {
	case err != nil:
		why = "its text cannot be read: " + err.Error()
	case !r.equal(said):
		why = "its text differs from its fields"
	case r.Chain != chain:
		why = fmt.Sprintf("belongs to %.200s", r.Chain)
	case head.refuses(&r) != "":
		why = head.refuses(&r)
	case !r.hashMatches(gap):
		why = wrongFingerprint
	}
	return r, why
}

func (r *Record) hashMatches(gap int) bool {
	sum := sumWithout(r.text, gap)
	var digits [2 * len(sum)]byte
	hex.Encode(digits[:], sum[:])
	return r.Hash == string(digits[:])
}

func (r *Record) equal(o *Record) bool {
	return r.Chain == o.Chain && r.Seq == o.Seq && r.At.Equal(o.At) && r.Kind == o.Kind && r.Actor == o.Actor && r.Late == o.Late &&
		bytes.Equal(r.Detail, o.Detail) && r.Untruncated == o.Untruncated && r.Prev == o.Prev && r.Hash == o.Hash
}
