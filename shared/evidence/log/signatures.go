package log

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// signedNote is a checkpoint whose keys may not be known yet.
type signedNote struct {
	Checkpoint
	text    []byte
	version string // for messages
}

// readNote reads a checkpoint without its signatures' keys. It accepts one spelling of each line.
func readNote(text []byte, version string) (n signedNote, err error) {
	if _, err = note.Open(text, note.VerifierList()); !isUnverified(err) {
		return n, fault.Errorf(fault.Invalid, "it is not a signed note: %w", err)
	}
	body, lines, _ := strings.Cut(string(text), "\n\n")
	for line := range strings.Lines(lines) {
		at := strings.LastIndexByte(line, ' ') + 1
		if _, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSuffix(line[at:], "\n")); err != nil {
			return n, fault.Errorf(fault.Invalid, "the signature line %.100q: %w", line, err)
		}
	}
	n = signedNote{text: text, version: version}
	n.Checkpoint, err = ParseCheckpoint(body + "\n")
	return n, err
}

// by returns the signatures of known keys. Invalid: one of them is wrong.
func (n *signedNote) by(known note.Verifiers) ([]note.Signature, error) {
	opened, err := note.Open(n.text, known)
	if isUnverified(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "%w", err)
	}
	return opened.Sigs, nil
}

// unknown returns the names of the log's keys that signed, apart from known ones.
func (n *signedNote) unknown(known note.Verifiers) (names []string) {
	opened, err := note.Open(n.text, known)
	if u, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
		opened = u.Note
	}
	if opened == nil {
		return nil
	}
	for _, s := range opened.UnverifiedSigs {
		if s.Name == n.Origin {
			names = append(names, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
		}
	}
	return names
}

// trust is the keys that the caller trusts, and those that the log introduced under a signature of a trusted one.
type trust struct {
	introduced map[string]Signer // by name
	verifiers  []note.Verifier
}

func newTrust(keys []string) (*trust, error) {
	t := &trust{introduced: map[string]Signer{}}
	for _, k := range keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			return nil, fault.Errorf(fault.Invalid, "%.200q is not a verifier key: want NAME+HASH+KEY, as the log's owner publishes it: %w", k, err)
		}
		if !t.has(v) {
			t.verifiers = append(t.verifiers, v)
		}
	}
	return t, nil
}

func (t *trust) has(v note.Verifier) bool {
	return slices.ContainsFunc(t.verifiers, func(o note.Verifier) bool { return keyName(o) == keyName(v) })
}

// grow adds the keys that are introduced before a size, and reports whether there are new ones.
func (t *trust) grow(all []introduced, size int64) (more bool) {
	for _, in := range all {
		for _, k := range in.Keys.Keys {
			if v, err := note.NewVerifier(k); in.entry < size && err == nil && !t.has(v) {
				t.verifiers, more = append(t.verifiers, v), true
				t.introduced[keyName(v)] = Signer{Key: keyName(v), Introduced: indexed(in.entry), VerifierKey: k}
			}
		}
	}
	return more
}

func keyName(v note.Verifier) string { return fmt.Sprintf("%s+%08x", v.Name(), v.KeyHash()) }

// settle trusts what the notes introduce, as long as one more is signed by a trusted key. They are consistent with the log.
func (t *trust) settle(newest signedNote, older []olderNote, all []introduced) {
	for more := true; more; {
		more = false
		for _, n := range append(slices.Clip(older), olderNote{note: &newest, tree: newest.Tree}) {
			signed := n.signed
			if !signed {
				sigs, err := n.note.by(note.VerifierList(t.verifiers...))
				signed = err == nil && len(sigs) > 0
			}
			more = signed && t.grow(all, n.tree.N) || more
		}
	}
}

const unsigned = "no trusted key signed it, or an earlier checkpoint that introduces its key: ask the log's owner which key signs, and verify with --key"

// signers checks who signed the newest checkpoint: all keys that are in force.
func (t *trust) signers(newest signedNote, all []introduced, f *findings) (by []Signer) {
	sigs, err := newest.by(note.VerifierList(t.verifiers...))
	if err != nil {
		f.object(CheckpointName, "%v", err)
		return nil
	}
	if len(sigs) == 0 {
		f.object(CheckpointName, unsigned)
		return nil
	}
	var names []string
	for _, s := range sigs {
		name := fmt.Sprintf("%s+%08x", s.Name, s.Hash)
		names = append(names, name)
		signer, ok := t.introduced[name]
		if !ok {
			signer.Key = name
		}
		by = append(by, signer)
	}
	if len(all) == 0 {
		return by
	}
	for _, k := range all[len(all)-1].Keys.Keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			f.add(Problem{Entry: indexed(all[len(all)-1].entry), Why: fmt.Sprintf("it introduces %.200q, which is not a key", k)})
		} else if !slices.Contains(names, keyName(v)) {
			f.object(CheckpointName, "the key %s is in force since entry %d and did not sign it", keyName(v), all[len(all)-1].entry)
		}
	}
	return by
}

// olderNote is an older checkpoint: there may be many, so its text is kept only if no key of the caller signed it.
type olderNote struct {
	tree   tlog.Tree
	which  string
	signed bool        // by a key of the caller
	note   *signedNote // nil: it is signed
	same   [2]bool     // the entries, and the tiles, continue it
}

func (n *olderNote) compare(roots [2]tlog.Hash) {
	n.same = [2]bool{roots[0] == n.tree.Hash, roots[1] == n.tree.Hash}
}
