package log

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Log writes the objects of one log. Set all fields but Witness.
type Log struct {
	Origin  string // the first line of checkpoints, and the name of the keys
	Objects Objects
	Stage   Objects // outside the lock: staged objects may be deleted after days
	Keys    []Key   // all sign; more than one while keys are rotated
	Witness Witness // nil: none
}

// Witness cosigns checkpoints. https://c2sp.org/tlog-witness
type Witness interface {
	// Cosign returns signature lines. prove returns the proof that the checkpoint's tree continues one of size old.
	Cosign(ctx context.Context, checkpoint []byte, prove func(old int64) (tlog.TreeProof, error)) ([]byte, error)
}

// UnwitnessedError says that a checkpoint was published without its witness.
type UnwitnessedError struct{ Err error }

func (e *UnwitnessedError) Error() string { return "the witness did not cosign: " + e.Err.Error() }

func (e *UnwitnessedError) Unwrap() error { return e.Err }

func stageName(to tlog.Tree) string { return "stage/" + treeText(to) }

// Keep stages the objects of a growth. Idempotent.
func (l *Log) Keep(ctx context.Context, g Growth) error {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, o := range g.Objects {
		_ = w.WriteHeader(&tar.Header{Name: o.Name, Size: int64(len(o.Data)), Mode: 0o600, Format: tar.FormatPAX}) // a Buffer has no errors
		_, _ = w.Write(o.Data)
	}
	if err := w.Close(); err != nil {
		return fault.Errorf(fault.Internal, "staging %s: %w", treeText(g.To), err)
	}
	return fault.Wrap(l.Stage.Create(ctx, stageName(g.To), b.Bytes()), "staging %d entries", g.To.N-g.From.N)
}

// Publish writes the objects of a growth and then its checkpoint, unless a newer one is there. Call it after the head
// was replaced. Idempotent. Conflict: an object has other bytes. [*UnwitnessedError]: all else is done.
func (l *Log) Publish(ctx context.Context, g Growth) error {
	for _, o := range g.Objects {
		if err := l.Objects.Create(ctx, o.Name, o.Data); err != nil {
			return fault.Wrap(err, "publishing %s", o.Name)
		}
	}
	return l.publishCheckpoint(ctx, g.To)
}

// newest returns the published checkpoint. Its signatures are not checked: it only says what was published.
func (l *Log) newest(ctx context.Context) (Checkpoint, string, error) {
	text, tag, err := l.Objects.Read(ctx, CheckpointName)
	if fault.KindOf(err) == fault.NotFound {
		return Checkpoint{}, "", nil
	}
	if err != nil {
		return Checkpoint{}, "", fault.Wrap(err, "reading the checkpoint")
	}
	body, _, ok := strings.Cut(string(text), "\n\n")
	if !ok {
		return Checkpoint{}, "", fault.Errorf(fault.Internal, "the published checkpoint is not a signed note")
	}
	c, err := ParseCheckpoint(body + "\n")
	if err != nil {
		return c, "", fault.Errorf(fault.Internal, "the published checkpoint: %w", err)
	}
	return c, tag, nil
}

// checkpointTries: each conflict means that another writer published a checkpoint.
const checkpointTries = 8

func (l *Log) publishCheckpoint(ctx context.Context, tree tlog.Tree) error {
	signed, err := sign(ctx, l.Origin, l.Keys, tree)
	if err != nil {
		return err
	}
	signed, unwitnessed := l.cosign(ctx, signed, tree)
	for range checkpointTries {
		newest, tag, err := l.newest(ctx)
		if err != nil {
			return err
		}
		if newest.Tree.N >= tree.N && tag != "" {
			return nil
		}
		err = l.Objects.Replace(ctx, CheckpointName, signed, tag)
		if err == nil {
			return unwitnessed
		}
		if fault.KindOf(err) != fault.Conflict {
			return fault.Wrap(err, "publishing the checkpoint of %d entries", tree.N)
		}
	}
	return fault.Errorf(fault.Transient, "the checkpoint of %d entries was in conflict with %d others", tree.N, checkpointTries)
}

// cosign adds the lines of the witness, which must not hold up the log.
func (l *Log) cosign(ctx context.Context, signed []byte, tree tlog.Tree) ([]byte, error) {
	if l.Witness == nil {
		return signed, nil
	}
	lines, err := l.Witness.Cosign(ctx, signed, func(old int64) (tlog.TreeProof, error) {
		return tlog.ProveTree(tree.N, old, hashesOf(tree, tileReader{ctx, l.Objects}))
	})
	if err != nil {
		return signed, &UnwitnessedError{err}
	}
	both := append(bytes.Clone(signed), lines...)
	if _, err := note.Open(both, note.VerifierList()); !isUnverified(err) {
		return signed, &UnwitnessedError{fmt.Errorf("it returned no signature lines: %w", err)}
	}
	return both, nil
}

// isUnverified reports whether a note is well formed, but no key is known.
func isUnverified(err error) bool {
	_, ok := errors.AsType[*note.UnverifiedNoteError](err)
	return ok
}
