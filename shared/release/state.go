package release

import (
	"context"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
)

// State is [access.Catalogs.State].
func (r *Releases) State(ctx context.Context) (access.CatalogState, error) {
	was, err := r.read(ctx)
	if err != nil {
		return access.CatalogState{}, err
	}
	newest := r.set.Newest()
	state := access.CatalogState{Newest: newest.Hash(), SeenAt: was.seen.Value.At, Changes: []string{}}
	now, err := r.choose(ctx, was)
	if err != nil {
		return state, err
	}
	state.InForce, state.Waits = now.Hash(), now != newest
	if state.Waits {
		state.Changes, state.MoreChanges = lines(catalog.Diff(now, newest))
	}
	return state, nil
}

// Operators is [access.Catalogs.Operators].
func (r *Releases) Operators(ctx context.Context) []string {
	now, err := r.inForce(ctx)
	if err != nil {
		r.Log.WarnContext(ctx, "only the operators of the settings have their powers", "error", err)
		return slices.Clone(r.operators)
	}
	return slices.Concat(r.operators, now.Operators())
}

// The bounds of a list of changes, which messages, rows and answers carry.
const (
	mostChanges = 100
	longest     = 300 // bytes
)

func lines(all []catalog.Change) (text []string, more int) {
	text = []string{}
	for _, c := range all[:min(len(all), mostChanges)] {
		one := fault.Printable(c.String())
		if len(one) > longest {
			one = strings.ToValidUTF8(one[:longest], "") + "…"
		}
		text = append(text, one)
	}
	return text, len(all) - len(text)
}
