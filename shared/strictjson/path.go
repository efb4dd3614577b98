package strictjson

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

type step struct {
	inList bool
	index  int
	name   string
	named  bool
}

// pathTo returns the path to a byte. It reads the checked text again, so that valid texts have no cost for paths.
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
				return formatPath(steps)
			}
			if n := len(steps) - 1; n >= 0 && !steps[n].inList && !steps[n].named {
				steps[n].name, steps[n].named = Unescape(raw), true
			}
			continue
		}
		s.at++
	}
	return formatPath(steps)
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

// Longer untrusted paths and names are cut in errors.
const maxPath, maxName = 256, 64

// formatPath omits an object whose next name was not read.
func formatPath(steps []step) string {
	var path strings.Builder
	for _, s := range steps {
		switch {
		case path.Len() >= maxPath:
			path.WriteString("…")
			return path.String()
		case s.inList:
			fmt.Fprintf(&path, "[%d]", s.index)
		case s.named:
			path.WriteString(formatName(path.Len() > 0, s.name))
		}
	}
	return path.String()
}

// formatName quotes a name that would make the path ambiguous or longer than one line.
func formatName(dot bool, name string) string {
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
