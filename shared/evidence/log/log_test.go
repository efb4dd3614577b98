package log_test

import (
	"crypto/ed25519"
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
)

// TestATreeIsTheSameHoweverItGrew: any batches give the tree that package tlog gives for all entries at once.
func TestATreeIsTheSameHoweverItGrew(t *testing.T) {
	ctx, l := t.Context(), newLog(t)
	var want []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var out []tlog.Hash
		for _, i := range indexes {
			out = append(out, want[i])
		}
		return out, nil
	})
	edge := log.NewEdge()
	for batch := 1; edge.Tree.N < 70_000; batch = batch*7%601 + 1 {
		var texts [][]byte
		for i := range batch {
			text := fmt.Appendf(nil, "entry %d", edge.Tree.N+int64(i))
			hashes, err := tlog.StoredHashes(edge.Tree.N+int64(i), text, read)
			if err != nil {
				t.Fatal(err)
			}
			want, texts = append(want, hashes...), append(texts, text)
		}
		g, err := edge.Append(texts)
		if err != nil {
			t.Fatal(err)
		}
		if hash, _ := tlog.TreeHash(g.To.N, read); hash != g.To.Hash {
			t.Fatalf("the tree of %d entries has the hash %s, not %s", g.To.N, g.To.Hash, hash)
		}
		if err := l.Keep(ctx, g); err != nil {
			t.Fatal(err)
		}
		if err := l.Publish(ctx, g); err != nil {
			t.Fatal(err)
		}
		edge = g.Edge
		if batch%3 == 0 { // as a new process
			if edge, err = log.ReadEdge(ctx, l.Objects, g.To); err != nil {
				t.Fatal(err)
			}
		}
	}
	vkey, err := log.VerifierKey(ctx, l.Origin, l.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	text, _, err := l.Objects.Read(ctx, log.CheckpointName)
	if err != nil {
		t.Fatal(err)
	}
	c, err := log.OpenCheckpoint(text, note.VerifierList(v))
	if err != nil || c.Tree != edge.Tree || c.Origin != l.Origin {
		t.Fatalf("checkpoint %+v, %v", c, err)
	}
}

func newLog(t *testing.T) *log.Log {
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &log.Log{
		Origin: "curfew.example/log", Objects: &log.Folder{Path: t.TempDir()}, Stage: &log.Folder{Path: t.TempDir()}, Keys: []log.Key{log.MemoryKey(private)},
	}
}
