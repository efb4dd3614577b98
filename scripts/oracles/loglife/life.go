// Package loglife makes logs of elevations for oracles, and holds them against Tessera's fsck.
package loglife

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// Origin is that of all logs of a Maker.
const Origin = "curfew.example/log"

// Maker writes a log into a folder.
type Maker struct {
	Key   string // verifier key
	Size  int64
	log   *log.Log
	edge  *log.Edge
	texts [][]byte
	err   error
}

// NewMaker begins a log with its keys.
func NewMaker(folder string) *Maker {
	k := log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))))
	m := &Maker{edge: log.NewEdge(), log: &log.Log{Origin: Origin, Objects: &log.Folder{Path: folder}, Keys: []log.Key{k}}}
	m.Key, m.err = log.VerifierKey(context.Background(), Origin, k)
	m.entry(log.Entry{Keys: &log.Keys{Origin: Origin, Keys: []string{m.Key}, At: start}})
	return m
}

var start = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (m *Maker) entry(e log.Entry) {
	text, err := e.Text()
	if err != nil {
		m.err = err
	}
	m.texts = append(m.texts, text)
	m.Size++
}

func (m *Maker) row(partition, sort string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		m.err = err
	}
	m.entry(log.Entry{Row: &log.Row{Partition: partition, Sort: sort, Version: 1, Body: string(body)}})
}

// Life adds an elevation that was asked for, approved, granted and ended: seven entries, or eight if its end came late.
func (m *Maker) Life(i int, at time.Duration) {
	const ana, ben = "person:https://id.example.com|ana", "person:https://id.example.com|ben"
	id := fmt.Sprintf("01k6y3m1x8%016d", i)
	terms := map[string]any{"entitlement": "admin-30m", "id": id, "policies": []string{"curfew-" + id}, "requester": map[string]string{"id": ana}}
	canonical, err := evidence.Canonical(terms)
	if err != nil {
		m.err = err
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(canonical))
	decision := map[string]any{"approve": true, "by": map[string]string{"id": ben}, "digest": digest, "elevation": id}
	var head evidence.Head
	add := func(kind, actor string, detail any) {
		r, next, err := evidence.Append(evidence.ElevationChain(id), head, evidence.Entry{At: start.Add(at), Kind: kind, Actor: actor, Detail: detail})
		if err != nil {
			m.err = err
		}
		if head = next; kind == "elevation.ended" && i%1000 == 0 {
			h := tlog.RecordHash(r.Text())
			m.entry(log.Entry{Late: &log.Late{Hash: hex.EncodeToString(h[:]), Found: start.Add(at)}})
		}
		m.entry(log.Entry{Record: &r})
	}
	add("elevation.requested", ana, map[string]any{"digest": digest, "entitlement": "admin-30m", "reason": "deployment is stuck"})
	m.row("elevation#"+id, "terms", terms)
	m.row("request#"+id, "request", map[string]string{"digest": digest, "requester": ana})
	m.row("decision#"+id, ben, decision)
	add("elevation.approved", ben, decision)
	add("elevation.granting", "grant", map[string]any{"digest": digest, "grant": "curfew-" + id})
	add("elevation.ended", "revoke", map[string]string{"gone_at": start.Add(at).Format(time.RFC3339)})
}

// Publish appends what was added, and signs a checkpoint.
func (m *Maker) Publish(ctx context.Context) error {
	if m.err != nil {
		return m.err
	}
	g, err := m.edge.Append(m.texts)
	if err == nil {
		err = m.log.Publish(ctx, g)
	}
	m.edge, m.texts = g.Edge, m.texts[:0]
	return err
}
