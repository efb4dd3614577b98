package log

import (
	"bytes"
	"context"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// ChainOf returns the texts of a chain's records in the log, and the index of the last. It does not verify them: a proof of
// the last does, because each has the hash of the one before. NotFound: there is none.
func ChainOf(ctx context.Context, from Source, chain string, tell func(done, of int64) error) (texts [][]byte, last int64, err error) {
	text, err := from.ReadVersion(ctx, CheckpointName, "")
	if err != nil {
		return nil, 0, fault.Wrap(err, "reading the checkpoint")
	}
	newest, err := readNote(text, "")
	if err != nil {
		return nil, 0, fault.Wrap(err, "checkpoint")
	}
	name, err := evidence.Canonical(chain)
	if err != nil {
		return nil, 0, fault.Errorf(fault.Invalid, "%.100q is not the name of a chain: %w", chain, err)
	}
	begin := append(append(bytes.Clone(recordStart), `[{"chain_uid":`...), name...)
	size := newest.Tree.N
	read := func(n int64) ([][]byte, error) {
		t := bundleOf(n, size)
		bundle, err := from.ReadVersion(ctx, TileName(t), "")
		if err != nil {
			return nil, fault.Wrap(err, "reading %s", TileName(t))
		}
		texts, err := SplitBundle(bundle, t.W)
		return texts, fault.Wrap(err, "%s", TileName(t))
	}
	n := int64(0)
	err = inOrder(ctx, Options{}.workers(), (size+width-1)/width, read, func(bundle [][]byte) error {
		for i, text := range bundle {
			if bytes.HasPrefix(text, begin) {
				texts, last = append(texts, bytes.Clone(text)), n+int64(i)
			}
		}
		n += int64(len(bundle))
		return tell(n, size)
	})
	if err == nil && len(texts) == 0 {
		err = fault.Errorf(fault.NotFound, "the log has no record of %s among its %d entries", chain, size)
	}
	return texts, last, err
}
