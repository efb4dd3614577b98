package log

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Edge has what the next append needs of a tree: the tiles that are not full, and the last bundle. It is not changed by
// Append.
type Edge struct {
	Tree   tlog.Tree
	tiles  [][]byte // by level; empty: the level has only full tiles
	bundle []byte
}

// Growth is the result of an append: the objects that are new.
type Growth struct {
	From, To tlog.Tree
	Objects  []Object // bundles first
	Edge     *Edge    // of To
}

// NewEdge is that of an empty tree.
func NewEdge() *Edge {
	empty, _ := tlog.TreeHash(0, nil)
	return &Edge{Tree: tlog.Tree{Hash: empty}}
}

// ReadEdge reads the edge of a published tree, and checks it against the tree's hash. Internal: it differs.
func ReadEdge(ctx context.Context, from Objects, tree tlog.Tree) (*Edge, error) {
	e := NewEdge()
	if tree.N == 0 {
		return e, nil
	}
	e.Tree = tree
	hashes := hashesOf(tree, tileReader{ctx, from})
	for level := 0; tree.N>>(height*level) > 0; level++ {
		t := partial(tree.N, level)
		var data []byte
		if t.W > 0 {
			var err error
			if data, err = tlog.ReadTileData(t, hashes); err != nil {
				return nil, fault.Wrap(err, "reading %s of the tree %s", TileName(t), treeText(tree))
			}
		}
		e.tiles = append(e.tiles, data)
	}
	if tree.N%width == 0 {
		return e, nil
	}
	t := bundleOf(tree.N/width, tree.N)
	bundle, _, err := from.Read(ctx, TileName(t))
	if err != nil {
		return nil, fault.Wrap(err, "reading %s", TileName(t))
	}
	texts, err := SplitBundle(bundle, t.W)
	if err != nil {
		return nil, fault.Errorf(fault.Internal, "%s: %w", TileName(t), err)
	}
	for i, text := range texts {
		if h := tlog.RecordHash(text); string(h[:]) != string(e.tiles[0][i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return nil, fault.Errorf(fault.Internal, "entry %d of %s is not the one in the tree %s", i, TileName(t), treeText(tree))
		}
	}
	e.bundle = bundle
	return e, nil
}

// partial returns the tile at the right edge of a level, with width 0 if all its tiles are full.
func partial(size int64, level int) tlog.Tile {
	n := size >> (height * level)
	return tlog.Tile{H: height, L: level, N: n / width, W: int(n % width)}
}

// Append returns the tree with more entries. Invalid: an entry is empty or too long.
func (e *Edge) Append(texts [][]byte) (Growth, error) {
	g := Growth{From: e.Tree}
	size := e.Tree.N + int64(len(texts))
	all := grown{edge: e, base: tlog.StoredHashCount(e.Tree.N)}
	all.fresh = make([]tlog.Hash, 0, tlog.StoredHashCount(size)-all.base)
	for _, text := range texts {
		if err := checkLength(text); err != nil {
			return g, err
		}
	}
	g.Edge = &Edge{tiles: slices.Clone(e.tiles)}
	for i, leaf := range g.bundles(e.bundle, texts) {
		hashes, err := tlog.StoredHashesForRecordHash(e.Tree.N+int64(i), leaf, &all)
		if err != nil {
			return g, fault.Errorf(fault.Internal, "appending to the tree %s: %w", treeText(e.Tree), err)
		}
		all.fresh = append(all.fresh, hashes...)
	}
	hash, err := tlog.TreeHash(size, &all)
	if err != nil {
		return g, fault.Errorf(fault.Internal, "the hash of %d entries: %w", size, err)
	}
	g.To = tlog.Tree{N: size, Hash: hash}
	g.Edge.Tree = g.To
	return g, g.tiles(&all)
}

// bundles adds the bundles of the entries, and returns the hashes of these; last is the bundle that they go on.
func (g *Growth) bundles(last []byte, texts [][]byte) []tlog.Hash {
	leaves := make([]tlog.Hash, 0, len(texts))
	for n := g.From.N; len(texts) > 0; {
		now := texts[:min(len(texts), int(width-n%width))]
		size := len(last)
		for _, text := range now {
			size += 2 + len(text)
		}
		bundle := append(make([]byte, 0, size), last...)
		for _, text := range now {
			bundle = appendEntry(bundle, text)
			leaves = append(leaves, hashEntry(bundle, len(bundle)-len(text), len(bundle)))
		}
		texts, n, last = texts[len(now):], n+int64(len(now)), nil
		g.Objects = append(g.Objects, Object{TileName(bundleOf((n-1)/width, n)), bundle})
		if n%width != 0 {
			last = bundle
		}
	}
	g.Edge.bundle = last
	return leaves
}

func (g *Growth) tiles(from tlog.HashReader) error {
	for _, t := range tlog.NewTiles(height, g.From.N, g.To.N) {
		data, err := tlog.ReadTileData(t, from)
		if err != nil {
			return fault.Errorf(fault.Internal, "tile %s: %w", TileName(t), err)
		}
		g.Objects = append(g.Objects, Object{TileName(t), data})
		for len(g.Edge.tiles) <= t.L {
			g.Edge.tiles = append(g.Edge.tiles, nil)
		}
		if g.Edge.tiles[t.L] = data; t.W == width {
			g.Edge.tiles[t.L] = nil
		}
	}
	return nil
}

// grown reads the hashes of a tree and of what was appended to it.
type grown struct {
	edge  *Edge
	base  int64 // the index of the first fresh hash
	fresh []tlog.Hash
}

func (g *grown) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= g.base {
			hashes[i] = g.fresh[index-g.base]
			continue
		}
		t := partial(g.edge.Tree.N, tlog.TileForIndex(height, index).L)
		h, err := tlog.HashFromTile(t, g.edge.tiles[t.L], index)
		if err != nil {
			return nil, err
		}
		hashes[i] = h
	}
	return hashes, nil
}

// hashesOf reads the hashes of a tree, and checks them against it. Internal: a tile is not of the tree. Errors of the reader
// keep their kind.
func hashesOf(tree tlog.Tree, from tlog.TileReader) tlog.HashReader {
	checked := tlog.TileHashReader(tree, from)
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes, err := checked.ReadHashes(indexes)
		if _, known := errors.AsType[*fault.Error](err); err != nil && !known {
			err = fault.Errorf(fault.Internal, "%w", err)
		}
		return hashes, err
	})
}

// tileReader reads published tiles for package tlog, which checks them.
type tileReader struct {
	ctx  context.Context
	from Objects
}

func (r tileReader) Height() int { return height }

func (r tileReader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r tileReader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		data, _, err := r.from.Read(r.ctx, TileName(t))
		if err != nil {
			return nil, err
		}
		all[i] = data
	}
	return all, nil
}
