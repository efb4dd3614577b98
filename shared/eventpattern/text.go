package eventpattern

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

// exactText compares IP addresses by value and other strings byte by byte.
type exactText struct {
	text    string
	address netip.Addr // zero unless text is an address
}

func (e exactText) matches(v value) bool {
	if v.kind != strictjson.String {
		return false
	}
	return v.text == e.text || e.address.IsValid() && addressOf(v.text) == e.address
}

type exactWord string

func (e exactWord) matches(v value) bool { return v.kind != strictjson.String && v.text == string(e) }

// foldedText is {"equals-ignore-case": text}.
type foldedText string

func (e foldedText) matches(v value) bool {
	rest, ok := cutFoldedPrefix(v.text, string(e))
	return v.kind == strictjson.String && ok && rest == ""
}

// An affix is {"prefix": text} or {"suffix": text}, or either with {"equals-ignore-case": text}.
type affix struct {
	text        string
	side        side
	ignoresCase bool
}

type side int

const (
	prefix side = iota
	suffix
)

func (a affix) matches(v value) bool {
	switch {
	case v.kind != strictjson.String:
		return false
	case a.ignoresCase && a.side == prefix:
		_, ok := cutFoldedPrefix(v.text, a.text)
		return ok
	case a.ignoresCase:
		return hasFoldedSuffix(v.text, a.text)
	case a.side == prefix:
		return strings.HasPrefix(v.text, a.text)
	}
	return strings.HasSuffix(v.text, a.text)
}

func affixOf(operand strictjson.Value, at string, on side) (test, error) {
	if operand.Kind != strictjson.Object {
		return textTest(operand, at, func(s string) test { return affix{s, on, false} })
	}
	name, inner, err := singleMember(operand, at)
	if err != nil {
		return nil, err
	}
	if name != "equals-ignore-case" {
		return nil, errorAt(at, "want a string or equals-ignore-case, got %q", name)
	}
	return textTest(inner, at+"."+name, func(s string) test { return affix{s, on, true} })
}

// cutFoldedPrefix is strings.CutPrefix, ignoring case.
func cutFoldedPrefix(s, prefix string) (rest string, ok bool) {
	for _, want := range prefix {
		got, n := utf8.DecodeRuneInString(s)
		if n == 0 || !sameLetter(want, got) {
			return "", false
		}
		s = s[n:]
	}
	return s, true
}

// cutFoldedPrefix is strings.CutPrefix without regard to case.
func hasFoldedSuffix(s, suffix string) bool {
	for suffix != "" {
		want, n := utf8.DecodeLastRuneInString(suffix)
		got, m := utf8.DecodeLastRuneInString(s)
		if m == 0 || !sameLetter(want, got) {
			return false
		}
		suffix, s = suffix[:len(suffix)-n], s[:len(s)-m]
	}
	return true
}

func sameLetter(want, got rune) bool {
	return got == want || got == unicode.ToLower(want) || got == unicode.ToUpper(want)
}
