package fault

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxReason bounds a reason that a caller gives, in characters.
const MaxReason = 500

// CheckText takes text for people: any script, but nothing that is invisible, moves the cursor or turns the direction of
// what follows, because an approver decides on what he sees.
func CheckText(field, s string, least, most int) error {
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case !utf8.ValidString(s):
		return Errorf(Invalid, "%s: not valid UTF-8", field)
	case n < least || utf8.RuneCountInString(s) > most:
		return Errorf(Invalid, "%s: want %d to %d characters", field, least, most)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) {
			return Errorf(Invalid, "%s: character U+%04X is not allowed", field, r)
		}
	}
	return nil
}

// PrintableASCII reports whether a text is of printable ASCII alone.
func PrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Printable is what may be repeated to a caller or a log of a text that was not understood.
func Printable(s string) string {
	const most = 40
	out := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(out) > most {
		out = out[:most] + "…"
	}
	return out
}

// Pattern is a regular expression that is compiled when it is first needed: most functions check no request, and a start is not to
// wait for it.
func Pattern(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
