package eventpattern

import "curfew/shared/strictjson"

// A flat is what a pattern looks at in an event: the scalars at its paths, each
// with the element of a list that it is in.
type flat struct {
	strictjson.Scanner
	found    [][]scalar // by slot
	elements []element
	lists    int
}

// A scalar is a value in an event and the innermost element around it.
type scalar struct {
	value
	in int32
}

// An element is an object or a list that is an item of a list. Scalars in a
// list are in the same element as the list itself: only objects are kept apart.
type element struct {
	in    int32 // the element around the list
	list  int32
	level int32 // how many elements are around it
}

// flatten reads from an event what the pattern looks at.
func flatten(p *Pattern, event strictjson.Scanner) *flat {
	f := &flat{Scanner: event, found: make([][]scalar, p.paths)}
	f.read(p.root, none)
	return f
}

// read takes in the value that follows, which stands at a step.
func (f *flat) read(at *step, in int32) {
	switch k := f.Next(); k {
	case strictjson.Object:
		f.members(at, in)
	case strictjson.List:
		f.items(at, in)
	default:
		v := value{k, f.Scalar()}
		if at.slot != none {
			f.found[at.slot] = append(f.found[at.slot], scalar{v, in})
		}
	}
}

func (f *flat) members(at *step, in int32) {
	for f.Enter(); !f.Closed(); {
		if below := at.to(f.Scalar()); below != nil {
			f.read(below, in)
		} else {
			f.Skip()
		}
	}
}

func (f *flat) items(at *step, in int32) {
	this := int32(f.lists)
	f.lists++
	for f.Enter(); !f.Closed(); {
		if k := f.Next(); k != strictjson.Object && k != strictjson.List {
			f.read(at, in)
			continue
		}
		f.elements = append(f.elements, element{in, this, f.level(in) + 1})
		f.read(at, int32(len(f.elements)-1))
	}
}

func (f *flat) level(e int32) int32 {
	if e == none {
		return 0
	}
	return f.elements[e].level
}

// together tells whether two elements may be part of one match: they are not
// in different elements of one list.
func (f *flat) together(a, b int32) bool {
	for f.level(a) > f.level(b) {
		a = f.elements[a].in
	}
	for f.level(b) > f.level(a) {
		b = f.elements[b].in
	}
	for a != b {
		x, y := f.elements[a], f.elements[b]
		if x.list == y.list {
			return false
		}
		a, b = x.in, y.in
	}
	return true
}
