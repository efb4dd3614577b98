package log

import (
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// height is that of a tile: 256 hashes, or 256 entries of a bundle. https://c2sp.org/tlog-tiles
const height, width = 8, 1 << 8

// levels is how many levels of tiles a tree has at most.
const levels = 8

// In the paths of package tlog, the height is a folder, and bundles are "data".
const tlogRoot, tlogBundles = "tile/8/", "data/"

const root, bundles = "tile/", "tile/entries/"

// TileName returns the object's name. Level -1: a bundle.
func TileName(t tlog.Tile) string {
	rest := strings.TrimPrefix(t.Path(), tlogRoot)
	if n, ok := strings.CutPrefix(rest, tlogBundles); ok {
		return bundles + n
	}
	return root + rest
}

// ParseTile reports whether a name is that of a tile or bundle. It accepts no other spelling than [TileName].
func ParseTile(name string) (tlog.Tile, bool) {
	rest, ok := strings.CutPrefix(name, root)
	if n, bundle := strings.CutPrefix(name, bundles); bundle {
		rest = tlogBundles + n
	}
	t, err := tlog.ParseTilePath(tlogRoot + rest)
	return t, ok && err == nil && TileName(t) == name
}

// bundleOf returns the tile of the bundle n in a tree of a size.
func bundleOf(n, size int64) tlog.Tile {
	return tlog.Tile{H: height, L: -1, N: n, W: int(min(width, size-n*width))}
}

func appendEntry(bundle, text []byte) []byte {
	return append(binary.BigEndian.AppendUint16(bundle, uint16(len(text))), text...) //nolint:gosec // Append checks the length
}

// SplitBundle returns the entries of a bundle. They share its bytes. Invalid: it does not have this number.
func SplitBundle(bundle []byte, n int) ([][]byte, error) {
	texts := make([][]byte, 0, n)
	rest := bundle
	for len(rest) > 0 {
		if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
			return texts, fault.Errorf(fault.Invalid, "the bundle ends within entry %d", len(texts))
		}
		size := int(binary.BigEndian.Uint16(rest))
		texts, rest = append(texts, rest[2:2+size:2+size]), rest[2+size:]
	}
	if len(texts) != n {
		return texts, fault.Errorf(fault.Invalid, "the bundle has %d entries, not %d", len(texts), n)
	}
	return texts, nil
}

func checkLength(text []byte) error {
	if len(text) == 0 || len(text) > evidence.MaxRecord {
		return fault.Errorf(fault.Invalid, "an entry of %d bytes: it must have 1 to %d", len(text), evidence.MaxRecord)
	}
	return nil
}

// treeText is for errors and names.
func treeText(t tlog.Tree) string { return fmt.Sprintf("%d-%x", t.N, t.Hash[:]) }
