package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

var noExpiry time.Time

// settle makes edge that of the head, and publishes what a crash left. Conflict: the head moved.
func (s *Service) settle(ctx context.Context, head record.Stored[Head]) error {
	tree, err := head.Value.tree()
	if err != nil {
		return reporter{s}.blocked(ctx, err)
	}
	if s.edge != nil && s.edge.Tree == tree {
		return nil
	}
	s.edge = nil
	published, err := s.publishedTree(ctx, head.Value)
	if err != nil {
		return reporter{s}.blocked(ctx, err)
	}
	// Read the head after the checkpoint: it is then never the older one, because writers replace it first.
	now, err := record.Get[Head](ctx, s.Store, HeadKey())
	if err != nil {
		return err
	}
	if now.Row.Version != head.Row.Version {
		return fault.Errorf(fault.Conflict, "the head of the log moved")
	}
	if published.N > tree.N || published.N == tree.N && published != tree {
		return s.catchUp(ctx, head, tree, published)
	}
	if err := s.published(ctx, s.Evidence.Settle(ctx, tree)); err != nil {
		return err
	}
	edge, err := log.ReadEdge(ctx, s.Evidence.Objects, tree)
	if err != nil {
		return reporter{s}.blocked(ctx, err)
	}
	s.edge = edge
	return nil
}

// publishedTree trusts the log's own keys. Only if they did not sign, as after a rotation, it trusts those that the head names,
// as far as an entry of the published tree introduced them.
func (s *Service) publishedTree(ctx context.Context, head Head) (tlog.Tree, error) {
	tree, err := s.Evidence.Published(ctx)
	if kind := fault.KindOf(err); kind != fault.Internal || len(head.Keys) == 0 {
		return tree, err
	}
	old, oldErr := s.Evidence.Published(ctx, head.Keys...)
	if oldErr != nil {
		return tree, err
	}
	if head.KeysAt < 0 || head.KeysAt >= old.N {
		return tree, err
	}
	texts, oldErr := s.Evidence.Entries(ctx, old, head.KeysAt, head.KeysAt+1)
	if oldErr != nil {
		return tree, oldErr
	}
	if e, _ := log.EntryOf(texts[0]); e.Keys == nil || e.Keys.Origin != s.Evidence.Origin || !slices.Equal(e.Keys.Keys, head.Keys) {
		return tree, err
	}
	return old, nil
}

// catchUp moves a head that is older than the published tree forward, as after a restore of the access table, and writes
// the rows of the entries that it lacks. Conflict: done, read again.
func (s *Service) catchUp(ctx context.Context, head record.Stored[Head], tree, published tlog.Tree) error {
	hashes := s.Evidence.Hashes(ctx, published)
	if was, err := tlog.TreeHash(tree.N, hashes); err != nil || was != tree.Hash {
		return reporter{s}.blocked(ctx, fault.Errorf(fault.Internal, "the head of %d entries is not in the published tree of %d: %w", tree.N, published.N, err))
	}
	err := reporter{s}.tell(ctx, HeadBehind, finding.Occurrence{
		Subject: s.Evidence.Origin, What: fmt.Sprintf("the head of the log went back to %d entries, and %d are published", tree.N, published.N),
		Events: []string{fmt.Sprintf("%d of %d", head.Row.Version, published.N)},
	})
	for n := tree.N; err == nil && n < published.N; n, head.Row.Version = min(n+mostTexts, published.N), head.Row.Version+1 {
		head.Value.Keys, head.Value.KeysAt, err = s.moveHead(ctx, head, published, n, min(n+mostTexts, published.N))
	}
	if err != nil {
		return err
	}
	return fault.Errorf(fault.Conflict, "the head of the log was moved to the checkpoint")
}

// moveHead returns the keys that are in force then, and the entry that introduced them.
func (s *Service) moveHead(ctx context.Context, head record.Stored[Head], published tlog.Tree, from, to int64) (keys []string, keysAt int64, err error) {
	texts, err := s.Evidence.Entries(ctx, published, from, to)
	if err != nil {
		return nil, 0, reporter{s}.blocked(ctx, err)
	}
	root, err := tlog.TreeHash(to, s.Evidence.Hashes(ctx, published))
	if err != nil {
		return nil, 0, reporter{s}.blocked(ctx, fault.Errorf(fault.Internal, "the tree of %d entries: %w", to, err))
	}
	keys, keysAt = head.Value.Keys, head.Value.KeysAt
	changes, seen := []record.Change{{}}, map[record.Key]bool{}
	for i, text := range texts {
		read, _ := log.EntryOf(text)
		if read.Keys != nil {
			keys, keysAt = read.Keys.Keys, from+int64(i)
		}
		e := newEntry(text, read.Record)
		if e.replace = true; err != nil || seen[e.key] { // a log that has an entry twice is no reason to stop
			continue
		}
		seen[e.key] = true
		var put record.Change
		put, err = e.change(from + int64(i))
		changes = append(changes, put)
	}
	if err == nil {
		changes[0], err = head.Put(headOf(tlog.Tree{N: to, Hash: root}, keys, keysAt), noExpiry)
	}
	if err != nil {
		return nil, 0, err
	}
	return keys, keysAt, fault.Wrap(s.Store.Write(ctx, changes...), "moving the head of the log to %d", to)
}

// published handles the error of a publication: the witness does not hold up the log.
func (s *Service) published(ctx context.Context, err error) error {
	unwitnessed, ok := errors.AsType[*log.UnwitnessedError](err)
	if !ok {
		return reporter{s}.blocked(ctx, err)
	}
	s.Log.WarnContext(ctx, "checkpoint without its witness", "error", unwitnessed)
	if s.Unwitnessed != nil {
		s.Unwitnessed(ctx, unwitnessed)
	}
	return nil
}
