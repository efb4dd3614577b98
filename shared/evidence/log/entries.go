package log

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Entries calls each with all entries of a tree, in order. Internal: an object is not the one in the tree. An error of each
// ends it.
func Entries(ctx context.Context, from Objects, tree tlog.Tree, each func(index int64, text []byte) error) error {
	return EntriesFrom(ctx, from, tree, 0, tree.N, each)
}

// EntriesFrom is [Entries] from (inclusive) to (exclusive).
func EntriesFrom(ctx context.Context, of Objects, tree tlog.Tree, from, to int64, each func(index int64, text []byte) error) error {
	hashes := hashesOf(tree, &tileCache{tileReader{ctx, of}, map[tlog.Tile][]byte{}, 1})
	for n := from / width; from < to; n++ {
		t := bundleOf(n, tree.N)
		bundle, _, err := of.Read(ctx, TileName(t))
		if err != nil {
			return fault.Wrap(err, "reading %s", TileName(t))
		}
		texts, err := SplitBundle(bundle, t.W)
		if err != nil {
			return fault.Errorf(fault.Internal, "%s: %w", TileName(t), err)
		}
		texts = texts[from-n*width : min(int64(t.W), to-n*width)]
		indexes := make([]int64, len(texts))
		for i := range texts {
			indexes[i] = tlog.StoredHashIndex(0, from+int64(i))
		}
		want, err := hashes.ReadHashes(indexes)
		if err != nil {
			return fault.Wrap(err, "reading the hashes of %s", TileName(t))
		}
		for i, text := range texts {
			if tlog.RecordHash(text) != want[i] {
				return fault.Errorf(fault.Internal, "entry %d of %s is not the one in the tree %s", from+int64(i)-n*width, TileName(t), treeText(tree))
			}
			if err := each(from+int64(i), text); err != nil {
				return err
			}
		}
		from += int64(len(texts))
	}
	return nil
}

// tileCache keeps the tiles from a level on. Many bundles share those above the leaves: one for 65,536 entries.
type tileCache struct {
	tileReader
	kept map[tlog.Tile][]byte
	from int
}

func (c *tileCache) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		if all[i] = c.kept[t]; all[i] != nil {
			continue
		}
		read, err := c.tileReader.ReadTiles(tiles[i : i+1])
		if err != nil {
			return nil, err
		}
		all[i] = read[0]
	}
	return all, nil
}

// SaveTiles is called with tiles that were checked against the root.
func (c *tileCache) SaveTiles(tiles []tlog.Tile, data [][]byte) {
	for i, t := range tiles {
		if t.L >= c.from {
			c.kept[t] = data[i]
		}
	}
}
