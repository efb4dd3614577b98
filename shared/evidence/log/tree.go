package log

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// treeCheck finds what in the bundles and tiles is not the signed tree. Which of two that differ is wrong is known at the
// end, when the roots of both are.
type treeCheck struct {
	inv     *inventory
	upper   *upperTiles
	bundles tower // from the entries
	tiles   tower // from the stored tiles of level 0
	edges   [2][]tlog.Hash
	differ  []*bundleRead // at most [most]
	more    int64
	findings
}

func newTreeCheck(v *inventory) *treeCheck {
	u := &upperTiles{inventory: v}
	return &treeCheck{inv: v, upper: u, bundles: tower{upper: u}, tiles: tower{upper: u}}
}

func (c *treeCheck) add(ctx context.Context, b *bundleRead) error {
	c.addAll(b.short)
	if b.differ >= 0 {
		if len(c.differ) < most {
			c.differ = append(c.differ, &bundleRead{n: b.n, differ: b.differ, labels: b.labels})
		} else {
			c.more++
		}
	}
	if len(b.filled) < width {
		c.edges = [2][]tlog.Hash{b.filled, b.tile}
		return nil
	}
	root := tileRoot(b.filled)
	if err := c.bundles.add(ctx, root); err != nil {
		return err
	}
	if b.differ >= 0 || firstDifference(b.filled, b.tile) >= 0 {
		root = tileRoot(b.tile)
	}
	return c.tiles.add(ctx, root)
}

// rootsWith returns the roots of the entries and of the tiles, with the first leaves of the next bundle.
func (c *treeCheck) rootsWith(next *bundleRead, leaves int) [2]tlog.Hash {
	leaves = max(0, leaves)
	return [2]tlog.Hash{c.bundles.whole.rootWith(next.filled[:leaves]), c.tiles.whole.rootWith(next.tile[:leaves])}
}

// end says what is wrong, given the signed root. right is 0 if the entries are those of the signed tree, 1 if the tiles of
// level 0 are, -1 if neither.
func (c *treeCheck) end(ctx context.Context, root tlog.Hash) (right int, err error) {
	for _, t := range []*tower{&c.bundles, &c.tiles} {
		if err := t.end(ctx); err != nil {
			return -1, err
		}
	}
	switch {
	case c.bundles.whole.rootWith(c.edges[0]) == root:
		c.blame(1, c.bundles.differ)
		return 0, nil
	case c.tiles.whole.rootWith(c.edges[1]) == root:
		c.blame(0, c.tiles.differ)
		return 1, nil
	}
	c.blameBoth(root)
	return -1, nil
}

// blame names the bundles (0) or the tiles (1) of level 0 that differ, and upper tiles.
func (c *treeCheck) blame(which int, upper []difference) {
	for _, b := range c.differ {
		c.findings.add(b.labels[which])
	}
	c.findings.more += c.more
	for _, d := range upper {
		c.findings.add(d.problem(c.inv))
	}
}

// blameBoth: neither the entries nor the tiles of level 0 give the signed root. A level above may.
func (c *treeCheck) blameBoth(root tlog.Hash) {
	for level := 1; level < levels && c.upper.last[level].read; level++ {
		if c.upper.root(level, c.edges[1]) != root && c.upper.root(level, c.edges[0]) != root {
			continue
		}
		for _, d := range c.bundles.differ {
			if d.level == level {
				c.blameSubtree(d)
			}
		}
		return
	}
	for _, b := range c.differ {
		c.findings.add(b.labels[0])
	}
	c.findings.add(Problem{Why: "the entries and the tiles are not those of the signed tree: they have another root"})
}

// blameSubtree names the entries under a hash that is right.
func (c *treeCheck) blameSubtree(d difference) {
	size := int64(1) << (height * d.level)
	from := (d.n*width + int64(d.i)) * size
	for _, b := range c.differ {
		if first := b.n*width + int64(b.differ); from <= first && first < from+size {
			c.findings.add(b.labels[0])
			return
		}
	}
	c.findings.add(Problem{Object: TileName(c.inv.needed(place{-1, from / width})), Entry: indexed(from),
		Why: fmt.Sprintf("this entry or one of the %d after it is not that of the signed tree: their bundle and tile agree, but not with the tiles above", size-1)})
}
