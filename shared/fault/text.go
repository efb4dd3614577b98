package fault

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxReason is in characters.
const MaxReason = 500

// CheckText accepts one line of any language, and refuses what readers do not see: approvers decide on what they see.
func CheckText(field, s string, least, most int) error {
	runes := []rune(s)
	seen := 0
	for _, r := range runes {
		if isSeen(r) && !unicode.Is(unicode.M, r) {
			seen++
		}
	}
	switch {
	case !utf8.ValidString(s):
		return Errorf(Invalid, "%s: not valid UTF-8", field)
	case seen < least || len(runes) > most:
		return Errorf(Invalid, "%s: want %d to %d characters", field, least, most)
	}
	for i, r := range runes {
		switch {
		case isClear(runes, i):
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return Errorf(Invalid, "%s: a line break (U+%04X) is not allowed: write one line", field, r)
		default:
			return Errorf(Invalid, "%s: character U+%04X is not allowed", field, r)
		}
	}
	return nil
}

// CheckUTF16 is Invalid for a file as PowerShell writes it: with a byte order mark, or the zeros of ASCII in UTF-16.
func CheckUTF16(text []byte) error {
	for _, mark := range []string{"\xff\xfe", "\xfe\xff"} {
		if strings.HasPrefix(string(text[:min(2, len(text))]), mark) {
			return Errorf(Invalid, "is UTF-16: save it as UTF-8")
		}
	}
	if len(text) > 1 && (text[0] == 0) != (text[1] == 0) {
		return Errorf(Invalid, "is UTF-16: save it as UTF-8")
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

// Escaped writes as \u{…} what a terminal would obey or a reader would not see: controls, text direction, invisible runes.
func Escaped(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, r := range runes {
		if isClear(runes, i) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	return b.String()
}

// EscapedJSON escapes hidden runes, which JSON strings may hold unescaped: their meaning stays. Outside of strings JSON has no hidden
// runes but line breaks.
func EscapedJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, r := range string(b) {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return out
}

// Pattern compiles on first use, for faster cold starts.
func Pattern(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
