package trail

import "strings"

// reset empties a record for the next. The parts that were read stand in a buffer that is used again, so that they must go.
func (r *Record) reset() {
	p := parsed{members: r.parsed.members[:0], arns: r.parsed.arns[:0], resources: r.parsed.resources[:0]}
	*r = Record{parsed: p}
}

// parameter gives a parameter that is a string, number or boolean, and whether it is there.
func (r *Record) parameter(name string) (value string, ok bool) {
	for _, m := range r.parsed.of(r.Parameters) {
		if m.depth == 1 && isNamed(m.name, name) {
			return plain(m.raw), true
		}
	}
	return "", false
}

// parameterValues adds the values of a parameter to a list; each string of it, if it is a list. Deep: members of inner objects as well, and
// the text of the member's own value if that is an object with members.
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
