package log

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

const alteredPrefix = "altered/"

// place is a tile of any width. Level -1: a bundle.
type place struct {
	level int
	n     int64
}

// inventory has what a listing says of a log of a size.
type inventory struct {
	source      Source
	size        int64
	objects     int64
	checkpoints []Version             // older ones, without a name
	published   time.Time             // the newest checkpoint
	others      map[place][]tlog.Tile // other widths than the tree needs
	first       map[string]Version    // of objects with more than one version
	altered     short[string]
	beyond      short[string]
	findings
}

func takeInventory(ctx context.Context, source Source, size int64) (*inventory, error) {
	v := &inventory{source: source, size: size, others: map[place][]tlog.Tile{}, first: map[string]Version{}}
	if err := source.Versions(ctx, func(o Version) error { v.note(o); return nil }); err != nil {
		return nil, fault.Wrap(err, "listing the log")
	}
	for _, n := range []short[string]{v.altered, v.beyond} {
		slices.Sort(n.list)
	}
	slices.SortFunc(v.list, func(a, b Problem) int { return strings.Compare(a.Object+a.Why, b.Object+b.Why) })
	for _, tiles := range v.others {
		slices.SortFunc(tiles, func(a, b tlog.Tile) int { return a.W - b.W })
	}
	return v, nil
}

func (v *inventory) note(o Version) {
	if o.Name == CheckpointName {
		if o.Deleted {
			v.object(o.Name, "has a delete marker, which hides older versions")
		} else if !o.Latest {
			v.checkpoints = append(v.checkpoints, Version{ID: o.ID, Modified: o.Modified})
		} else {
			v.published = o.Modified
		}
		return
	}
	switch {
	case o.Deleted:
		v.object(o.Name, "has a delete marker, which hides its bytes: the lock keeps them")
		return
	case !o.Latest:
		if was, more := v.first[o.Name]; !more || o.Modified.Before(was.Modified) {
			v.first[o.Name] = o
		}
		if !slices.ContainsFunc(v.list, func(p Problem) bool { return p.Object == o.Name }) {
			v.object(o.Name, "was written or deleted again after its first version, which is verified here")
		}
		return
	}
	v.objects++
	if strings.HasPrefix(o.Name, alteredPrefix) {
		v.altered.add(o.Name)
		return
	}
	t, ok := ParseTile(o.Name)
	if !ok {
		v.object(o.Name, "is no object of a log: remove it, or verify a folder that has the log only")
		return
	}
	v.tile(t, o.Name)
}

func (v *inventory) tile(t tlog.Tile, name string) {
	level := max(t.L, 0)
	count := v.size >> (height * min(level, levels-1))
	if level >= levels || t.N > count/width+1 { // no overflow below
		v.object(name, "is further after the checkpoint than one append reaches: the log was rolled back, or it is not of this log")
		return
	}
	if t.N*width+int64(t.W) > count {
		v.beyond.add(name)
	}
	if need := v.needed(place{t.L, t.N}); need.W > 0 && need.W != t.W {
		v.others[place{t.L, t.N}] = append(v.others[place{t.L, t.N}], t)
	}
}

// needed returns the tile of a place that the tree needs; its width is 0 if it needs none.
func (v *inventory) needed(p place) tlog.Tile {
	count := v.size >> (height * max(p.level, 0))
	return tlog.Tile{H: height, L: p.level, N: p.n, W: int(max(0, min(width, count-p.n*width)))}
}

// read returns an object's first version. NotFound: there is none.
func (v *inventory) read(ctx context.Context, name string) ([]byte, error) {
	return v.source.ReadVersion(ctx, name, v.first[name].ID)
}

// readNeeded returns the tile of a place, or a wider one: then the narrow one may be gone.
// https://c2sp.org/tlog-tiles allows that. NotFound: there is none.
func (v *inventory) readNeeded(ctx context.Context, p place) (data []byte, t tlog.Tile, err error) {
	t = v.needed(p)
	data, err = v.read(ctx, TileName(t))
	for _, wider := range v.others[p] {
		if fault.KindOf(err) == fault.NotFound && wider.W > t.W {
			if data, err = v.read(ctx, TileName(wider)); err == nil {
				return data, wider, nil
			}
		}
	}
	return data, t, err
}
