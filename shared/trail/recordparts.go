package trail

import "strings"

// reset empties a record for the next: its parts are in a buffer that is reused.
func (r *Record) reset() {
	p := parsed{members: r.parsed.members[:0], arns: r.parsed.arns[:0], resources: r.parsed.resources[:0]}
	*r = Record{parsed: p}
}

func (r *Record) parameter(name string) (value string, ok bool) {
	for _, m := range r.parsed.of(r.Parameters) {
		if m.depth == 1 && isNamed(m.name, name) {
			return plain(m.raw), true
		}
	}
	return "", false
}

// parameterValues adds the values of a parameter, or of its list. Deep: also of members of inner objects, and the text
// of a value that is an object.
func (r *Record) parameterValues(name string, deep bool, into []string) []string {
	members := r.parsed.of(r.Parameters)
	for i := range members {
		m := &members[i]
		switch {
		case m.depth > 1 && !deep || !isNamed(m.name, name):
		case m.raw[0] != '{':
			into = m.values(into)
		case deep && !isFreeForm(m.name) && strings.Contains(m.raw, `"`):
			into = append(into, m.raw)
		}
		if len(into) > maxResources {
			break
		}
	}
	return into
}
