package access

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/record"
)

// byID reads the elevations of one partition that sorts by elevation id, newest first. New ones sort before all pages, so
// pages repeat and lose nothing while others write.
type byID struct{ *Service }

// visit calls see with what c may see, down to the id oldest, until see returns where the next page begins. It reads a limited
// number: next is then the last visible id. As in [Service.List], hidden elevations leave no trace.
func (s byID) visit(ctx context.Context, c identity.Caller, q record.Query, oldest string, see func([]Life) (next string, err error)) (next string, err error) {
	q.Newest, q.Limit = true, LivesPerRead
	for looked := 0; looked < listLooks; looked += LivesPerRead {
		page, err := s.Store.List(ctx, q)
		if err != nil {
			return "", fault.Wrap(err, "listing by %s", q.Index)
		}
		var keys []record.Key
		for _, k := range page.Keys {
			if id := idIn(k); id >= oldest {
				keys = append(keys, ElevationKey(id))
			}
		}
		lives, err := s.visible(ctx, c, keys)
		if err != nil {
			return "", err
		}
		if at, err := see(lives); at != "" || err != nil {
			return at, err
		}
		if len(lives) > 0 {
			next = lives[len(lives)-1].Terms.ID
		}
		if q.After = page.Next; page.Next == "" || page.Next < oldest {
			return "", nil
		}
	}
	return next, nil
}

// visible also returns, to operators, lives that cannot be read: with their id alone. To others they are hidden.
func (s byID) visible(ctx context.Context, c identity.Caller, keys []record.Key) (seen []Life, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	lives, failed, err := s.LoadAll(ctx, keys)
	if err != nil {
		return nil, err
	}
	damaged := listing(s).unreadable(ctx, c, keys, failed)
	for i, l := range lives {
		id := IDOf(keys[i])
		switch {
		case failed[i] != nil && slices.Contains(damaged, id):
			seen = append(seen, Life{Terms: Terms{ID: id}, unreadable: true})
		case failed[i] == nil && l.Terms.ID != "" && reading(s).mayRead(ctx, l, c) == nil: // without an id: index lag
			seen = append(seen, l)
		}
	}
	return seen, nil
}

func afterID(id, newest string) string {
	if newest != "" && (id == "" || newest < id) {
		return newest
	}
	return id
}
