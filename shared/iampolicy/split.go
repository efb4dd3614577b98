package iampolicy

import (
	"cmp"
	"fmt"
	"slices"
)

// SizeError means that a policy does not fit. Both numbers are characters as counted by [Size].
type SizeError struct {
	Size int // of the whole document
	Room int // limit times parts
}

// Error returns one line with both numbers.
func (e *SizeError) Error() string {
	return fmt.Sprintf("the policy has %d characters, at most %d fit", e.Size, e.Room)
}

// Split cuts a document into at most max parts of at most limit characters that together decide as the whole.
// Statements stay whole and in order. One that is too large is cut by its actions, then by its resources; the first
// piece keeps the Sid. A [*SizeError] can occur although size is below room, because statements leave gaps.
func Split(d *Document, limit, max int) ([]*Document, error) {
	size := Size(d.Bytes())
	tooLarge := &SizeError{Size: size, Room: limit * max}
	if max < 1 {
		return nil, tooLarge
	}
	if size <= limit {
		return []*Document{d}, nil
	}
	s := splitter{shell: Document{Version: d.Version, ID: d.ID, trust: d.trust}, limit: limit}
	for _, statement := range d.Statements {
		if !s.splitStatement(statement) {
			return nil, tooLarge
		}
	}
	parts := s.pack()
	if len(parts) > max {
		return nil, tooLarge
	}
	return s.documents(parts)
}

type splitter struct {
	shell  Document
	limit  int
	pieces []Statement
}

func (s *splitter) remaining() int { return s.limit - Size(s.shell.Bytes()) }

func (s *splitter) fits(st Statement) bool { return statementSize(st) <= s.remaining() }

func statementSize(st Statement) int { return Size(st.append(nil)) }

// part is an element that may be cut: its values are ORed.
type part struct {
	get func(*Statement) []string
	set func(*Statement, []string)
}

var (
	actionsPart   = part{func(s *Statement) []string { return s.Actions }, func(s *Statement, v []string) { s.Actions = v }}
	resourcesPart = part{func(s *Statement) []string { return s.Resources }, func(s *Statement, v []string) { s.Resources = v }}
)

// splitStatement adds a statement in pieces that fit. It returns false if one action on one resource is too large.
func (s *splitter) splitStatement(st Statement) bool {
	switch {
	case s.fits(st):
		s.pieces = append(s.pieces, st)
		return true
	case s.isCuttable(st, actionsPart):
		s.cutBy(st, actionsPart)
		return true
	case s.isCuttable(st, resourcesPart):
		s.cutBy(st, resourcesPart)
		return true
	}
	half := len(st.Resources) / 2
	if half == 0 {
		return false
	}
	first, second := st, st
	first.Resources, second.Resources = st.Resources[:half], st.Resources[half:]
	second.Sid = ""
	return s.splitStatement(first) && s.splitStatement(second)
}

// isCuttable reports whether the statement would fit with any single value in p.
func (s *splitter) isCuttable(st Statement, p part) bool {
	values := p.get(&st)
	if len(values) < 2 {
		return false
	}
	longest := slices.MaxFunc(values, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
	p.set(&st, []string{longest})
	return s.fits(st)
}

func (s *splitter) cutBy(st Statement, p part) {
	values := p.get(&st)
	for from := 0; from < len(values); {
		piece, to := st, from+1
		for ; to < len(values); to++ {
			if p.set(&piece, values[from:to+1]); !s.fits(piece) {
				break
			}
		}
		p.set(&piece, values[from:to])
		s.pieces = append(s.pieces, piece)
		from, st.Sid = to, ""
	}
}

// pack puts each piece into the first part with room: Denies first, then the largest. It returns the indexes of each
// part's pieces. Attach the parts in order and remove them in reverse: no Allow is ever attached without the Denies.
func (s *splitter) pack() [][]int {
	order := make([]int, len(s.pieces))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(denyFirst(s.pieces[a], s.pieces[b]), cmp.Compare(statementSize(s.pieces[b]), statementSize(s.pieces[a])))
	})
	var parts [][]int
	var free []int
	for _, i := range order {
		need := statementSize(s.pieces[i])
		at := slices.IndexFunc(free, func(room int) bool { return room >= need+1 })
		if at < 0 {
			at = len(free)
			parts, free = append(parts, nil), append(free, s.remaining()+1)
		}
		parts[at] = append(parts[at], i)
		free[at] -= need + 1 // with a comma
	}
	for _, p := range parts {
		slices.Sort(p)
	}
	return parts
}

func denyFirst(a, b Statement) int {
	if a.Effect == b.Effect {
		return 0
	}
	if a.Effect == Deny {
		return -1
	}
	return 1
}

func (s *splitter) documents(parts [][]int) ([]*Document, error) {
	out := make([]*Document, 0, len(parts))
	for _, indexes := range parts {
		d := s.shell
		for _, i := range indexes {
			d.Statements = append(d.Statements, s.pieces[i])
		}
		parsed, err := parse(d.Bytes(), d.trust)
		if err != nil {
			return nil, err
		}
		out = append(out, parsed)
	}
	return out, nil
}
