package evidence

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// BrokenError says where a chain stops being what was written.
type BrokenError struct {
	Chain string
	Seq   int64 // the first record that is wrong or missing
	Why   string
	// Truncated: all that is there verifies, and the end of the chain is missing.
	Truncated bool
}

// Error names the chain, the record and what is wrong with it.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("evidence %s is broken at record %d: %s", e.Chain, e.Seq, e.Why)
}

// Verify checks one whole chain in order and returns its head. The error is a [*BrokenError]. It reads the text of each record
// anew: the text must be canonical, with one attestation of exactly the members that [Append] writes, and the fingerprint must
// be of the text without it. The fields of the record must say what its text says.
//
// want is a head known from elsewhere, as an elevation keeps its own: the chain must pass through it, and may have grown
// since it was read. With a zero want a tail that was cut off, or a chain that was written anew from the first record, is
// not seen.
func Verify(chain string, records []Record, want Head) (Head, error) {
	var head Head
	for i := range records {
		r, why := follows(chain, head, &records[i])
		if why != "" {
			return head, &BrokenError{Chain: chain, Seq: head.Seq + 1, Why: why}
		}
		head = Head{Seq: r.Seq, Hash: r.Hash}
		if head.Seq == want.Seq && head != want {
			return head, &BrokenError{Chain: chain, Seq: head.Seq, Why: "it is not the record that is known"}
		}
	}
	if head.Seq < want.Seq {
		return head, &BrokenError{Chain: chain, Seq: head.Seq + 1, Why: fmt.Sprintf("missing: the chain goes to %d", want.Seq), Truncated: true}
	}
	return head, nil
}

// follows gives the record as its text has it, and says what keeps it from being the one after head, or nothing.
func follows(chain string, head Head, said *Record) (Record, string) {
	r, gap, err := decode(said.text)
	why := ""
	switch {
	case err != nil:
		why = "its text cannot be read: " + err.Error()
	case !r.equal(said):
		why = "its text says something else"
	case r.Chain != chain:
		why = fmt.Sprintf("belongs to %.200s", r.Chain)
	case r.Seq != head.Seq+1:
		why = fmt.Sprintf("found record %d in its place", r.Seq)
	case r.Prev != head.Hash:
		why = "does not follow the record before it"
	case !r.hashes(gap):
		why = "its fingerprint is not of its content"
	}
	return r, why
}

func (r *Record) hashes(gap int) bool {
	sum := sumWithout(r.text, gap)
	return r.Hash == hex.EncodeToString(sum[:])
}

func (r *Record) equal(o *Record) bool {
	return r.Chain == o.Chain && r.Seq == o.Seq && r.At.Equal(o.At) && r.Kind == o.Kind && r.Actor == o.Actor && r.Late == o.Late &&
		bytes.Equal(r.Detail, o.Detail) && r.Untruncated == o.Untruncated && r.Prev == o.Prev && r.Hash == o.Hash
}
