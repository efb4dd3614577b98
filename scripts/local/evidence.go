package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/access"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// kept is the log of a rehearsal in a folder, with its rows in another, and the report of a play. The key that signs it is lost with this process. The verifier key is a file
// outside of the folder: a key in the log would vouch for itself.
type kept struct{ dir, key, lake, report string }

// keepLog returns a log in a new or empty folder; "": one in memory.
func keepLog(dir string) (*log.Log, kept, error) {
	if dir == "" {
		return inprocess.NewLog(), kept{}, nil
	}
	dir = filepath.Clean(dir)
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, kept{}, fmt.Errorf("-log %s: the folder is not empty: a log is of one rehearsal", dir)
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, kept{}, fmt.Errorf("-log %s: %w", dir, err)
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, kept{}, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, kept{}, fmt.Errorf("-log %s: %w", dir, err)
	}
	l := inprocess.NewSignedLog(&log.Folder{Path: dir}, private)
	key, err := log.VerifierKey(context.Background(), l.Origin, l.Keys[0])
	if err != nil {
		return nil, kept{}, err
	}
	k := kept{dir: dir, key: dir + ".vkey", lake: dir + ".lake", report: dir + ".report"}
	if err := os.Mkdir(k.lake, 0o700); err != nil {
		return nil, kept{}, fmt.Errorf("-log %s: its rows: %w", dir, err)
	}
	return l, k, os.WriteFile(k.key, []byte(key+"\n"), 0o600)
}

func (k kept) keepLake(a *inprocess.Archive) {
	if k.lake != "" {
		a.KeepLake(&log.Folder{Path: k.lake})
	}
}

// sayEvidence enters what the log lacks, and prints how to verify it, with a change to try.
func (h *house) sayEvidence(ctx context.Context, out io.Writer) error {
	if h.kept.dir == "" {
		return nil
	}
	tree, err := h.enterAll(ctx)
	if err != nil || tree.N == 0 {
		return err
	}
	verify := "go run ./scripts/curfew verify " + h.kept.dir + " --key " + h.kept.key
	fmt.Fprintf(out, "\nThe evidence is a log of %d entries, which anybody can verify without Curfew's API:\n  %s\n", tree.N, verify)
	fmt.Fprintf(out, "Ask its rows why access ended; without a name, audit lists its queries:\n  go run ./scripts/curfew audit ended-by-cause --lake %s\n", h.kept.lake)
	if id := h.oneEnded(); id != "" {
		fmt.Fprintf(out, "Read one elevation:\n  go run ./scripts/curfew audit story --set elevation=%s --lake %s\n", id, h.kept.lake)
		fmt.Fprintf(out, "Prove one elevation, for somebody who does not have the log:\n  go run ./scripts/curfew proof %s --log %s --key %s\n", id, h.kept.dir, h.kept.key)
	}
	if _, err := os.Stat(h.kept.report); err == nil {
		fmt.Fprintf(out, "The report for auditors; its digests are in the log:\n  %s\n", filepath.Join(h.kept.report, "report.html"))
	}
	last := log.TileName(tlog.Tile{H: 8, L: -1, N: (tree.N - 1) / 256, W: int((tree.N-1)%256) + 1})
	bundle := filepath.Join(h.kept.dir, filepath.FromSlash(last))
	fmt.Fprintf(out, "Change one byte, and it names the record:\n  printf X | dd of=%s bs=1 seek=2000 conv=notrunc; %s\n", bundle, verify)
	return nil
}

// enterAll enters what the log lacks, and writes the rows of all its entries.
func (h *house) enterAll(ctx context.Context) (tlog.Tree, error) {
	if err := h.Archive.TakeAll(ctx); err != nil {
		return tlog.Tree{}, fault.Wrap(err, "entering the last evidence in the log")
	}
	tree, err := h.Archive.Evidence.Published(ctx)
	if err == nil && tree.N > 0 {
		err = fault.Wrap(h.Archive.View.Pass(ctx, tree), "writing the log's rows")
	}
	return tree, err
}

// oneEnded returns the id of the first elevation that ended.
func (h *house) oneEnded() (id string) {
	all, _, err := access.Lives(h.Store.All(record.AccessTable))
	if err != nil {
		return ""
	}
	for _, e := range all {
		if e.State == access.Ended && (id == "" || e.ID < id) {
			id = e.ID
		}
	}
	return id
}
