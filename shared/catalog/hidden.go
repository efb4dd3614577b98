package catalog

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf8"

	"curfew/shared/fault"
)

// findHidden finds characters that make a file look different from its meaning in a review: line ends that an editor
// does not show (they end a comment), characters without width, and changes of text direction.
func findHidden(file string, text []byte) (Problem, bool) {
	if err := fault.CheckUTF16(text); err != nil {
		return Problem{File: file, Line: 1, Why: err.Error()}, true
	}
	line := 1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == '\n':
			line++
		case r == utf8.RuneError && n == 1:
			return Problem{File: file, Line: line, Why: "is not UTF-8"}, true
		case r == '\r' && bytes.HasPrefix(text[i+1:], []byte("\n")), r == '\t':
		case r == '\u2028', r == '\u2029', unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return Problem{File: file, Line: line, Why: fmt.Sprintf("has the invisible character U+%04X", r)}, true
		}
		i += n
	}
	return Problem{}, false
}
