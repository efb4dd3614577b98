package evidence

import (
	"bytes"
	"encoding/json"
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

// Verify checks one whole chain in order and returns its head. The error is a [*BrokenError].
//
// want is a head known from elsewhere, as an elevation keeps its own: the chain must pass through it, and may have grown
// since it was read. With a zero want a tail that was cut off, or a chain that was written anew from the first record, is
// not seen.
func Verify(chain string, records []Record, want Head) (Head, error) {
	var head Head
	for _, r := range records {
		if why := follows(chain, head, r); why != "" {
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

// follows says what keeps r from being the record after head, or nothing.
func follows(chain string, head Head, r Record) string {
	switch {
	case r.Chain != chain:
		return fmt.Sprintf("belongs to %s", r.Chain)
	case r.Seq != head.Seq+1:
		return fmt.Sprintf("found record %d in its place", r.Seq)
	case r.Prev != head.hash():
		return "does not follow the record before it"
	case !canonical(r.Detail):
		return "its detail is not in the canonical form"
	case r.Hash == "" || r.Hash != r.sum():
		return "its hash is not of its content"
	}
	return ""
}

func canonical(detail json.RawMessage) bool {
	if len(detail) == 0 {
		return true
	}
	again, err := Canonical(detail)
	return err == nil && bytes.Equal(again, detail)
}
