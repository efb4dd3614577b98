package strictjson

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// step is one level of a path.
type step struct {
	inList bool
	index  int
	name   string
	named  bool // name was read
}

// pathTo returns the path to a byte. The text before it passed the checker. Reading that text again keeps paths free of
// cost for valid texts.
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

// quoted moves past a string. ok is false if the text ends inside it.
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

// Untrusted paths and names are cut to about this many bytes in errors.
const maxPath, maxName = 256, 64

// written formats the path like Statement[2].Condition. It omits an object whose next name was not read.
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

// shown formats a name for a path. It quotes a name that would make the path ambiguous or longer than one line.
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
