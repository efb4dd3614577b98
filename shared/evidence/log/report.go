package log

import (
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Report is what [Verify] found. Its lists are short: More counts what is left out.
type Report struct {
	Origin   string   `json:"origin"`
	Size     int64    `json:"size"`
	Root     string   `json:"root"` // base64
	SignedBy []Signer `json:"signed_by"`
	Holds    []string `json:"holds"` // what the log proves, and to whom

	Counts   Counts    `json:"counts"`
	Problems []Problem `json:"problems"` // empty: the log is as it was signed
	More     int64     `json:"more_problems,omitempty"`
	Accepted []Problem `json:"accepted,omitempty"` // of [Options.Accepted]
	Ended    bool      `json:"ended,omitempty"`    // there were so many problems that the rest was not read

	Altered []string `json:"altered,omitempty"` // objects: images of evidence that was changed in the database
	Beyond  []string `json:"beyond,omitempty"`  // objects that were published before their checkpoint
	Pending []string `json:"pending,omitempty"` // newest evidence without its row, or the reverse: streams are separate

	MoreAltered int64 `json:"more_altered,omitempty"`
	MoreBeyond  int64 `json:"more_beyond,omitempty"`
	MorePending int64 `json:"more_pending,omitempty"`

	State *State `json:"-"` // for the next verification; nil: there are problems
}

// Verified reports whether there are no problems.
func (r *Report) Verified() bool { return len(r.Problems) == 0 }

// Signer is a key that signed the newest checkpoint.
type Signer struct {
	Key string `json:"key"` // name and hash
	// Introduced is the entry that introduces a key that the caller does not trust by itself, and VerifierKey is that key.
	Introduced  *int64 `json:"introduced,omitempty"`
	VerifierKey string `json:"verifier_key,omitempty"`
	Witness     string `json:"witnessed_at,omitempty"` // of a witness: its time
}

// Counts is what was read.
type Counts struct {
	Objects     int64 `json:"objects"`
	Checkpoints int64 `json:"checkpoints"`                   // older ones
	Skipped     int64 `json:"skipped_checkpoints,omitempty"` // of them: the last verification read them
	Records     int64 `json:"records"`
	Chains      int64 `json:"chains"`
	Rows        int64 `json:"rows"`
	Keys        int64 `json:"keys"`
	Late        int64 `json:"late"`
}

// Problem is a thing that is not as it was signed. Entry is an index of the log.
type Problem struct {
	Object string `json:"object,omitempty"`
	Entry  *int64 `json:"entry,omitempty"`
	Chain  string `json:"chain,omitempty"`
	Seq    int64  `json:"seq,omitempty"`
	Why    string `json:"why"`
	Leaf   string `json:"leaf,omitempty"` // of an entry that was signed as it is: its hash, hexadecimal
}

// String returns one line.
func (p Problem) String() string {
	text := ""
	if p.Entry != nil {
		text = fmt.Sprintf("entry %d", *p.Entry)
		if p.Object != "" {
			text += " in "
		}
	}
	text += p.Object
	if p.Chain != "" {
		text += fmt.Sprintf(" (record %d of %s)", p.Seq, p.Chain)
	}
	if text == "" {
		return p.Why
	}
	return text + ": " + p.Why
}

// State is what a verification leaves to the next one: a log never shrinks, and keeps its entries.
type State struct {
	Origin     string    `json:"origin"`
	Size       int64     `json:"size"`
	Root       tlog.Hash `json:"root"`
	Checkpoint string    `json:"checkpoint"`
	Published  time.Time `json:"published,omitzero"` // the checkpoint's version, by the store's clock
}

// most is the length of a report's lists.
const most = 200

// short is a list of at most [most].
type short[T any] struct {
	list []T
	more int64 // left out
}

func (s *short[T]) add(one T) {
	if len(s.list) == most {
		s.more++
		return
	}
	s.list = append(s.list, one)
}

func (s *short[T]) addAll(o short[T]) {
	for _, one := range o.list {
		s.add(one)
	}
	s.more += o.more
}

// findings collects problems.
type findings struct{ short[Problem] }

func (f *findings) object(name, format string, args ...any) {
	f.add(Problem{Object: name, Why: fmt.Sprintf(format, args...)})
}

// noteLost keeps an error that says that there is no such object, or that it cannot be one.
func (f *findings) noteLost(err error, name string) error {
	switch fault.KindOf(err) {
	case fault.NotFound:
		f.object(name, "is missing")
	case fault.Invalid:
		f.object(name, "%v", err)
	default:
		return err
	}
	return nil
}

func indexed(i int64) *int64 { return &i }
