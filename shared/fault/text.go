package fault

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// MaxReason is in characters.
const MaxReason = 500

// CheckText refuses invisible and bidirectional characters: approvers decide on what they see.
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

func PrintableASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Printable makes text from outside safe for errors and logs.
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

// Pattern compiles on first use, for faster cold starts.
func Pattern(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
