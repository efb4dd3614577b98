package evidence

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"curfew/shared/strictjson"
)

func canonicalString(out []byte, quoted string) []byte {
	if isTerse(quoted) {
		return append(out, quoted...)
	}
	return appendString(out, strictjson.Unquote(quoted))
}

// isTerse: all escapes have two characters and are required.
func isTerse(quoted string) bool {
	for {
		i := strings.IndexByte(quoted, '\\')
		if i < 0 {
			return true
		}
		if c := quoted[i+1]; c == 'u' || c == '/' {
			return false
		}
		quoted = quoted[i+2:]
	}
}

// appendString: RFC 8785, section 3.2.2.2. Invalid UTF-8 becomes U+FFFD.
func appendString(out []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	out = append(out, '"')
	from := 0 // of bytes to copy
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			out = appendEscape(append(out, text[from:i]...), c)
			from = i + 1
		}
	}
	return append(append(out, text[from:]...), '"')
}

func appendEscape(out []byte, c byte) []byte {
	switch {
	case c >= ' ':
		return append(out, '\\', c)
	case c < '\b' || c > '\r' || c == '\v':
		return fmt.Appendf(out, `\u%04x`, c)
	}
	return append(out, '\\', "btnvfr"[c-'\b'])
}

// A double has all integers up to maxNumber.
const maxNumber = 1<<53 - 1

// canonicalNumber: RFC 8785, section 3.2.2.3. Beyond maxNumber two integers could look alike.
func canonicalNumber(out []byte, text string) ([]byte, error) {
	if isCounter(text) {
		return append(out, text...), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || f < -maxNumber || f > maxNumber:
		return nil, fmt.Errorf("the number %.40s is beyond ±(2^53-1)", text)
	case f == 0: // also negative zero
		return append(out, '0'), nil
	case f > -1e-6 && f < 1e-6:
		out = strconv.AppendFloat(out, f, 'e', -1, 64)
		if n := len(out); out[n-3] == '-' && out[n-2] == '0' { // e-07 to e-7, as ECMAScript
			out = append(out[:n-2], out[n-1])
		}
		return out, nil
	}
	return strconv.AppendFloat(out, f, 'f', -1, 64), nil
}

// isCounter: a short unsigned integer, as most are, stays.
func isCounter(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < '0' || c > '9' {
			return false
		}
	}
	return len(text) < len("9007199254740991")
}

// compareNames: by UTF-16 code units (RFC 8785, section 3.2.3). For ASCII that is byte order.
func compareNames(a, b []byte) int {
	if plain(a) && plain(b) {
		return bytes.Compare(a[:len(a)-1], b[:len(b)-1]) // a closing quote is greater than '!'
	}
	x, y := strictjson.Unquote(string(a)), strictjson.Unquote(string(b))
	for x != "" && y != "" {
		rx, nx := utf8.DecodeRuneInString(x)
		ry, ny := utf8.DecodeRuneInString(y)
		if rx != ry {
			return cmp.Or(cmp.Compare(firstUnit(rx), firstUnit(ry)), cmp.Compare(rx, ry))
		}
		x, y = x[nx:], y[ny:]
	}
	return cmp.Compare(len(x), len(y))
}

func plain(name []byte) bool {
	for _, c := range name {
		if c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

func firstUnit(r rune) rune {
	if high, _ := utf16.EncodeRune(r); high != utf8.RuneError {
		return high
	}
	return r
}
