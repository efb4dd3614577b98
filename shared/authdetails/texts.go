package authdetails

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"

	"curfew/shared/iampolicy"
)

// texts parses each text once: accounts have the same policies thousands of times.
type texts struct {
	known map[key]parsed
}

type key struct {
	hash  [sha256.Size]byte
	trust bool
}

type parsed struct {
	document *iampolicy.Document
	err      error
}

// parse returns the same document for texts that differ in white space alone.
func (t *texts) parse(text string, trust bool) (*iampolicy.Document, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(text)); err != nil {
		compact.Reset()
		compact.WriteString(text) // Parse says what is wrong
	}
	k := key{sha256.Sum256(compact.Bytes()), trust}
	if found, ok := t.known[k]; ok {
		return found.document, found.err
	}
	read := iampolicy.Parse
	if trust {
		read = iampolicy.ParseTrust
	}
	d, err := read(compact.Bytes())
	if t.known == nil {
		t.known = map[key]parsed{}
	}
	if err != nil {
		d = nil
	}
	t.known[k] = parsed{d, err}
	return d, err
}
