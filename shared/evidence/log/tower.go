package log

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// upperTiles reads the stored tiles above level 0, each once, from left to right.
type upperTiles struct {
	*inventory
	last   [levels]upperTile
	ranges [levels]treeRange // of the stored hashes of a level, without the unfinished tile
}

type upperTile struct {
	n      int64
	read   bool
	hashes []tlog.Hash
}

// at returns the stored hashes of a tile; shorter: it is missing or cut.
func (u *upperTiles) at(ctx context.Context, p place) ([]tlog.Hash, error) {
	last := &u.last[p.level]
	if last.read && last.n == p.n {
		return last.hashes, nil
	}
	data, t, err := u.readNeeded(ctx, p)
	switch {
	case u.noteLost(err, TileName(t)) != nil:
		return nil, fault.Wrap(err, "reading %s", TileName(t))
	case err != nil:
	case len(data) != t.W*tlog.HashSize:
		u.object(TileName(t), "has %d bytes, not %d", len(data), t.W*tlog.HashSize)
	}
	hashes := splitTile(data)
	*last = upperTile{p.n, true, hashes[:min(len(hashes), u.needed(p).W)]}
	if len(last.hashes) == width {
		for _, h := range last.hashes {
			u.ranges[p.level].add(height*p.level, h)
		}
	}
	return last.hashes, u.compareOthers(ctx, p, last.hashes)
}

// compareOthers compares the tiles of other widths.
func (u *upperTiles) compareOthers(ctx context.Context, p place, hashes []tlog.Hash) error {
	for _, t := range u.others[p] {
		data, err := u.read(ctx, TileName(t))
		if lost := u.noteLost(err, TileName(t)); lost != nil || err != nil {
			return fault.Wrap(lost, "reading %s", TileName(t))
		}
		if i := firstDifference(splitTile(data), hashes); i >= 0 {
			u.object(TileName(t), "its hash %d differs from that in the newest tile of this place", i)
		} else if len(data) != t.W*tlog.HashSize {
			u.object(TileName(t), "has %d bytes, not %d", len(data), t.W*tlog.HashSize)
		}
	}
	return nil
}

// root returns the root of the tree whose subtrees are the stored hashes of a level, with the unfinished tiles below.
func (u *upperTiles) root(level int, edge []tlog.Hash) tlog.Hash {
	r := treeRange{}
	if level > 0 {
		r = u.ranges[level].with(nil)
	}
	for l := level; l > 0; l-- {
		if t := u.last[l]; t.read && len(t.hashes) < width {
			for _, h := range t.hashes {
				r.add(height*l, h)
			}
		}
	}
	return r.rootWith(edge)
}

// tower computes all tiles above level 0 from the roots below, and where the stored ones differ.
type tower struct {
	upper  *upperTiles
	whole  treeRange               // of full tiles
	row    [levels + 1][]tlog.Hash // the unfinished tile of each level
	done   [levels + 1]int64
	differ []difference // at most [most]
}

// difference is the first hash of a stored tile that differs from the computed one.
type difference struct {
	place
	i int
}

// add appends the root of a full tile of level 0.
func (t *tower) add(ctx context.Context, h tlog.Hash) error {
	t.whole.add(height, h)
	for level := 1; ; level++ {
		t.row[level] = append(t.row[level], h)
		if len(t.row[level]) < width {
			return nil
		}
		if err := t.compare(ctx, level); err != nil {
			return err
		}
		h = tileRoot(t.row[level])
		t.row[level], t.done[level] = t.row[level][:0], t.done[level]+1
	}
}

// end compares the unfinished tiles.
func (t *tower) end(ctx context.Context) error {
	for level := 1; level < levels; level++ {
		if len(t.row[level]) > 0 {
			if err := t.compare(ctx, level); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tower) compare(ctx context.Context, level int) error {
	p := place{level, t.done[level]}
	stored, err := t.upper.at(ctx, p)
	if err != nil {
		return err
	}
	if i := firstDifference(t.row[level], stored); i >= 0 && len(t.differ) < most {
		t.differ = append(t.differ, difference{p, i})
	}
	return nil
}

// problem is the difference in a stored tile that is wrong.
func (d difference) problem(v *inventory) Problem {
	return Problem{Object: TileName(v.needed(d.place)), Why: fmt.Sprintf("its hash %d is not that of the signed tree", d.i)}
}
