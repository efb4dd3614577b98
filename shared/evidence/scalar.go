package evidence

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// canonicalString writes a string, given with its quotes, anew if it may have an escape in another form.
func canonicalString(out, quoted []byte) ([]byte, error) {
	if isTerse(quoted) {
		return append(out, quoted...), nil
	}
	text, err := unescape(make([]byte, 0, len(quoted)), quoted[1:len(quoted)-1])
	return appendString(out, string(text)), err
}

// isTerse reports whether every escape in a string is one of two characters that JSON needs.
func isTerse(quoted []byte) bool {
	for {
		i := bytes.IndexByte(quoted, '\\')
		if i < 0 {
			return true
		}
		if c := quoted[i+1]; c == 'u' || c == '/' {
			return false
		}
		quoted = quoted[i+2:]
	}
}

// unescape appends the text that stands between the quotes of a string that is valid JSON.
func unescape(out, in []byte) ([]byte, error) {
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			out = append(out, in[i])
			continue
		}
		i++
		if in[i] != 'u' {
			out = append(out, escaped(in[i]))
			continue
		}
		r := unit(in[i+1:])
		i += 4
		if utf16.IsSurrogate(r) {
			if len(in) < i+7 || in[i+1] != '\\' || in[i+2] != 'u' {
				return nil, errHalf
			}
			if r = utf16.DecodeRune(r, unit(in[i+3:])); r == utf8.RuneError {
				return nil, errHalf
			}
			i += 6
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

var errHalf = errors.New("half of a surrogate pair is not text")

// unit is the code unit that four hexadecimal digits name.
func unit(digits []byte) rune {
	n, _ := strconv.ParseUint(string(digits[:4]), 16, 16) // the JSON is valid
	return rune(n)
}

// escaped is the byte that a letter after a backslash stands for.
func escaped(letter byte) byte {
	switch letter {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return letter
}

// appendString writes a text as RFC 8785 does, section 3.2.2.2. A byte that is not UTF-8 becomes U+FFFD, as in encoding/json.
func appendString(out []byte, text string) []byte {
	if !utf8.ValidString(text) {
		text = string([]rune(text))
	}
	out = append(out, '"')
	from := 0 // of what is to be copied
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

// maxNumber is the greatest integer up to which a double has all of them: 2^53-1.
const maxNumber = 1<<53 - 1

// canonicalNumber writes a number as ECMAScript prints it: RFC 8785, section 3.2.2.3. Beyond maxNumber two integers would
// get one form.
func canonicalNumber(out, text []byte) ([]byte, error) {
	if isCounter(text) {
		return append(out, text...), nil
	}
	f, err := strconv.ParseFloat(string(text), 64)
	switch {
	case err != nil || f < -maxNumber || f > maxNumber:
		return nil, fmt.Errorf("the number %.40s is beyond ±(2^53-1)", text)
	case f == 0: // minus nought too
		return append(out, '0'), nil
	case f > -1e-6 && f < 1e-6:
		out = strconv.AppendFloat(out, f, 'e', -1, 64)
		if n := len(out); out[n-3] == '-' && out[n-2] == '0' { // e-07, and not e-100: ECMAScript has no zero there
			out = append(out[:n-2], out[n-1])
		}
		return out, nil
	}
	return strconv.AppendFloat(out, f, 'f', -1, 64), nil
}

// isCounter reports whether a number is an integer of few digits without a sign, as nearly all are: it stays as it is.
func isCounter(text []byte) bool {
	for _, c := range text {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(text) < len("9007199254740991")
}

// compareNames compares two canonical names, without their quotes, by UTF-16 code units: RFC 8785, section 3.2.3. For names
// of ASCII without an escape that is the order of their bytes.
func compareNames(a, b []byte) int {
	if plain(a) && plain(b) {
		return bytes.Compare(a, b)
	}
	a, _ = unescape(nil, a) // canonical: cannot fail
	b, _ = unescape(nil, b)
	for len(a) > 0 && len(b) > 0 {
		ra, na := utf8.DecodeRune(a)
		rb, nb := utf8.DecodeRune(b)
		if ra != rb {
			return cmp.Or(cmp.Compare(firstUnit(ra), firstUnit(rb)), cmp.Compare(ra, rb))
		}
		a, b = a[na:], b[nb:]
	}
	return cmp.Compare(len(a), len(b))
}

func plain(name []byte) bool {
	for _, c := range name {
		if c >= utf8.RuneSelf || c == '\\' {
			return false
		}
	}
	return true
}

// firstUnit is the first of a rune's UTF-16 code units.
func firstUnit(r rune) rune {
	if high, _ := utf16.EncodeRune(r); high != utf8.RuneError {
		return high
	}
	return r
}
