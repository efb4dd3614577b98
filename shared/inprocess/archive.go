package inprocess

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"strconv"
	"sync"
	"time"

	"curfew/shared/archive"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/record"
)

// Archive is the function archive: it takes the store's stream in batches.
type Archive struct {
	*archive.Service
	store *Store

	mu      sync.Mutex // guards what follows
	pending []archive.Change
	n       int
}

// NewArchive returns the archive of a store from now on. base has no store: no fault of a test reaches it.
func NewArchive(base record.Base, store *Store, l *log.Log) *Archive {
	base.Store = store
	a := &Archive{Service: &archive.Service{Base: base, Evidence: l, Chains: Chains{store}}, store: store}
	store.Subscribe(func(r StreamRecord) {
		if !archive.IsEvidence(r.Key) {
			return
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		a.n++
		a.pending = append(a.pending, archive.Change{ID: strconv.Itoa(a.n), Key: r.Key, Before: image(r.Old), After: image(r.New), TTL: r.TTL})
	})
	return a
}

// KeepLake writes the log's rows too.
func (a *Archive) KeepLake(objects log.Objects) {
	a.View = &lake.Follower{Lake: lake.Lake{Objects: objects}, Log: a.Evidence.Objects, Store: a.Store, Now: func() time.Time { return a.Now() }}
}

// NewLog is a log in memory. Its key signs for nothing: it is the same in each process.
func NewLog() *log.Log {
	return NewSignedLog(&Objects{}, ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize)))
}

// NewSignedLog stages in memory.
func NewSignedLog(objects log.Objects, private ed25519.PrivateKey) *log.Log {
	return &log.Log{Origin: "localhost/log", Objects: objects, Stage: &Objects{}, Keys: []log.Key{log.MemoryKey(private)}}
}

// TakeAll enters what the stream has, with what that adds. What fails is taken by the next call.
func (a *Archive) TakeAll(ctx context.Context) error {
	for {
		awaitDelivery(a.store)
		a.mu.Lock()
		batch := a.pending
		a.mu.Unlock()
		if len(batch) == 0 {
			return nil
		}
		if err := a.Take(ctx, batch); err != nil {
			return err
		}
		a.mu.Lock()
		a.pending = a.pending[len(batch):]
		a.mu.Unlock()
	}
}

// Lose drops what the stream has, as a stream that is not read for a day.
func (a *Archive) Lose() {
	awaitDelivery(a.store)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pending = nil
}

func image(r *record.Row) *archive.Image {
	if r == nil {
		return nil
	}
	return &archive.Image{Row: *r}
}

// Chains is [archive.Chains] of a store.
type Chains struct{ Store *Store }

func (c Chains) Scan(_ context.Context, f func(archive.Image) error) error {
	for _, row := range c.Store.All(record.AuditTable) {
		if err := f(archive.Image{Row: row}); err != nil {
			return err
		}
	}
	return nil
}
