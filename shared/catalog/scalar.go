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

	"curfew/shared/fault"
)

// text returns nonempty text without control characters.
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
		v.report("is not one line of text")
		return "", false
	}
	return s, true
}

// matching returns text of a form, which what describes.
func (v value) matching(form *regexp.Regexp, what string) (string, bool) {
	s, ok := v.text()
	if ok && !form.MatchString(s) {
		v.report("%q is not %s", s, what)
		return "", false
	}
	return s, ok
}

func (v value) oneOf(words ...string) (string, bool) {
	s, ok := v.text()
	if !ok || slices.Contains(words, s) {
		return s, ok
	}
	if len(words) == 1 {
		v.report("%q is not %q", s, words[0])
	} else {
		v.report("%q is not one of %s", s, strings.Join(words, ", "))
	}
	return "", false
}

func (v value) flag() bool {
	n, ok := v.node.(*ast.BoolNode)
	if !ok {
		v.mismatch("true or false")
		return false
	}
	return n.Value
}

func (v value) number(least, most int) int {
	n, ok := v.node.(*ast.IntegerNode)
	if !ok {
		v.mismatch("a number")
		return 0
	}
	i, err := strconv.Atoi(n.Token.Value)
	if err != nil || i < least || i > most {
		v.report("%s is not within %d to %d", n.Token.Value, least, most)
		return 0
	}
	return i
}

// span is a duration like 30m or 1h30m.
var span = fault.Pattern(`^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?$`)

// duration returns 0 if the value is invalid or out of bounds.
func (v value) duration(least, most time.Duration) time.Duration {
	if v.kind() == "a number" {
		v.report("has no unit: write a duration like 30m or 1h30m")
		return 0
	}
	s, ok := v.matching(span(), "a duration like 30m or 1h30m")
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < least || d > most {
		v.report("%s is not within %s to %s", s, formatDuration(least), formatDuration(most))
		return 0
	}
	return d
}

// formatDuration formats a duration as 1h30m, not 1h30m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// textWithin returns text of at most that many characters.
func (v value) textWithin(most int) string {
	s, _ := v.text()
	if utf8.RuneCountInString(s) > most {
		v.report("is longer than %d characters", most)
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
		v.report("%q is not a time zone like UTC or Europe/Berlin", name)
		return time.UTC
	}
	return zone
}

// instant accepts RFC 3339 in UTC and whole seconds only.
func (v value) instant() time.Time {
	s, ok := v.text()
	if !ok {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.UTC().Format(time.RFC3339) != s {
		v.report("%q is not an instant like 2026-11-23T10:00:00Z", s)
	}
	return t
}
