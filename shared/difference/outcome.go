package difference

import (
	"encoding/binary"
	"slices"
	"strings"

	"curfew/shared/iamdata"
)

// outcome is what becomes of a statement of the grant. Actions that the same rules cover share one.
type outcome struct {
	added      []glob
	except     []string // patterns that a Deny takes out of what is added
	conditions []string
	had        bool     // the principal has a part
	boundary   bool     // the boundary refuses a part
	denied     []string // policies of the principal with a Deny of a part
}

// weigher keeps outcomes by statement and by the rules that cover an action.
type weigher struct {
	rules    []rule
	bounded  bool // there is a boundary
	kept     []map[string]*outcome
	relevant map[*outcome]map[string]*outcome
	overlap  map[[2]string]bool
}

func newWeigher(rules []rule, bounded bool) *weigher {
	return &weigher{rules: rules, bounded: bounded, kept: make([]map[string]*outcome, len(rules)), relevant: map[*outcome]map[string]*outcome{}, overlap: map[[2]string]bool{}}
}

func (w *weigher) outcomes(a iamdata.Action, known bool, covering []int) (all []*outcome) {
	var key []byte
	for _, i := range covering {
		key = binary.BigEndian.AppendUint16(key, uint16(i))
	}
	for _, i := range covering {
		if g := w.rules[i]; g.layer != ofGrant || !g.allow {
			continue
		}
		if w.kept[i] == nil {
			w.kept[i] = map[string]*outcome{}
		}
		o, there := w.kept[i][string(key)]
		if !there {
			o = w.weigh(w.rules[i], covering)
			w.kept[i][string(key)] = o
		}
		if known {
			o = w.ofAction(o, a)
		}
		if len(o.added) == 1 && o.added[0].every && o.except == nil && o.conditions == nil {
			return []*outcome{o}
		}
		all = append(all, o)
	}
	return all
}

func (w *weigher) weigh(g rule, covering []int) *outcome {
	o := &outcome{conditions: g.conditions()}
	patterns, excepted := g.resources, []glob(nil)
	if g.not {
		patterns, excepted = []glob{newGlob("*", true)}, g.resources
		for _, e := range excepted {
			o.except = append(o.except, e.text)
		}
	}
	for _, p := range patterns {
		if w.denied(o, g, p, excepted, covering) {
			continue
		}
		parts := w.bound(p, covering)
		o.boundary = o.boundary || len(parts) == 0
		for _, part := range parts {
			if w.has(g, part, excepted, covering) {
				o.had = true
				continue
			}
			o.added = append(o.added, part)
		}
	}
	o.added = widest(o.added)
	slices.Sort(o.except)
	o.except = slices.Compact(o.except)
	return o
}

// denied reports whether a Deny certainly refuses all of p.
func (w *weigher) denied(o *outcome, g rule, p glob, excepted []glob, covering []int) (whole bool) {
	for _, i := range covering {
		d := w.rules[i]
		if d.allow || !d.whenever(g) {
			continue
		}
		if d.covers(p, excepted) {
			switch d.layer {
			case ofPrincipal:
				o.denied = append(o.denied, d.policy)
			case ofBoundary:
				o.boundary = true
			}
			return true
		}
		for _, own := range d.resources {
			if !d.not && own.overlaps(p) {
				o.except = append(o.except, own.text)
			}
		}
	}
	return false
}

func (w *weigher) bound(p glob, covering []int) (parts []glob) {
	if !w.bounded {
		return []glob{p}
	}
	for _, i := range covering {
		if b := w.rules[i]; b.layer == ofBoundary && b.allow {
			parts = append(parts, b.part(p)...)
		}
	}
	return widest(parts)
}

func (w *weigher) has(g rule, p glob, excepted []glob, covering []int) bool {
	return slices.ContainsFunc(covering, func(i int) bool {
		own := w.rules[i]
		return own.layer == ofPrincipal && own.allow && own.whenever(g) && own.covers(p, excepted)
	})
}

// widest leaves out patterns that others contain, and sorts.
func widest(all []glob) (kept []glob) {
	slices.SortFunc(all, func(a, b glob) int { return strings.Compare(a.text, b.text) })
	for i, g := range all {
		within := func(other glob) bool { return other.contains(g) }
		if !slices.ContainsFunc(all[i+1:], within) && !slices.ContainsFunc(kept, within) {
			kept = append(kept, g)
		}
	}
	return kept
}

// ofAction leaves the patterns that resources of the action can match.
func (w *weigher) ofAction(o *outcome, a iamdata.Action) *outcome {
	if !slices.ContainsFunc(o.added, func(g glob) bool { return !g.every }) {
		return o
	}
	fits := make([]byte, len(o.added))
	all := true
	for i, g := range o.added {
		if g.every || slices.ContainsFunc(a.Resources, func(r iamdata.Resource) bool {
			return slices.ContainsFunc(r.ARNs, func(format string) bool { return w.fits(format, g) })
		}) {
			fits[i] = 1
		} else {
			all = false
		}
	}
	if all {
		return o
	}
	if w.relevant[o] == nil {
		w.relevant[o] = map[string]*outcome{}
	}
	less, there := w.relevant[o][string(fits)]
	if !there {
		copied := *o
		copied.added = nil
		for i, g := range o.added {
			if fits[i] == 1 {
				copied.added = append(copied.added, g)
			}
		}
		less = &copied
		w.relevant[o][string(fits)] = less
	}
	return less
}

func (w *weigher) fits(format string, g glob) bool {
	key := [2]string{format, g.text}
	fit, there := w.overlap[key]
	if !there {
		fit = newFormat(format).overlaps(g)
		w.overlap[key] = fit
	}
	return fit
}
