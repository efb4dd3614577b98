package baseline

import (
	"context"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// Load returns a principal's baselines that overlap the time from from to to, oldest first; empty: none. It makes three
// requests, and one for each value that is younger than from.
func Load(ctx context.Context, s record.Store, principalID string, from, to time.Time) ([]trail.Baseline, error) {
	h := &history{store: s, from: from, to: to, versions: map[string][]version{}}
	if err := h.read(ctx, []string{principalID}, confirmedKey()); err != nil {
		return nil, err
	}
	own := h.versions[principalID]
	if len(own) == 0 {
		return nil, nil
	}
	h.account = own[len(own)-1].Account
	// The principal again: each value must be read after the instant until which it is confirmed.
	for ids := append(h.referred(), principalID); len(ids) > 0; ids = h.referred() {
		if err := h.read(ctx, ids); err != nil {
			return nil, err
		}
		if err := h.readReplaced(ctx, ids); err != nil {
			return nil, err
		}
	}
	return h.baselines(principalID), nil
}

func (h *history) read(ctx context.Context, ids []string, more ...record.Key) error {
	for _, id := range ids {
		more = append(more, currentKey(id))
	}
	rows, err := readAll(ctx, h.store, more)
	if err != nil {
		return err
	}
	if row, there := rows[confirmedKey()]; there {
		if h.until, err = record.Decode[confirmed](row); err != nil {
			return err
		}
	}
	for _, id := range ids {
		h.versions[id] = nil
		row, there := rows[currentKey(id)]
		if !there {
			continue
		}
		v, err := decode(row)
		if err != nil {
			return err
		}
		h.versions[id] = []version{v}
	}
	return nil
}

// readReplaced adds replaced values, where the present one is younger than from.
func (h *history) readReplaced(ctx context.Context, ids []string) error {
	for _, id := range ids {
		now := h.versions[id]
		if len(now) == 0 || !now[0].since.After(h.from) {
			continue
		}
		rows, err := h.store.Partition(ctx, record.AccessTable, currentKey(id).Partition, "")
		if err != nil {
			return fault.Wrap(err, "reading baselines")
		}
		var all []version
		for _, r := range rows { // in order of their instants
			if r.Key.Sort == current {
				continue
			}
			v, err := decode(r)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		h.versions[id] = append(all, now...)
	}
	return nil
}

func decode(r record.Row) (version, error) {
	row, err := record.Decode[stored](r)
	if err != nil {
		return version{}, err
	}
	v, err := record.Decode[Value](record.Row{Key: r.Key, Body: row.Value})
	return version{row.Since, row.Until, v}, err
}

func (h *history) referred() (ids []string) {
	for _, versions := range h.versions {
		for _, v := range versions {
			for _, id := range slices.Concat(v.Attached, v.Groups, []string{v.Boundary}) {
				if _, read := h.versions[id]; !read && id != "" && !slices.Contains(ids, id) {
					ids = append(ids, id)
				}
			}
		}
	}
	slices.Sort(ids) // one order of calls, so that simulations repeat
	return ids
}
