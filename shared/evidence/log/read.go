package log

import (
	"context"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Published returns the tree of the newest checkpoint, or an empty one. Internal: it is not signed by the log's keys or by
// these verifier keys.
func (l *Log) Published(ctx context.Context, more ...string) (tlog.Tree, error) {
	text, _, err := l.Objects.Read(ctx, CheckpointName)
	if fault.KindOf(err) == fault.NotFound {
		return NewEdge().Tree, nil
	}
	if err != nil {
		return tlog.Tree{}, fault.Wrap(err, "reading the checkpoint")
	}
	for _, k := range l.Keys {
		key, err := VerifierKey(ctx, l.Origin, k)
		if err != nil {
			return tlog.Tree{}, err
		}
		more = append(more[:len(more):len(more)], key)
	}
	known := map[string]note.Verifier{} // a list may not have one twice
	for _, key := range more {
		if known[key], err = note.NewVerifier(key); err != nil {
			return tlog.Tree{}, fault.Errorf(fault.Internal, "the key %.200q: %w", key, err)
		}
	}
	var all []note.Verifier
	for _, v := range known {
		all = append(all, v)
	}
	c, err := OpenCheckpoint(text, note.VerifierList(all...))
	if err == nil && c.Origin != l.Origin {
		err = fault.Errorf(fault.Internal, "the checkpoint is of %s, not of %s", c.Origin, l.Origin)
	}
	if err != nil {
		return tlog.Tree{}, fault.Errorf(fault.Internal, "the published checkpoint: %w", err)
	}
	return c.Tree, nil
}

// Hashes reads the hashes of a published tree, and checks them against it.
func (l *Log) Hashes(ctx context.Context, tree tlog.Tree) tlog.HashReader {
	return hashesOf(tree, tileReader{ctx, l.Objects})
}

// Tiles keeps tiles, so that each is read once. The zero value is empty.
type Tiles struct{ kept map[tlog.Tile][]byte }

// mostTiles limits the memory: each has 8 KiB at most. All are forgotten.
const mostTiles = 4096

// CachedHashes is [Log.Hashes] with tiles that were read before.
func (l *Log) CachedHashes(ctx context.Context, tree tlog.Tree, tiles *Tiles) tlog.HashReader {
	if tiles.kept == nil || len(tiles.kept) > mostTiles {
		tiles.kept = map[tlog.Tile][]byte{}
	}
	return hashesOf(tree, &tileCache{tileReader{ctx, l.Objects}, tiles.kept, 0})
}

// Entries returns the entries from (inclusive) to (exclusive) of a published tree. Internal: an object is not the one in it.
func (l *Log) Entries(ctx context.Context, tree tlog.Tree, from, to int64) (all [][]byte, err error) {
	err = EntriesFrom(ctx, l.Objects, tree, from, to, func(_ int64, text []byte) error {
		all = append(all, text)
		return nil
	})
	return all, err
}
