package access

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// Filter lists elevations that match all its members; without members, the caller's own.
type Filter struct {
	States      []State // any
	Principal   string  // ARN
	Requester   string
	Entitlement string
	Task        string // kind/id, of the terms
	Account     string
	// After includes the instant, Before does not. A range of ends matches only ended elevations.
	RequestedAfter, RequestedBefore time.Time
	EndedAfter, EndedBefore         time.Time
	ToDecide                        bool // those that the caller may decide on now

	Limit int    // 1 to [MostListed]; 0: 50
	After string // an id
}

// Listed is one page, newest first. A short or empty page may have a Next.
type Listed struct {
	Lives      []Life   // without tokens
	Unreadable []string // elevations that may be of it: told to operators
	Next       string   // empty: done
}

// MostListed is the largest page.
const MostListed = 200

// Limits of records read by one List. ToDecide finds few of many.
const (
	listLooks   = 400
	decideLooks = 2000
)

// List returns what the caller may see, newest first. The index may lag. It reads a limited number of records.
//
// Hidden elevations leave no trace: Next is the last visible id, and the list is done if all of so many are hidden.
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
			if err != nil {
				return Listed{}, err
			}
			for i := range lives {
				if failed[i] != nil {
					lives[i] = Life{}
				}
			}
			out.Unreadable = append(out.Unreadable, listing{s}.unreadable(ctx, c, some, failed)...)
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

type listing struct{ *Service }

// unreadable returns the ids that failed, to operators. To others they are hidden.
func (s listing) unreadable(ctx context.Context, c identity.Caller, keys []record.Key, failed []error) (ids []string) {
	for i, err := range failed {
		if err == nil {
			continue
		}
		s.Log.ErrorContext(ctx, "an elevation cannot be read", "elevation", IDOf(keys[i]), "error", err)
		if c.In(s.Settings.Operators) {
			ids = append(ids, IDOf(keys[i]))
		}
	}
	return ids
}

// matcher returns a function that keeps what f asks for and c may see.
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
			return l.Terms.ID == "" || !f.matches(l) || !seen(l) // without an id: index lag
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

// within treats a zero bound as no bound. A zero at is in no range.
func within(at, from, before time.Time) bool {
	if from.IsZero() && before.IsZero() {
		return true
	}
	return !at.IsZero() && !at.Before(from) && (before.IsZero() || at.Before(before))
}

// walk merges partitions of an index in descending order of id.
type walk struct {
	queries []record.Query // partitions with more
	oldest  string         // lowest id
	limit   int            // page size
}

// walk chooses the index with the fewest other records.
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
		m.Add("cursor", "not from this API")
	}
	for _, s := range f.States {
		if !slices.Contains(States(), s) {
			m.Add("state", "no such state")
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

// partitions returns those of [record.ByState] in the order of states: an elevation that changes state meanwhile is met later.
func (f Filter) partitions() (all []string) {
	for _, s := range States() {
		asked := len(f.States) == 0 || slices.Contains(f.States, s)
		if ends := !f.EndedAfter.IsZero() || !f.EndedBefore.IsZero(); ends && s != Ended {
			asked = false
		}
		if p := s.Indexed(); asked && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// next returns the next keys of all partitions. Keys below the last key of a partition that has more wait for the next round,
// to keep the order.
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
	return slices.Compact(all), nil // one that changed state may be in two partitions
}

// idSlack is the most between the time in an id and RequestedAt: the id is made first.
const idSlack = time.Minute

// idAt returns the lowest id at this time, or "" for the zero time.
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
