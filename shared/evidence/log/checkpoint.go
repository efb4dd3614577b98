package log

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Key signs checkpoints with Ed25519.
type Key interface {
	Public(ctx context.Context) (ed25519.PublicKey, error)
	// Sign signs the text itself, not a hash.
	Sign(ctx context.Context, text []byte) ([]byte, error)
}

// MemoryKey is a [Key] in this process: a rehearsal's or a test's.
type MemoryKey ed25519.PrivateKey

func (k MemoryKey) Public(context.Context) (ed25519.PublicKey, error) {
	return ed25519.PrivateKey(k).Public().(ed25519.PublicKey), nil
}

func (k MemoryKey) Sign(_ context.Context, text []byte) ([]byte, error) {
	return ed25519.Sign(ed25519.PrivateKey(k), text), nil
}

// VerifierKey is the public key in the form of https://c2sp.org/signed-note. Its name is the log's origin.
func VerifierKey(ctx context.Context, origin string, k Key) (string, error) {
	public, err := k.Public(ctx)
	if err != nil {
		return "", fault.Wrap(err, "reading the public key of the log")
	}
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return "", fault.Errorf(fault.Internal, "the public key of %s: %w", origin, err)
	}
	return text, nil
}

// checkpointText: https://c2sp.org/tlog-checkpoint
func checkpointText(origin string, tree tlog.Tree) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, tree.N, tree.Hash)
}

// Checkpoint is a signed tree, by at least one of the verifiers.
type Checkpoint struct {
	Origin string
	Tree   tlog.Tree
	Note   *note.Note
}

// OpenCheckpoint verifies a checkpoint. Invalid: it is not one, or only unknown keys signed it.
func OpenCheckpoint(text []byte, by note.Verifiers) (Checkpoint, error) {
	n, err := note.Open(text, by)
	if err != nil {
		return Checkpoint{}, fault.Errorf(fault.Invalid, "checkpoint: %w", err)
	}
	c, err := ParseCheckpoint(n.Text)
	c.Note = n
	return c, err
}

// ParseCheckpoint reads the text of a note, without signatures. Extension lines are allowed.
func ParseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.SplitN(text, "\n", 4)
	if len(lines) < 4 || lines[0] == "" {
		return c, fault.Errorf(fault.Invalid, "a checkpoint has three lines: origin, size, root")
	}
	c.Origin = lines[0]
	if c.Tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Tree.N < 0 || strconv.FormatInt(c.Tree.N, 10) != lines[1] {
		return c, fault.Errorf(fault.Invalid, "%.40q is not the size of a tree", lines[1])
	}
	hash, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(hash) != tlog.HashSize {
		return c, fault.Errorf(fault.Invalid, "%.80q is not the root of a tree", lines[2])
	}
	copy(c.Tree.Hash[:], hash)
	return c, nil
}

func sign(ctx context.Context, origin string, keys []Key, tree tlog.Tree) ([]byte, error) {
	var signers []note.Signer
	for _, k := range keys {
		text, err := VerifierKey(ctx, origin, k)
		if err != nil {
			return nil, err
		}
		v, err := note.NewVerifier(text)
		if err != nil {
			return nil, fault.Errorf(fault.Internal, "the key %s: %w", text, err)
		}
		signers = append(signers, signer{ctx, v, k})
	}
	signed, err := note.Sign(&note.Note{Text: checkpointText(origin, tree)}, signers...)
	return signed, fault.Wrap(err, "signing the checkpoint of %d entries", tree.N)
}

// signer is a key as package note wants it.
type signer struct {
	ctx context.Context
	v   note.Verifier
	key Key
}

func (s signer) Name() string                     { return s.v.Name() }
func (s signer) KeyHash() uint32                  { return s.v.KeyHash() }
func (s signer) Sign(text []byte) ([]byte, error) { return s.key.Sign(s.ctx, text) }
