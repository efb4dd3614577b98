package oracles

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/scripts/oracles/loglife"
)

// tlogClient reads a log with nothing but package tlog and package note. It knows the form of names and bundles by
// https://c2sp.org/tlog-tiles alone.
type tlogClient struct {
	folder string
	key    string
}

func (c tlogClient) Height() int                     { return 8 }
func (c tlogClient) SaveTiles([]tlog.Tile, [][]byte) {}

func (c tlogClient) ReadTiles(tiles []tlog.Tile) (all [][]byte, err error) {
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(c.folder, strings.Replace(t.Path(), "tile/8/", "tile/", 1)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (c tlogClient) tree() (tree tlog.Tree, err error) {
	text, err := os.ReadFile(filepath.Join(c.folder, "checkpoint"))
	if err != nil {
		return tree, err
	}
	v, err := note.NewVerifier(c.key)
	if err != nil {
		return tree, err
	}
	n, err := note.Open(text, note.VerifierList(v))
	if err != nil {
		return tree, err
	}
	lines := strings.Split(n.Text, "\n")
	if _, err = fmt.Sscan(lines[1], &tree.N); err == nil {
		tree.Hash, err = tlog.ParseHash(lines[2])
	}
	return tree, err
}

// check reads all entries and proves each by the checkpoint, which continues the tree that was seen before.
func (c tlogClient) check(seen tlog.Tree) error {
	tree, err := c.tree()
	if err != nil {
		return err
	}
	if tree.N < seen.N {
		return errors.New("rolled back")
	}
	hashes := tlog.TileHashReader(tree, c)
	if seen.N > 0 {
		p, err := tlog.ProveTree(tree.N, seen.N, hashes)
		if err == nil {
			err = tlog.CheckTree(p, tree.N, tree.Hash, seen.N, seen.Hash)
		}
		if err != nil {
			return fmt.Errorf("forked: %w", err)
		}
	}
	for first := int64(0); first < tree.N; first += 256 {
		if err := c.checkBundle(tree, hashes, first); err != nil {
			return err
		}
	}
	return nil
}

func (c tlogClient) checkBundle(tree tlog.Tree, hashes tlog.HashReader, first int64) error {
	t := tlog.Tile{H: 8, L: -1, N: first / 256, W: int(min(256, tree.N-first))}
	bundle, err := os.ReadFile(filepath.Join(c.folder, strings.Replace(t.Path(), "tile/8/data/", "tile/entries/", 1)))
	if err != nil {
		return err
	}
	for i := range int64(t.W) {
		if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
			return fmt.Errorf("the bundle of entry %d is cut", first+i)
		}
		size := 2 + int(binary.BigEndian.Uint16(bundle))
		leaf := tlog.RecordHash(bundle[2:size])
		bundle = bundle[size:]
		stored, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, first+i)})
		if err != nil || stored[0] != leaf {
			return fmt.Errorf("entry %d is not in the tree: %w", first+i, err)
		}
		if i%32 != 0 { // a proof takes many reads
			continue
		}
		p, err := tlog.ProveRecord(tree.N, first+i, hashes)
		if err == nil {
			err = tlog.CheckRecord(p, tree.N, tree.Hash, first+i, leaf)
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", first+i, err)
		}
	}
	if len(bundle) > 0 {
		return errors.New("bytes after the last entry")
	}
	return nil
}

// TestTheClientsAgree changes a log: package tlog's client, Tessera's fsck and Verify find each change.
func TestTheClientsAgree(t *testing.T) {
	folder, m := madeLog(t, 120, 120)
	agree(t, folder, m)
}

// TestTheClientsAgreeOnALargerLog does that with 10,000 entries.
func TestTheClientsAgreeOnALargerLog(t *testing.T) {
	folder, m := madeLog(t, 1_667, 1_667)
	agree(t, folder, m)
}

func agree(t *testing.T, folder string, m *loglife.Maker) {
	t.Helper()
	c := tlogClient{folder, m.Key}
	before, err := c.tree()
	must(t, err)
	old, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(t, err)
	m.Life(99_999, 400*24*time.Hour)
	must(t, m.Publish(t.Context()))
	must(t, c.check(before))
	must(t, loglife.Fsck(t.Context(), folder, m.Key, time.Minute))
	newest, err := c.tree()
	must(t, err)
	if !verified(t, folder, m) {
		t.Fatal("the whole log is not verified")
	}

	path := filepath.Join(folder, "tile/entries/001")
	was, err := os.ReadFile(path)
	must(t, err)
	n := map[string]int{}
	for what, bundle := range bundlesLike(was) {
		must(t, os.WriteFile(path, bundle, 0o600))
		n[strings.TrimRight(what, " 0123456789")]++
		if c.check(before) == nil {
			t.Errorf("%s: tlog's client accepts it", what)
		}
		if loglife.Fsck(t.Context(), folder, m.Key, 2*time.Second) == nil {
			t.Errorf("%s: fsck accepts it", what)
		}
		if verified(t, folder, m) {
			t.Errorf("%s: Verify accepts it", what)
		}
	}
	must(t, os.WriteFile(path, was, 0o600))
	t.Logf("a log of %d entries: %v", newest.N, n)

	must(t, os.WriteFile(filepath.Join(folder, "checkpoint"), old, 0o600))
	if err := c.check(newest); err == nil {
		t.Error("tlog's client accepts a log that was rolled back")
	}
	other := newest
	other.Hash[0] ^= 1
	if err := c.check(tlog.Tree{N: before.N - 1, Hash: other.Hash}); err == nil {
		t.Error("tlog's client accepts a fork")
	}
}

// bundlesLike returns bundles with a change in the middle.
func bundlesLike(bundle []byte) map[string][]byte {
	var entries [][]byte // with their lengths
	for rest := bundle; len(rest) > 0; {
		size := 2 + int(binary.BigEndian.Uint16(rest))
		entries, rest = append(entries, rest[:size]), rest[size:]
	}
	join := func(all [][]byte) []byte { return bytes.Join(all, nil) }
	all := map[string][]byte{}
	for _, i := range []int{0, 100, 254} {
		swapped := slices.Clone(entries)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		changed := bytes.Clone(bundle)
		changed[len(join(entries[:i]))+20] ^= 1
		all[fmt.Sprint("swapped ", i)] = join(swapped)
		all[fmt.Sprint("inserted ", i)] = join(slices.Insert(slices.Clone(entries), i, entries[0]))
		all[fmt.Sprint("removed ", i)] = join(slices.Delete(slices.Clone(entries), i, i+1))
		all[fmt.Sprint("truncated ", i)] = join(entries[:i])
		all[fmt.Sprint("changed ", i)] = changed
	}
	return all
}
