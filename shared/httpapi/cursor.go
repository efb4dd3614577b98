package httpapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// cursorVersion is part of every cursor: what its members mean may change, and a client may keep an old one.
const cursorVersion = 1

// maxCursor is in bytes.
const maxCursor = 512

// cursor is where a list goes on. It is opaque to clients, and no secret: what it leads to is looked at for the caller
// anew.
type cursor struct {
	Version int    `json:"v"`
	Filter  string `json:"f"` // which list it is of
	After   string `json:"a"` // what to go on after: an id, where there is one list only
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

// readCursor takes only what String has made, for the same filter, to go on after an id.
func readCursor(s, bound string) (after string, err error) {
	if after, err = openCursor(s, bound); err != nil || !access.ValidID(after) {
		return "", badCursor()
	}
	return after, nil
}

func badCursor() error {
	return refuse(invalid, "cursor: not one of ours, or of a list with another filter")
}

// openCursor takes only what String has made, for the same filter. What it goes on after is looked at by whoever goes on.
func openCursor(s, bound string) (after string, err error) {
	if len(s) > maxCursor {
		return "", badCursor()
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return "", badCursor()
	}
	var c cursor
	if unmarshal(b, &c) != nil || c.String() != s || c.Version != cursorVersion || c.Filter != bound {
		return "", badCursor()
	}
	return c.After, nil
}

// bind names the list that a filter makes for a caller: without a filter it is the caller's own.
func bind(c identity.Caller, f access.Filter) string {
	return bindTo(c, string(f.State), f.Principal, f.Requester)
}

// bindTo names what is gone through for a caller.
func bindTo(c identity.Caller, what ...string) string {
	sum := sha256.Sum256([]byte(c.ID + "\n" + strings.Join(what, "\n")))
	return hex.EncodeToString(sum[:8])
}

// readFilter reads the query of a list, and gives what its cursors are bound to.
func readFilter(c identity.Caller, query string) (access.Filter, string, error) {
	var f access.Filter
	q, err := url.ParseQuery(query)
	if err != nil {
		return f, "", refuse(invalid, "the query is not well formed")
	}
	for name, values := range q {
		if !slices.Contains([]string{"state", "principal", "requester", "limit", "cursor"}, name) {
			return f, "", refuse(invalid, "unknown query parameter: want state, principal, requester, limit or cursor")
		}
		if len(values) != 1 || values[0] == "" {
			return f, "", refuse(invalid, "%s: want one, and not empty", name)
		}
	}
	f.State, f.Principal, f.Requester = access.State(q.Get("state")), q.Get("principal"), q.Get("requester")
	if err := oneOf(f); err != nil {
		return f, "", err
	}
	if f.Limit, err = limit(q.Get("limit")); err != nil {
		return f, "", err
	}
	bound := bind(c, f)
	if q.Has("cursor") {
		f.After, err = readCursor(q.Get("cursor"), bound)
	}
	return f, bound, err
}

func oneOf(f access.Filter) error {
	if f.State != "" && !slices.Contains(access.States(), f.State) {
		return refuse(invalid, "state: there is none of this name")
	}
	given := 0
	for _, v := range []string{string(f.State), f.Principal, f.Requester} {
		if v != "" {
			given++
		}
	}
	if given > 1 {
		return refuse(invalid, "list by one of state, principal and requester")
	}
	return nil
}

// limit is how many a page holds; 0 leaves it to the domain.
func limit(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 200 || strconv.Itoa(n) != s {
		return 0, refuse(invalid, "limit: want 1 to 200")
	}
	return n, nil
}
