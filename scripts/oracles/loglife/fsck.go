package loglife

import (
	"context"
	"fmt"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

// Fsck is Tessera's check of a log in a folder. A check that does not end in time is an error: fsck may wait forever after
// it found one.
func Fsck(ctx context.Context, folder, key string, limit time.Duration) error {
	v, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		defer func() {
			if p := recover(); p != nil { // a bundle with too few or too many entries
				done <- fmt.Errorf("fsck panicked: %v", p)
			}
		}()
		done <- fsck.New(Origin, v, client.FileFetcher{Root: folder}, leafHashes, fsck.Opts{N: 2}).Check(ctx)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("fsck did not end within %s", limit)
	}
}

func leafHashes(bundle []byte) (all [][]byte, err error) {
	var b api.EntryBundle
	if err := b.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		all = append(all, rfc6962.DefaultHasher.HashLeaf(e))
	}
	return all, nil
}
