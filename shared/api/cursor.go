package api

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// A cursor is a hash of caller and filter, then the place to continue after. It is no secret: each page checks again what
// the caller may see.
func cursorAfter(bound, after string) string {
	if after == "" { // the last page
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(bound + after))
}

// readCursor accepts exactly what cursorAfter returned for the same bound, or "".
func readCursor(s, bound string) (after string, err error) {
	b, _ := base64.RawURLEncoding.DecodeString(s) // compared below
	after, _ = strings.CutPrefix(string(b), bound)
	if s != "" && cursorAfter(bound, after) != s {
		return "", NotUnderstood(fault.Mistakes{{Field: "cursor", Problem: "not from this API, or from a list with another filter"}})
	}
	return after, nil
}

func bind(c identity.Caller, filter any) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "1 %q %#v", c.ID, filter)) // 1: the version
	return string(sum[:8])
}
