package main

import (
	"context"
	"crypto/ed25519"
	"io"
	"strings"
	"time"

	"curfew/shared/archive"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

// window is how long infra lets a stream collect records for one invocation of archive.
const window = 15 * time.Second

// kept is what one life costs in the log.
type kept struct {
	Batches, Puts, Gets, Signatures int
	LakePuts, LakeGets              int
	WriteUnits, HalfReads           int
}

// evidenceOf collects what the streams deliver to archive.
type evidenceOf struct {
	at      []time.Time
	changes []archive.Change
}

func (e *evidenceOf) add(r inprocess.StreamRecord) {
	if !archive.IsEvidence(r.Key) {
		return
	}
	image := func(row *record.Row) *archive.Image {
		if row == nil {
			return nil
		}
		return &archive.Image{Row: *row}
	}
	e.at = append(e.at, time.Now())
	e.changes = append(e.changes, archive.Change{Key: r.Key, Before: image(r.Old), After: image(r.New), TTL: r.TTL})
}

// batches are as the two streams deliver them.
func (e *evidenceOf) batches() (all [][]archive.Change) {
	for _, t := range []record.Table{record.AccessTable, record.AuditTable} {
		var ends time.Time
		for i, c := range e.changes {
			if c.Key.Table != t {
				continue
			}
			if e.at[i].After(ends) {
				all, ends = append(all, nil), e.at[i].Add(window)
			}
			all[len(all)-1] = append(all[len(all)-1], c)
		}
	}
	return all
}

// enter has archive take the batches, and counts what it used.
func (i *installation) enter(ctx context.Context) (kept, error) {
	m := newMeter()
	of, _ := i.function("archive", m)
	k := &counted{}
	s := &archive.Service{Base: of.Base, Evidence: &log.Log{
		Origin: "logs.example.com/curfew", Objects: &countedObjects{&inprocess.Objects{}, k}, Stage: &countedObjects{&inprocess.Objects{}, k},
		Keys: []log.Key{&countedKey{log.MemoryKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))), k}},
	}}
	s.View = &lake.Follower{Lake: lake.Lake{Objects: &countedLake{&inprocess.Objects{}, k}}, Log: s.Evidence.Objects, Store: s.Store, Now: s.Now}
	batches := i.evidence.batches()
	for _, b := range batches {
		if err := s.Take(ctx, b); err != nil {
			return kept{}, err
		}
	}
	u := m.read()
	k.Batches, k.WriteUnits, k.HalfReads = len(batches), u.WriteUnits, u.HalfReads
	return k.kept, nil
}

type counted struct{ kept }

type countedObjects struct {
	log.Objects
	k *counted
}

func (o *countedObjects) Read(ctx context.Context, name string) ([]byte, string, error) {
	o.k.Gets++
	return o.Objects.Read(ctx, name)
}

func (o *countedObjects) Create(ctx context.Context, name string, data []byte) error {
	o.k.Puts++
	return o.Objects.Create(ctx, name, data)
}

func (o *countedObjects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	o.k.Puts++
	return o.Objects.Replace(ctx, name, data, tag)
}

// countedLake counts the requests of the lake.
type countedLake struct {
	log.Objects
	k *counted
}

func (o *countedLake) Read(ctx context.Context, name string) ([]byte, string, error) {
	o.k.LakeGets++
	return o.Objects.Read(ctx, name)
}

func (o *countedLake) Replace(ctx context.Context, name string, data []byte, tag string) error {
	o.k.LakePuts++
	return o.Objects.Replace(ctx, name, data, tag)
}

type countedKey struct {
	log.MemoryKey
	k *counted
}

func (c *countedKey) Sign(ctx context.Context, text []byte) ([]byte, error) {
	c.k.Signatures++
	return c.MemoryKey.Sign(ctx, text)
}

// printLog prints what the evidence of a life costs in the log. More elevations at once share a batch, and so cost less each.
func (u usage) printLog(out io.Writer) error {
	k := u.Kept
	n := float64(k.Batches)
	lines := []line{
		{"S3, writes", float64(k.Puts), putPrice, "counted: staged, bundles, tiles, checkpoints"},
		{"S3, files read", float64(k.Gets), getPrice, "counted"},
		{"S3, the lake, writes", float64(k.LakePuts), putPrice, "counted: one a batch, table and day"},
		{"S3, the lake, files read", float64(k.LakeGets), getPrice, "counted"},
		{"KMS, signatures", float64(k.Signatures), signPrice, "counted: one of a checkpoint"},
		{"DynamoDB, write units", float64(k.WriteUnits), writePrice, "counted: the head, a row of each entry, and one of the lake for 256 entries"},
		{"DynamoDB, read units", float64(k.HalfReads) / 2, readPrice, "counted"},
		{"Lambda, requests", n, invokePrice, "counted: batches of 15 seconds, with no other elevation"},
		{"Lambda, GB-seconds", n * archiveMiB / 1024 * millis / 1000, computePrice, "counted, at 512 MiB; assumed: 200 ms each"},
	}
	var text strings.Builder
	printLines(&text, "of its evidence in the log, if alone", lines)
	text.WriteString("| **sum** | | | **" + dollars(bill{lines: lines}.sum()) + "** | |\n\n")
	_, err := io.WriteString(out, text.String())
	return err
}
