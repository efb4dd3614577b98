package archive

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"curfew/shared/evidence"
	"curfew/shared/record"
)

// follower keeps the order of chains.
type follower struct{ *Service }

// follow puts the records of each chain in order, and enters those before them that the stream lost. It leaves out, with a
// finding, what does not follow the log. It costs no read if the batch or the memory has the record before.
func (s follower) follow(ctx context.Context, entries []entry) (kept []entry, err error) {
	entries = inOrder(entries)
	places, err := s.placesBefore(ctx, entries)
	if err != nil {
		return nil, err
	}
	before := map[string]evidence.Head{} // of the batch
	for _, e := range entries {
		r := e.record
		if r == nil {
			kept = append(kept, e)
			continue
		}
		was, ok := before[r.Chain]
		if !ok {
			was = s.entered[r.Chain]
		}
		if row, there := places[e.key]; there && !leadsTo(row, r.Hash) {
			logged, err := s.logged(ctx, r.Chain, r.Seq)
			if err != nil {
				return nil, err
			}
			if logged != nil { // r is another record of this place: see newOnes
				before[r.Chain], kept = evidence.Head{Seq: r.Seq, Hash: logged.Hash}, append(kept, e)
				continue
			}
		}
		follows := true
		switch {
		case was.Seq < r.Seq-1:
			if row, there := places[placeKey(r.Chain, r.Seq-1)]; !there || !leadsTo(row, r.Prev) {
				follows, err = s.fillIn(ctx, r)
			}
		case was.Seq == r.Seq-1 && was.Hash != r.Prev && r.Seq > 1:
			// The one before in the batch may itself be an alteration.
			var logged *evidence.Record
			logged, err = s.logged(ctx, r.Chain, r.Seq-1)
			follows = logged != nil && logged.Hash == r.Prev
		}
		if err == nil && !follows {
			err = reporter(s).report(ctx, e.alarm("does not follow the record before it"))
		}
		if err != nil {
			return nil, err
		}
		if !follows {
			continue
		}
		if kept = append(kept, e); r.Seq > was.Seq {
			before[r.Chain] = evidence.Head{Seq: r.Seq, Hash: r.Hash}
		}
	}
	return kept, nil
}

// leadsTo reports whether the row of an entry is that of the record with this fingerprint.
func leadsTo(row record.Row, hash string) bool {
	var p position
	return json.Unmarshal(row.Body, &p) == nil && p.Hash == hash
}

// inOrder sorts the records of each chain, in the places that the chain has.
func inOrder(entries []entry) []entry {
	places, sorted := map[string][]int{}, slices.Clone(entries)
	for i, e := range entries {
		if e.record != nil {
			places[e.record.Chain] = append(places[e.record.Chain], i)
		}
	}
	for _, at := range places {
		var chain []entry
		for _, i := range at {
			chain = append(chain, entries[i])
		}
		slices.SortStableFunc(chain, func(a, b entry) int { return cmp.Compare(a.record.Seq, b.record.Seq) })
		for n, i := range at {
			sorted[i] = chain[n]
		}
	}
	return sorted
}

// placesBefore reads the rows of the entries whose predecessor neither the batch nor the memory has, and of those before them.
func (s follower) placesBefore(ctx context.Context, entries []entry) (record.Rows, error) {
	last, all := map[string]int64{}, record.Rows{}
	var keys []record.Key
	for _, e := range entries {
		r := e.record
		if r == nil {
			continue
		}
		if max(last[r.Chain], s.entered[r.Chain].Seq) < r.Seq-1 {
			keys = append(keys, placeKey(r.Chain, r.Seq-1), e.key)
		}
		last[r.Chain] = r.Seq
	}
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		rows, _, err := s.read(ctx, some...)
		if err != nil {
			return nil, err
		}
		for k, row := range rows {
			all[k] = row
		}
	}
	return all, nil
}

// atOnce is how many records of a chain are in memory: each may have 64 KiB.
const atOnce = record.ReadAtOnce / 2

// fillIn enters the records before r that the log does not have. It goes back as long as each is the one that the next
// follows: the one before the first may be gone by TTL. False: they lead to another record than that in the log.
func (s follower) fillIn(ctx context.Context, r *evidence.Record) (follows bool, err error) {
	first, prev := r.Seq, r.Prev
	var rows record.Rows
	for n := 0; first > 1; n++ {
		seq := first - 1
		if n%atOnce == 0 {
			if rows, err = s.readChain(ctx, r.Chain, max(1, seq-atOnce+1), seq); err != nil {
				return false, err
			}
		}
		if place, there := rows[placeKey(r.Chain, seq)]; there && leadsTo(place, prev) {
			break
		} else if there {
			logged, err := s.logged(ctx, r.Chain, seq)
			if err != nil || logged != nil && logged.Hash != prev {
				return false, err
			}
			if logged != nil {
				break
			}
		}
		row, there := rows[auditKey(r.Chain, seq)]
		if !there {
			gap := record.EvidenceRow(*r).Key
			if err := reporter(s).report(ctx, alarm{Altered, Change{Key: gap}, fmt.Sprintf("follows record %d, which is neither in the log nor in the table", seq)}); err != nil {
				return false, err
			}
			break
		}
		e, why := recordEntry(row)
		if why == "" && e.record.Hash != prev {
			why = "is not the record that the next one follows"
		}
		if why != "" {
			if err := reporter(s).report(ctx, alarm{Altered, Change{Key: row.Key, After: &Image{Row: row}}, why}); err != nil {
				return false, err
			}
			break
		}
		first, prev = seq, e.record.Prev
	}
	return true, s.eachLate(ctx, r.Chain, first, r.Seq-1, s.enter)
}

// readChain reads records of a chain, with the rows of their entries.
func (s follower) readChain(ctx context.Context, chain string, from, to int64) (record.Rows, error) {
	var keys []record.Key
	for seq := from; seq <= to; seq++ {
		keys = append(keys, auditKey(chain, seq), placeKey(chain, seq))
	}
	rows, _, err := s.read(ctx, keys...)
	return rows, err
}

// eachLate calls do with the records of a chain, some at once. It leaves out what is no record in its place.
func (s follower) eachLate(ctx context.Context, chain string, from, to int64, do func(context.Context, []entry) error) error {
	for ; from <= to; from += atOnce {
		last := min(to, from+atOnce-1)
		rows, err := s.readChain(ctx, chain, from, last)
		if err != nil {
			return err
		}
		var some []entry
		for seq := from; seq <= last; seq++ {
			if e, why := recordEntry(rows[auditKey(chain, seq)]); why == "" {
				e.late = true
				some = append(some, e)
			}
		}
		if err := do(ctx, some); err != nil {
			return err
		}
	}
	return nil
}
