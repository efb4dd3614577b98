package eventpattern

import (
	"strings"

	"curfew/shared/strictjson"
)

// maxStars limits the wildcard characters of a value. EventBridge has an undocumented limit and is known to refuse
// "*:*:*:*:*:event-bus/*".
const maxStars = 4

// A wildcard is {"wildcard": "dir/*.png"}, split at the wildcard characters.
type wildcard []string

func (w wildcard) matches(v value) bool { return v.kind == strictjson.String && w.match(v.text) }

func (w wildcard) match(s string) bool {
	first, last := w[0], w[len(w)-1]
	if len(w) == 1 {
		return s == first
	}
	if len(s) < len(first)+len(last) || !strings.HasPrefix(s, first) || !strings.HasSuffix(s, last) {
		return false
	}
	s = s[len(first) : len(s)-len(last)]
	for _, between := range w[1 : len(w)-1] {
		i := strings.Index(s, between) // the earliest match leaves the most text for the rest
		if i < 0 {
			return false
		}
		s = s[i+len(between):]
	}
	return true
}

func wildcardOf(operand strictjson.Value, at string) (test, error) {
	if operand.Kind != strictjson.String {
		return nil, errorAt(at, "want a string, got %s", describe(operand))
	}
	return splitWildcard(operand.Text, at)
}

// splitWildcard splits at the wildcard characters. \* and \\ escape them.
func splitWildcard(s, at string) (test, error) {
	var parts wildcard
	var part strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '*' && i > 0 && s[i-1] == '*' && part.Len() == 0 && len(parts) > 0:
			return nil, errorAt(at, "consecutive wildcard characters at %d", i-1)
		case s[i] == '*':
			parts = append(parts, part.String())
			part.Reset()
		case s[i] == '\\':
			if i++; i == len(s) || s[i] != '*' && s[i] != '\\' {
				return nil, errorAt(at, `a backslash at %d that is not \* or \\`, i-1)
			}
			part.WriteByte(s[i])
		default:
			part.WriteByte(s[i])
		}
	}
	if len(parts) > maxStars {
		return nil, errorAt(at, "%d wildcard characters, want at most %d", len(parts), maxStars)
	}
	return append(parts, part.String()), nil
}
