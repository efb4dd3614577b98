package log

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Settle publishes the tree of the head, if a crash left it staged or without its checkpoint.
func (l *Log) Settle(ctx context.Context, head tlog.Tree) error {
	newest, _, err := l.newest(ctx)
	if err != nil || newest.Tree.N >= head.N {
		return err
	}
	staged, _, err := l.Stage.Read(ctx, stageName(head))
	if fault.KindOf(err) == fault.NotFound {
		return l.settleWithoutStage(ctx, newest.Tree, head, err)
	}
	if err != nil {
		return fault.Wrap(err, "reading what was staged for the tree %s", treeText(head))
	}
	g := Growth{To: head}
	if g.Objects, err = unstage(staged); err != nil {
		return fault.Errorf(fault.Internal, "what was staged for the tree %s: %w", treeText(head), err)
	}
	return l.Publish(ctx, g)
}

// settleWithoutStage signs the tree of the head if all its objects are published, and continue the published tree. NotFound:
// an object is missing.
func (l *Log) settleWithoutStage(ctx context.Context, newest, head tlog.Tree, missing error) error {
	_, err := l.Entries(ctx, head, newest.N, head.N)
	if err == nil {
		_, err = ReadEdge(ctx, l.Objects, head)
	}
	if fault.KindOf(err) == fault.NotFound {
		return fault.Wrap(missing, "the tree %s is neither staged nor published: %v", treeText(head), err)
	}
	if err != nil {
		return fault.Wrap(err, "the tree %s, which is not staged", treeText(head))
	}
	if was, err := tlog.TreeHash(newest.N, l.Hashes(ctx, head)); newest.N > 0 && (err != nil || was != newest.Hash) {
		return fault.Errorf(fault.Internal, "the tree %s does not continue the published one of %d entries: %w", treeText(head), newest.N, err)
	}
	return l.publishCheckpoint(ctx, head)
}

func unstage(staged []byte) ([]Object, error) {
	var all []Object
	for r := tar.NewReader(bytes.NewReader(staged)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if _, ok := ParseTile(h.Name); !ok {
			return nil, fmt.Errorf("%.80q is not the name of a tile", h.Name)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		all = append(all, Object{h.Name, data})
	}
}
