package suspension

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/nearest"
)

// ReasonUnmatched: no match, or several.
const ReasonUnmatched = "curfew.scope"

// unmatched adds hint, which says what to do.
func unmatched(text string, matches, all []fault.Known, hint string) error {
	e := fault.Errorf(fault.Invalid, "nothing matches %s", text).(*fault.Error)
	e.By = []string{ReasonUnmatched}
	if e.Nearest = nearestOf(text, all); len(e.Nearest) > 0 {
		e.Text += "; did you mean " + list(e.Nearest, " or ") + "?"
	}
	if len(matches) > 1 {
		e.Text, e.Nearest = fmt.Sprintf("%s matches %d: %s; give the id", text, len(matches), list(matches, " and ")), matches
	}
	e.Text += hint
	return e
}

func list(all []fault.Known, between string) string {
	var texts []string
	for _, k := range all {
		texts = append(texts, k.String())
	}
	return strings.Join(texts, between)
}

const nearestShown = 3

// nearestOf allows n/4 + 1 edits, or a prefix. It compares the last part of ids and ARNs: beginnings are alike.
func nearestOf(text string, all []fault.Known) []fault.Known {
	type near struct {
		fault.Known
		edits int
	}
	var found []near
	text = ownPart(text)
	for _, k := range all {
		best := -1
		for _, of := range []string{k.Name, ownPart(k.ID)} {
			n := nearest.Edits(text, of)
			if len(text) > 2 && len(of) > len(text) && strings.EqualFold(of[:len(text)], text) {
				n = min(n, 1)
			}
			if of != "" && n <= min(len(text), len(of))/4+1 && (best < 0 || n < best) {
				best = n
			}
		}
		if best >= 0 && !slices.ContainsFunc(found, func(f near) bool { return f.ID == k.ID }) {
			found = append(found, near{k, best})
		}
	}
	slices.SortFunc(found, func(a, b near) int { return cmp.Or(cmp.Compare(a.edits, b.edits), cmp.Compare(a.ID, b.ID)) })
	var out []fault.Known
	for _, f := range found[:min(len(found), nearestShown)] {
		out = append(out, f.Known)
	}
	return out
}

func ownPart(id string) string { return id[strings.LastIndexAny(id, "/|")+1:] }
