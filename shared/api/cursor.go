package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// cursorVersion is part of every cursor: what its members mean may change, and a client may keep an old one.
const cursorVersion = 1

// maxCursor is in bytes.
const maxCursor = 512

// cursor is where a list goes on. It is opaque to clients, and no secret: the operation checks again what the caller may see.
type cursor struct {
	Version int    `json:"v"`
	Filter  string `json:"f"` // which list it is of
	After   string `json:"a"` // what to go on after
}

// String is the cursor as clients see it.
func (c cursor) String() string {
	c.Version = cursorVersion
	b, err := json.Marshal(c)
	if err != nil { // a number and two texts: there is nothing that could fail
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// cursorAfter is the cursor of the next page; empty: there is no more.
func cursorAfter(bound, after string) string {
	if after == "" {
		return ""
	}
	return cursor{Filter: bound, After: after}.String()
}

// readCursor takes only what String has made, for the same list. The empty text is the beginning.
func readCursor(s, bound string) (after string, err error) {
	if s == "" {
		return "", nil
	}
	bad := notUnderstood(fault.Mistakes{{Field: "cursor", Problem: "not one of ours, or of a list with another filter"}}.Err())
	if len(s) > maxCursor {
		return "", bad
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return "", bad
	}
	var c cursor
	if read(b, &c, time.Time{}) != nil || c.String() != s || c.Version != cursorVersion || c.Filter != bound || c.After == "" {
		return "", bad
	}
	return c.After, nil
}

// bind names what is gone through for a caller: a cursor is of nothing else.
func bind(c identity.Caller, what any) string {
	b, err := json.Marshal(what)
	if err != nil { // texts and instants that were read from JSON
		return ""
	}
	sum := sha256.Sum256(append([]byte(c.ID+"\n"), b...))
	return hex.EncodeToString(sum[:8])
}
