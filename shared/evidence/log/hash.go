package log

import (
	"crypto/sha256"

	"golang.org/x/mod/sumdb/tlog"
)

// hashEntry is tlog.RecordHash of bundle[from:to] without a copy: the byte before an entry is the end of its length, and
// becomes the prefix of RFC 6962 meanwhile.
func hashEntry(bundle []byte, from, to int) tlog.Hash {
	was := bundle[from-1]
	bundle[from-1] = 0
	h := sha256.Sum256(bundle[from-1 : to])
	bundle[from-1] = was
	return h
}

// nodeHash is tlog.NodeHash without an allocation.
func nodeHash(left, right tlog.Hash) tlog.Hash {
	var b [1 + 2*tlog.HashSize]byte
	b[0] = 1
	copy(b[1:], left[:])
	copy(b[1+tlog.HashSize:], right[:])
	return sha256.Sum256(b[:])
}

func tileRoot(hashes []tlog.Hash) tlog.Hash {
	var row [width / 2]tlog.Hash
	for i := range row {
		row[i] = nodeHash(hashes[2*i], hashes[2*i+1])
	}
	for n := len(row) / 2; n > 0; n /= 2 {
		for i := range n {
			row[i] = nodeHash(row[2*i], row[2*i+1])
		}
	}
	return row[0]
}

func splitTile(data []byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(data)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes
}

// firstDifference returns the first index at which two lists differ; -1: one begins with the other.
func firstDifference(a, b []tlog.Hash) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return -1
}

// treeRange has the roots of the largest full subtrees of a tree's first n entries, the largest first.
type treeRange struct {
	n     int64
	peaks []tlog.Hash
}

// add appends a full subtree of 1<<level entries. n is a multiple of that.
func (r *treeRange) add(level int, h tlog.Hash) {
	at := r.n
	r.n += 1 << level
	for ; at>>level&1 == 1; level++ {
		last := len(r.peaks) - 1
		h, r.peaks = nodeHash(r.peaks[last], h), r.peaks[:last]
	}
	r.peaks = append(r.peaks, h)
}

// emptyRoot is the root of a tree without entries.
var emptyRoot tlog.Hash = sha256.Sum256(nil)

func (r *treeRange) rootWith(leaves []tlog.Hash) tlog.Hash {
	longer := r.with(leaves)
	return longer.root()
}

func (r *treeRange) with(leaves []tlog.Hash) treeRange {
	longer := treeRange{r.n, append([]tlog.Hash(nil), r.peaks...)}
	for _, h := range leaves {
		longer.add(0, h)
	}
	return longer
}

func (r *treeRange) root() tlog.Hash {
	if len(r.peaks) == 0 {
		return emptyRoot
	}
	h := r.peaks[len(r.peaks)-1]
	for i := len(r.peaks) - 2; i >= 0; i-- {
		h = nodeHash(r.peaks[i], h)
	}
	return h
}
