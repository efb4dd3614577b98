package log

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// bundleRead is a bundle and its tile as they were read.
type bundleRead struct {
	n       int64
	leaves  []tlog.Hash // of the bundle's entries
	tile    []tlog.Hash // stored
	filled  []tlog.Hash // leaves, from the tile where the bundle is not whole
	differ  int         // the first index at which leaves and tile differ; -1: none
	labels  [2]Problem  // of the entry at differ: for the bundle, for the tile
	entries []checkedEntry
	findings
}

// bundleReader reads bundles. decode also reads their entries.
type bundleReader struct {
	*inventory
	decode bool
}

func (r bundleReader) bundle(ctx context.Context, n int64) (*bundleRead, error) {
	b := &bundleRead{n: n, differ: -1}
	data, t, err := r.readNeeded(ctx, place{-1, n})
	if err = b.noteLost(err, TileName(t)); err != nil {
		return nil, fault.Wrap(err, "reading %s", TileName(t))
	}
	tile, tt, err := r.readNeeded(ctx, place{0, n})
	if err = b.noteLost(err, TileName(tt)); err != nil {
		return nil, fault.Wrap(err, "reading %s", TileName(tt))
	}
	if tile != nil && len(tile) != tt.W*tlog.HashSize {
		b.object(TileName(tt), "has %d bytes, not %d", len(tile), tt.W*tlog.HashSize)
	}
	b.tile = splitTile(tile)
	need := r.needed(place{0, n}).W
	b.tile = b.tile[:min(need, len(b.tile))]
	if data != nil {
		b.hash(data, t, r.decode, need)
	}
	b.compare(TileName(t), TileName(tt), need)
	if err := r.nameByOthers(ctx, b); err != nil {
		return nil, err
	}
	return b, r.checkOthers(ctx, b, data)
}

// hash hashes the entries, and decodes those that the tree has.
func (b *bundleRead) hash(data []byte, t tlog.Tile, decode bool, need int) {
	var records []evidence.Record
	if b.leaves = make([]tlog.Hash, 0, t.W); decode {
		b.entries, records = make([]checkedEntry, 0, need), make([]evidence.Record, need)
	}
	for from := 0; from < len(data) && len(b.leaves) < t.W; {
		size := -1
		if len(data)-from >= 2 {
			size = int(binary.BigEndian.Uint16(data[from:]))
		}
		if from += 2; size < 0 || size > len(data)-from {
			b.add(Problem{Object: TileName(t), Entry: b.index(len(b.leaves)), Why: "the bundle ends within this entry"})
			return
		}
		text := data[from : from+size : from+size]
		b.leaves = append(b.leaves, hashEntry(data, from, from+size))
		if decode && len(b.leaves) <= need {
			b.entries = append(b.entries, checkedEntryOf(text, &records[len(b.entries)]))
		}
		if from += size; len(b.leaves) == t.W && from < len(data) {
			b.object(TileName(t), "has %d bytes after its %d entries", len(data)-from, t.W)
		}
	}
	if len(b.leaves) < t.W {
		b.add(Problem{Object: TileName(t), Entry: b.index(len(b.leaves)), Why: fmt.Sprintf("the entry is missing: the bundle has %d entries, not %d", len(b.leaves), t.W)})
	}
}

func (b *bundleRead) index(i int) *int64 { return indexed(b.n*width + int64(i)) }

// compare finds the first difference of bundle and tile. Where the bundle is broken it goes by the tile, and the reverse.
func (b *bundleRead) compare(bundle, tile string, need int) {
	broken := len(b.list) > 0
	b.leaves = b.leaves[:min(need, len(b.leaves))]
	if b.filled = b.leaves; broken && len(b.tile) == need {
		b.filled = nil
	}
	for i := len(b.filled); i < need; i++ {
		var h tlog.Hash
		if i < len(b.tile) {
			h = b.tile[i]
		}
		b.filled = append(b.filled, h)
	}
	if len(b.tile) < need {
		b.tile = append(b.tile, b.filled[len(b.tile):]...)
	}
	if b.differ = firstDifference(b.leaves, b.tile); b.differ < 0 {
		return
	}
	b.labels[0] = Problem{Object: bundle, Entry: b.index(b.differ), Why: "it is not the entry in the signed tree"}
	if b.differ < len(b.entries) {
		b.entries[b.differ].label(&b.labels[0])
	}
	if broken { // the bundle is wrong: say first where it begins to be
		b.list, b.differ = slices.Insert(b.list, 0, b.labels[0]), -1
		return
	}
	b.labels[1] = Problem{Object: tile, Entry: b.index(b.differ), Why: "its hash in the tile is not that of the signed tree"}
	if b.differ < len(b.entries) {
		b.entries[b.differ].label(&b.labels[1])
	}
}

// nameByOthers labels the wrong entry of the bundle by its right text, if a bundle of another width has it.
func (r bundleReader) nameByOthers(ctx context.Context, b *bundleRead) error {
	p := &b.labels[0]
	if len(b.list) > 0 && b.list[0].Entry != nil {
		p = &b.list[0]
	}
	if p.Entry == nil {
		return nil
	}
	i := int(*p.Entry - b.n*width)
	for _, t := range r.others[place{-1, b.n}] {
		data, err := r.read(ctx, TileName(t))
		if err != nil {
			return fault.Wrap(err, "reading %s", TileName(t))
		}
		texts, _ := SplitBundle(data, t.W)
		if i < len(texts) && i < len(b.tile) && tlog.RecordHash(texts[i]) == b.tile[i] {
			checkedEntryOf(texts[i], new(evidence.Record)).label(p)
			return nil
		}
	}
	return nil
}

// checkOthers compares the objects of other widths at this place: they begin as these do.
func (r bundleReader) checkOthers(ctx context.Context, b *bundleRead, data []byte) error {
	for _, p := range []place{{-1, b.n}, {0, b.n}} {
		for _, t := range r.others[p] {
			was, err := r.read(ctx, TileName(t))
			if lost := b.noteLost(err, TileName(t)); lost != nil {
				return fault.Wrap(lost, "reading %s", TileName(t))
			}
			if err != nil {
				continue
			}
			if p.level == 0 {
				b.checkTile(t, was)
			} else {
				b.checkBundle(t, was, data)
			}
		}
	}
	return nil
}

// checkTile accepts a tile that agrees with the bundle or the other tile: which of them is right is not known yet.
func (b *bundleRead) checkTile(t tlog.Tile, data []byte) {
	hashes := splitTile(data)
	i := firstDifference(hashes, b.filled)
	switch {
	case len(data) != t.W*tlog.HashSize:
		b.object(TileName(t), "has %d bytes, not %d", len(data), t.W*tlog.HashSize)
	case i >= 0 && firstDifference(hashes, b.tile) >= 0:
		p := Problem{Object: TileName(t), Entry: b.index(i), Why: "its hash in the tile is not that of the signed tree"}
		if i < len(b.entries) {
			b.entries[i].label(&p)
		}
		b.add(p)
	}
}

func (b *bundleRead) checkBundle(t tlog.Tile, data, needed []byte) {
	texts, err := SplitBundle(data, t.W)
	if err == nil && bytes.HasPrefix(needed, data) {
		return
	}
	hashes := make([]tlog.Hash, len(texts))
	for i, text := range texts {
		hashes[i] = tlog.RecordHash(text)
	}
	if i := firstDifference(hashes, b.filled); i >= 0 && firstDifference(hashes, b.tile) >= 0 {
		p := Problem{Object: TileName(t), Entry: b.index(i), Why: "it is not the entry in the signed tree"}
		e := checkedEntryOf(texts[i], new(evidence.Record))
		if i < len(b.entries) {
			e = b.entries[i] // of the needed bundle
		}
		e.label(&p)
		b.add(p)
	}
	if err != nil {
		b.object(TileName(t), "%v", err)
	}
}
