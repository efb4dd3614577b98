package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Filter says which elevations to list: those that match all of its members. Without any, the caller's own.
type Filter struct {
	States      []State // any of them
	Principal   string  // ARN
	Requester   string  // a caller's id
	Entitlement string
	Task        string // kind/id, of the terms
	Account     string
	// From an instant on, and before another. One that has not ended is in no range of ends.
	RequestedAfter, RequestedBefore time.Time
	EndedAfter, EndedBefore         time.Time
	// ToDecide: only those that wait for a decision which the caller may make now.
	ToDecide bool

	Limit int    // 1 to [MostListed]; 0: 50
	After string // the id to go on after
}

// Listed is one page, newest first. It may be short, or empty, and still have a Next.
type Listed struct {
	Lives []Life // without tokens
	Next  string // empty: there is no more
}

// MostListed is how many elevations one page has at most.
const MostListed = 200

// Bounds of the records that one List looks at. Those that wait for a decision are few of many, and each must be found.
const (
	listLooks   = 400
	decideLooks = 2000
)

// List gives what the caller may see of what the filter asks, newest first. The index may lag: what was just made may be
// missing, and what is shown was read anew. It looks at a bounded number of records; Next says where to go on.
//
// What the caller may not see leaves no trace, in the cursor neither: that is the id of the last that they may see. A caller who
// may see nothing of so many is told that there is nothing.
func (s *Service) List(ctx context.Context, c identity.Caller, f Filter) (Listed, error) {
	w, err := f.walk(c)
	if err != nil {
		return Listed{}, err
	}
	match, err := listing{s}.matcher(ctx, c, f)
	if err != nil {
		return Listed{}, err
	}
	most := listLooks
	if f.ToDecide {
		most = decideLooks
	}
	var out Listed
	var looked []Life
	for len(w.queries) > 0 && len(looked) < most {
		keys, err := w.next(ctx, s.Store)
		if err != nil {
			return Listed{}, err
		}
		for some := range slices.Chunk(keys, LivesPerRead) {
			lives, failed, err := s.LoadAll(ctx, some)
			if err = errors.Join(append(failed, err)...); err != nil {
				return Listed{}, err
			}
			looked = append(looked, lives...)
			if lives, err = match(lives); err != nil {
				return Listed{}, err
			}
			if out.Lives = append(out.Lives, lives...); len(out.Lives) > w.limit {
				out.Lives = out.Lives[:w.limit]
				out.Next = out.Lives[w.limit-1].Terms.ID
				return out, nil
			}
		}
	}
	if len(w.queries) > 0 {
		out.Next = lastSeen(looked, func(l Life) bool { return reading{s}.mayRead(ctx, l, c) == nil })
	}
	return out, nil
}

func lastSeen(looked []Life, seen func(Life) bool) string {
	for _, l := range slices.Backward(looked) {
		if l.Terms.ID != "" && seen(l) {
			return l.Terms.ID
		}
	}
	return ""
}

// listing finds what a filter asks for.
type listing struct{ *Service }

// matcher gives what keeps, of some lives, those that the filter asks for and the caller may see.
func (s listing) matcher(ctx context.Context, c identity.Caller, f Filter) (func([]Life) ([]Life, error), error) {
	seen := func(l Life) bool { return reading(s).mayRead(ctx, l, c) == nil }
	all := func(lives []Life) ([]Life, error) { return lives, nil }
	if f.ToDecide {
		suspended, err := s.Suspensions().ListInEffect(ctx)
		if err != nil {
			return nil, err
		}
		seen = func(l Life) bool { return deciding(s).waitsFor(ctx, l, c, suspended) }
		all = func(lives []Life) ([]Life, error) { return deciding(s).undecided(ctx, lives, c) }
	}
	return func(lives []Life) ([]Life, error) {
		return all(slices.DeleteFunc(slices.Clone(lives), func(l Life) bool {
			return l.Terms.ID == "" || !f.matches(l) || !seen(l) // without an id: the index lags
		}))
	}, nil
}

func (f Filter) matches(l Life) bool {
	e, t := l.Elevation, l.Terms
	is := func(want, got string) bool { return want == "" || want == got }
	return (len(f.States) == 0 || slices.Contains(f.States, e.State)) &&
		is(f.Principal, t.Principal.ARN) && is(f.Requester, t.Requester.ID) && is(f.Entitlement, t.Entitlement) && is(f.Account, t.Principal.Account) &&
		is(f.Task, t.Task.String()) && within(t.RequestedAt, f.RequestedAfter, f.RequestedBefore) && within(e.EndedAt, f.EndedAfter, f.EndedBefore)
}

// within reports whether at is from one instant on and before another. The zero instant bounds nothing, and is within nothing.
func within(at, from, before time.Time) bool {
	if from.IsZero() && before.IsZero() {
		return true
	}
	return !at.IsZero() && !at.Before(from) && (before.IsZero() || at.Before(before))
}

// walk goes through partitions of an index at once, in falling order of id.
type walk struct {
	queries []record.Query // of the partitions that have more
	oldest  string         // no id before it is asked for
	limit   int            // of the page
}

// walk chooses the index that has the fewest records beside those that the filter asks for.
func (f Filter) walk(c identity.Caller) (walk, error) {
	w := walk{limit: f.Limit, oldest: idAt(f.RequestedAfter, -idSlack)}
	var m fault.Mistakes
	if w.limit == 0 {
		w.limit = 50
	}
	if w.limit < 1 || w.limit > MostListed {
		m.Add("limit", "want 1 to %d", MostListed)
	}
	if f.After != "" && !ValidID(f.After) {
		m.Add("cursor", "not one of ours")
	}
	for _, s := range f.States {
		if !slices.Contains(States(), s) {
			m.Add("state", "there is none of this name")
		}
	}
	index, partitions := record.ByState, f.partitions()
	switch {
	case f.ToDecide:
		partitions = []string{IndexWaiting}
	case f.Requester != "":
		index, partitions = record.ByRequester, []string{f.Requester}
	case f.Principal != "":
		index, partitions = record.ByPrincipal, []string{f.Principal}
	case f.empty():
		index, partitions = record.ByRequester, []string{c.ID}
	}
	after := f.After
	if newest := idAt(f.RequestedBefore, idSlack); newest != "" && (after == "" || newest < after) {
		after = newest
	}
	for _, p := range partitions {
		w.queries = append(w.queries, record.Query{Index: index, Partition: p, Newest: true, Limit: LivesPerRead, After: after})
	}
	return w, m.Err()
}

func (f Filter) empty() bool {
	return len(f.States) == 0 && f.Entitlement == "" && f.Task == "" && f.Account == "" &&
		f.RequestedAfter.IsZero() && f.RequestedBefore.IsZero() && f.EndedAfter.IsZero() && f.EndedBefore.IsZero()
}

// partitions are those of [record.ByState] of the states that the filter asks for, in the order of a life: what moves on meanwhile
// is met later, not missed.
func (f Filter) partitions() (all []string) {
	for _, s := range States() {
		asked := len(f.States) == 0 || slices.Contains(f.States, s)
		if ends := !f.EndedAfter.IsZero() || !f.EndedBefore.IsZero(); ends && s != Ended { // what has not ended is in no range of ends
			asked = false
		}
		if p := s.Indexed(); asked && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// next gives the next keys of all partitions, and goes on. Of a partition that has more only what is above its last key is certain to be in
// order with the others.
func (w *walk) next(ctx context.Context, store record.Store) ([]record.Key, error) {
	var all []record.Key
	floor := ""
	for _, q := range w.queries {
		page, err := store.List(ctx, q)
		if err != nil {
			return nil, fault.Wrap(err, "listing by %s", q.Index)
		}
		all, floor = append(all, page.Keys...), max(floor, page.Next)
	}
	for i := range w.queries {
		w.queries[i].After = floor
	}
	if floor == "" || floor < w.oldest {
		w.queries = nil
	}
	all = slices.DeleteFunc(all, func(k record.Key) bool { return IDOf(k) < max(floor, w.oldest) })
	slices.SortFunc(all, func(a, b record.Key) int { return strings.Compare(IDOf(b), IDOf(a)) })
	return slices.Compact(all), nil // one that moved meanwhile may be in two partitions
}

// idSlack is how far the instant in an id may be from that of its request: the id is made first, by the same clock.
const idSlack = time.Minute

// idAt is the least id of an instant and a while; empty: there is no instant.
func idAt(at time.Time, off time.Duration) string {
	if at.IsZero() {
		return ""
	}
	const digits = "0123456789abcdefghjkmnpqrstvwxyz"
	id, ms := []byte(strings.Repeat("0", 26)), max(0, at.Add(off).UnixMilli())
	for i := 9; i >= 0; i-- {
		id[i] = digits[ms%32]
		ms /= 32
	}
	return string(id)
}
