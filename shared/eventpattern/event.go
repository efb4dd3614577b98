package eventpattern

import "curfew/shared/strictjson"

// A flat holds the scalars of an event at the pattern's paths, each with its list element.
type flat struct {
	strictjson.Scanner
	found    [][]scalar // by slot
	elements []element
	lists    int
}

type scalar struct {
	value
	in int32
}

// An element is an object or list inside a list. Scalars in a list belong to the element around that list.
type element struct {
	in    int32 // around the list
	list  int32
	level int32 // number of elements around it
}

func flatten(p *Pattern, event strictjson.Scanner) *flat {
	f := &flat{Scanner: event, found: make([][]scalar, p.paths)}
	f.read(p.root, none)
	return f
}

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

// areCompatible reports whether one match may use both elements: no list separates them.
func (f *flat) areCompatible(a, b int32) bool {
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
