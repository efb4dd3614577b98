package log

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// VerifyTree verifies the tree alone, and does not read the entries.
func VerifyTree(ctx context.Context, source Source, tree tlog.Tree) error {
	inv, err := takeInventory(ctx, source, tree.N)
	if err != nil {
		return err
	}
	v := verification{opt: Options{Workers: 1}, newest: signedNote{Checkpoint: Checkpoint{Tree: tree}}, inv: inv}
	c := newTreeCheck(inv)
	if err := v.stream(ctx, c); err != nil {
		return err
	}
	right, err := c.end(ctx, tree.Hash)
	if err != nil || right != 0 || len(c.list) > 0 {
		return fmt.Errorf("%d %v %w", right, c.list, err)
	}
	return nil
}

// RowFromLayout reads a row by the layout of Text alone.
var RowFromLayout = rowFromLayout
