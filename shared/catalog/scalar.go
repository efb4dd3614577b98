package catalog

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
)

// text gives a value that is text and not empty, without control characters.
func (v value) text() (string, bool) {
	var s string
	switch n := v.node.(type) {
	case *ast.StringNode:
		s = n.Value
	case *ast.LiteralNode:
		s = n.Value.Value
	default:
		v.mismatch("text")
		return "", false
	}
	if s == "" || strings.ContainsFunc(s, unicode.IsControl) {
		v.bad("is not one line of text")
		return "", false
	}
	return s, true
}

// matching gives text of a form; what says which, for people.
func (v value) matching(form *regexp.Regexp, what string) (string, bool) {
	s, ok := v.text()
	if ok && !form.MatchString(s) {
		v.bad("%q is not %s", s, what)
		return "", false
	}
	return s, ok
}

// oneOf gives text that is one of a few words.
func (v value) oneOf(words ...string) (string, bool) {
	s, ok := v.text()
	if !ok || slices.Contains(words, s) {
		return s, ok
	}
	if len(words) == 1 {
		v.bad("%q is not %q", s, words[0])
	} else {
		v.bad("%q is not one of %s", s, strings.Join(words, ", "))
	}
	return "", false
}

// flag gives true or false.
func (v value) flag() bool {
	n, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.mismatch("true or false")
		return false
	}
	return n.Value
}

// number gives a whole number within bounds.
func (v value) number(least, most int) int {
	n, ok := v.node.(*ast.IntegerNode)
	if !ok {
		v.mismatch("a number")
		return 0
	}
	i, err := strconv.Atoi(n.Token.Value)
	if err != nil || i < least || i > most {
		v.bad("%s is not within %d to %d", n.Token.Value, least, most)
		return 0
	}
	return i
}

// span is how a duration is written: 30m, 1h30m.
var span = lazily(`^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$`)

// duration gives a length of time within bounds; 0 if it is wrong.
func (v value) duration(least, most time.Duration) time.Duration {
	s, ok := v.matching(span(), "a duration like 30m or 1h30m")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		v.bad("%s is not within %s to %s", s, short(least), short(most))
		return 0
	}
	return d
}

// short writes a duration as a catalog does: 1h30m, not 1h30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// textWithin gives text of at most so many characters.
func (v value) textWithin(most int) string {
	s, _ := v.text()
	if utf8.RuneCountInString(s) > most {
		v.bad("is longer than %d characters", most)
	}
	return s
}

func (v value) zone() *time.Location {
	name, ok := v.text()
	if !ok {
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "Local" {
		v.bad("%q is not a time zone like UTC or Europe/Berlin", name)
		return time.UTC
	}
	return zone
}

// instant reads an instant as the whole system writes it.
func (v value) instant() time.Time {
	s, ok := v.text()
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.UTC().Format(time.RFC3339) != s {
		v.bad("%q is not an instant like 2026-11-23T10:00:00Z", s)
	}
	return t
}
