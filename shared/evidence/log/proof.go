package log

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/fault"
)

// Proof shows that an entry is in a signed tree. https://c2sp.org/tlog-proof
type Proof struct {
	Index      int64
	Text       []byte // of the entry: the extra data of the form
	Hashes     tlog.RecordProof
	Checkpoint []byte
}

// Prove proves an entry by the newest checkpoint. It does not verify the checkpoint's signatures: [Proof.Check] does.
func Prove(ctx context.Context, from Source, index int64) (*Proof, error) {
	p := &Proof{Index: index}
	var err error
	if p.Checkpoint, err = from.ReadVersion(ctx, CheckpointName, ""); err != nil {
		return nil, fault.Wrap(err, "reading the checkpoint")
	}
	newest, err := readNote(p.Checkpoint, "")
	if err != nil {
		return nil, fault.Wrap(err, "checkpoint")
	}
	size := newest.Tree.N
	if index < 0 || index >= size {
		return nil, fault.Errorf(fault.NotFound, "the log has %d entries, and none with the index %d", size, index)
	}
	t := bundleOf(index/width, size)
	bundle, err := from.ReadVersion(ctx, TileName(t), "")
	if err != nil {
		return nil, fault.Wrap(err, "reading %s", TileName(t))
	}
	texts, err := SplitBundle(bundle, t.W)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "%s: %w", TileName(t), err)
	}
	p.Text = texts[index%width]
	if p.Hashes, err = tlog.ProveRecord(size, index, tlog.TileHashReader(newest.Tree, sourceTiles{ctx, from})); err != nil {
		return nil, fault.Errorf(fault.Invalid, "proving entry %d: %w", index, err)
	}
	return p, nil
}

// sourceTiles is [tileReader] of a source.
type sourceTiles struct {
	ctx  context.Context
	from Source
}

func (r sourceTiles) Height() int                     { return height }
func (r sourceTiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (r sourceTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		var err error
		if all[i], err = r.from.ReadVersion(r.ctx, TileName(t), ""); err != nil {
			return nil, err
		}
	}
	return all, nil
}

const proofHeader, extraPrefix, indexPrefix = "c2sp.org/tlog-proof@v1", "extra ", "index "

// Format returns the bytes of a .tlog-proof file.
func (p *Proof) Format() []byte {
	out := fmt.Appendf(nil, "%s\n%s%s\n%s%d\n", proofHeader, extraPrefix, base64.StdEncoding.EncodeToString(p.Text), indexPrefix, p.Index)
	for _, h := range p.Hashes {
		out = fmt.Appendf(out, "%s\n", h)
	}
	return append(append(out, '\n'), p.Checkpoint...)
}

// ParseProof reads a .tlog-proof file. Invalid: it is none. It verifies nothing: see [Proof.Check].
func ParseProof(data []byte) (*Proof, error) {
	head, checkpoint, _ := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if len(lines) < 3 || lines[0] != proofHeader {
		return nil, fault.Errorf(fault.Invalid, "it does not begin with %q, extra data and an index", proofHeader)
	}
	p := &Proof{Checkpoint: []byte(checkpoint)}
	extra, ok := strings.CutPrefix(lines[1], extraPrefix)
	var err error
	if p.Text, err = base64.StdEncoding.Strict().DecodeString(extra); err != nil || !ok {
		return nil, fault.Errorf(fault.Invalid, "its second line is not %qand the entry in base64", extraPrefix)
	}
	index, ok := strings.CutPrefix(lines[2], indexPrefix)
	if p.Index, err = strconv.ParseInt(index, 10, 64); err != nil || !ok || p.Index < 0 || strconv.FormatInt(p.Index, 10) != index {
		return nil, fault.Errorf(fault.Invalid, "its third line is not %qand a number", indexPrefix)
	}
	for _, line := range lines[3:] {
		h, err := tlog.ParseHash(line)
		if err != nil || h.String() != line {
			return nil, fault.Errorf(fault.Invalid, "%.80q is not a hash", line)
		}
		p.Hashes = append(p.Hashes, h)
	}
	if !bytes.Equal(p.Format(), data) {
		return nil, fault.Errorf(fault.Invalid, "it is not in the form of https://c2sp.org/tlog-proof")
	}
	return p, nil
}

// Check verifies a proof by trusted keys: all of them that signed, at least one, and each witness. Invalid: it proves nothing.
func (p *Proof) Check(keys, witnesses []string) (Checkpoint, error) {
	n, err := readNote(p.Checkpoint, "")
	if err != nil {
		return n.Checkpoint, fault.Wrap(err, "its checkpoint")
	}
	known, err := newTrust(keys)
	if err != nil {
		return n.Checkpoint, err
	}
	verifiers := note.VerifierList(known.verifiers...)
	sigs, err := n.by(verifiers)
	if err != nil {
		return n.Checkpoint, fault.Wrap(err, "its checkpoint")
	}
	if names := n.unknown(verifiers); len(sigs) == 0 && len(names) > 0 {
		return n.Checkpoint, fault.Errorf(fault.Invalid, "its checkpoint is signed by %s, and by no given key. If the log has changed its key, give the new one too: "+
			"\"curfew verify\" of the log's bucket with the old key prints it", strings.Join(names, " and "))
	}
	if len(sigs) == 0 || sigs[0].Name != n.Origin {
		return n.Checkpoint, fault.Errorf(fault.Invalid, "no trusted key signed its checkpoint, which is of the log %.200s", n.Origin)
	}
	for _, w := range witnesses {
		v, err := NewWitnessVerifier(w)
		if err != nil {
			return n.Checkpoint, err
		}
		if sigs, err := n.by(note.VerifierList(v)); err != nil || len(sigs) == 0 {
			return n.Checkpoint, fault.Errorf(fault.Invalid, "the witness %s did not cosign its checkpoint", v.Name())
		}
	}
	if err := tlog.CheckRecord(p.Hashes, n.Tree.N, n.Tree.Hash, p.Index, tlog.RecordHash(p.Text)); err != nil {
		return n.Checkpoint, fault.Errorf(fault.Invalid, "its hashes do not lead from the entry to the signed root: %w", err)
	}
	return n.Checkpoint, nil
}
