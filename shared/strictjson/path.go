package strictjson

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// step is one level on the way to a place.
type step struct {
	inList bool
	index  int    // in a list
	name   string // in an object
	named  bool   // the name has been read
}

// pathTo gives the path to a byte. The text before that byte has passed the checker. It is read once more here, so that a
// text without fault costs nothing for paths.
func pathTo(text string, offset int) string {
	var steps []step
	s := Scanner{text: text[:offset]}
	for s.at < offset {
		switch c := s.text[s.at]; c {
		case '{':
			steps = append(steps, step{})
		case '[':
			steps = append(steps, step{inList: true})
		case '}', ']':
			steps = steps[:len(steps)-1]
		case ',':
			last := &steps[len(steps)-1]
			last.index++
			last.named = false
		case '"':
			raw, ok := s.quoted()
			if !ok {
				return written(steps)
			}
			if n := len(steps) - 1; n >= 0 && !steps[n].inList && !steps[n].named {
				steps[n].name, steps[n].named = unescape(raw), true
			}
			continue
		}
		s.at++
	}
	return written(steps)
}

// quoted goes behind the string that begins here. It is not ok if the text ends inside the string.
func (s *Scanner) quoted() (raw string, ok bool) {
	from := s.at + 1
	for i := from; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			s.at = i + 1
			return s.text[from:i], true
		}
	}
	return "", false
}

// maxPath is about how many bytes of a path are shown, and maxName how many of a name: others wrote them.
const maxPath, maxName = 256, 64

// written is the path as in Statement[2].Condition. An object whose next name has not been read adds nothing.
func written(steps []step) string {
	var path strings.Builder
	for _, s := range steps {
		switch {
		case path.Len() >= maxPath:
			path.WriteString("…")
			return path.String()
		case s.inList:
			fmt.Fprintf(&path, "[%d]", s.index)
		case s.named:
			path.WriteString(shown(path.Len() > 0, s.name))
		}
	}
	return path.String()
}

// shown writes a name as a part of a path. What would make the path unclear, or more than one line, is quoted.
func shown(dot bool, name string) string {
	if len(name) > maxName {
		cut := maxName
		for !utf8.RuneStart(name[cut]) {
			cut--
		}
		name = name[:cut] + "…"
	}
	if name == "" || strings.ContainsAny(name, `."[]\`) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		name = strconv.Quote(name)
	}
	if dot {
		return "." + name
	}
	return name
}
