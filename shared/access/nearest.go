package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/nearest"
)

// Known is something that a scope can mean: a caller, a principal, an entitlement.
type Known struct {
	ID   string `json:"id"`             // a caller's id, an ARN, an entitlement's name
	Name string `json:"name,omitempty"` // as tables print it, where that differs
}

// String is the name with the id behind it.
func (k Known) String() string {
	if k.Name == "" || k.Name == k.ID {
		return k.ID
	}
	return fmt.Sprintf("%s (%s)", k.Name, k.ID)
}

// nearestShown bounds how many are suggested.
const nearestShown = 3

// nearestOf are the few that a mistyped text most likely means, the nearest first. Of ids and ARNs what follows the last
// separator is compared: the rest is long, and much the same. n characters may be n/4 + 1 edits away, or be the beginning of
// what is meant.
func nearestOf(text string, all []Known) []Known {
	type near struct {
		Known
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
	var out []Known
	for _, f := range found[:min(len(found), nearestShown)] {
		out = append(out, f.Known)
	}
	return out
}

// ownPart is what an id or ARN does not share with many others.
func ownPart(id string) string { return id[strings.LastIndexAny(id, "/|")+1:] }

// subject is what a person's identity provider calls them; empty for any other id.
func subject(id string) string {
	if !strings.HasPrefix(id, "person:") {
		return ""
	}
	return id[strings.LastIndexByte(id, '|')+1:]
}
