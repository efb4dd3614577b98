package log_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// memory is a log in memory. Its bytes are copied for each reader.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func newMemory() *memory { return &memory{objects: map[string][]byte{}} }

func (m *memory) Read(ctx context.Context, name string) ([]byte, string, error) {
	data, err := m.ReadVersion(ctx, name, "")
	return data, fmt.Sprint(len(data)), err
}

func (m *memory) Create(_ context.Context, name string, data []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.objects[name] = slices.Clone(data)
	return nil
}

func (m *memory) Replace(ctx context.Context, name string, data []byte, _ string) error {
	return m.Create(ctx, name, data)
}

func (m *memory) ReadVersion(_ context.Context, name, _ string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.objects[name]
	if !ok {
		return nil, fault.Errorf(fault.NotFound, "there is no %s", name)
	}
	return slices.Clone(data), nil
}

func (m *memory) Versions(_ context.Context, each func(log.Version) error) error {
	for _, name := range slices.Sorted(maps.Keys(m.objects)) {
		if err := each(log.Version{Name: name, Latest: true}); err != nil {
			return err
		}
	}
	return nil
}

func (m *memory) clone() *memory {
	c := newMemory()
	maps.Copy(c.objects, m.objects)
	return c
}

// made is a log of lives of elevations.
type made struct {
	*memory
	log   *log.Log
	edge  *log.Edge
	texts [][]byte
	keys  []string
}

const origin = "curfew.example/log"

func fixedKey(seed byte) log.MemoryKey {
	return log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(seed), 32))))
}

func vkeyOf(t testing.TB, k log.Key) string {
	text, err := log.VerifierKey(context.Background(), origin, k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newMade(t testing.TB) *made {
	m := newMemory()
	k := fixedKey('a')
	return &made{m, &log.Log{Origin: origin, Objects: m, Stage: newMemory(), Keys: []log.Key{k}}, log.NewEdge(), nil, []string{vkeyOf(t, k)}}
}

// entry keeps an entry for the next append.
func (m *made) entry(t testing.TB, e log.Entry) {
	text, err := e.Text()
	if err != nil {
		t.Fatal(err)
	}
	m.texts = append(m.texts, text)
}

// publish appends what is kept.
func (m *made) publish(t testing.TB) {
	g, err := m.edge.Append(m.texts)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.log.Publish(context.Background(), g); err != nil {
		t.Fatal(err)
	}
	m.edge, m.texts = g.Edge, nil
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// lives makes a log of at least n entries: keys, and elevations with all kinds of rows, some of them late.
func lives(t testing.TB, n, batch int) *made {
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	for i := 0; m.edge.Tree.N+int64(len(m.texts)) < int64(n); i++ {
		m.life(t, i)
		for len(m.texts) >= batch {
			rest := m.texts[batch:]
			m.texts = m.texts[:batch]
			m.publish(t)
			m.texts = rest
		}
	}
	if len(m.texts) > 0 {
		m.publish(t)
	}
	return m
}

// life is one elevation: asked for, approved by two people, granted, ended, and its review signed.
func (m *made) life(t testing.TB, i int) {
	id := fmt.Sprintf("01k6y3m1x8%016d", i)
	at := start.Add(time.Duration(i) * time.Minute)
	terms := map[string]any{"id": id, "requester": map[string]any{"id": "person:https://id.example.com|ana"}, "policies": []string{"{\"<\"}"}}
	canonical, err := evidence.Canonical(terms)
	if err != nil {
		t.Fatal(err)
	}
	digest := fmt.Sprintf("%x", sha256.Sum256(canonical))
	c := chain{t: t, m: m, name: "elevation#" + id, at: at}
	c.add("elevation.requested", "person:https://id.example.com|ana", map[string]any{"digest": digest, "entitlement": "admin-30m", "reason": "deploy", "task": map[string]string{"kind": "change", "id": "CHG-1"}})
	m.row(t, "elevation#"+id, "terms", 1, terms)
	m.row(t, "request#"+id, "request", 1, map[string]any{"digest": digest, "requester": "person:https://id.example.com|ana", "input": "{}"})
	for n, who := range []string{"ben", "cem"} {
		d := map[string]any{"elevation": id, "approve": true, "digest": digest, "by": map[string]any{"id": "person:https://id.example.com|" + who}, "at": at}
		kind := []string{"elevation.approval", "elevation.approved"}[n]
		if i%2 == 0 { // rows may come first
			m.row(t, "decision#"+id, "person:https://id.example.com|"+who, 1, d)
			c.add(kind, "person:https://id.example.com|"+who, d)
		} else {
			c.add(kind, "person:https://id.example.com|"+who, d)
			m.row(t, "decision#"+id, "person:https://id.example.com|"+who, 1, d)
		}
	}
	c.add("elevation.granting", "grant", map[string]any{"digest": digest, "policies": []string{"curfew-" + id}})
	m.row(t, "request#"+id, "request", 2, map[string]any{"digest": "", "requester": "person:https://id.example.com|ana", "input": ""})
	c.late = i%5 == 0
	c.add("elevation.ended", "revoke", map[string]any{"gone_at": at})
	s := chain{t: t, m: m, name: "signature#" + id, at: at}
	m.row(t, "signature#"+id, "signature", 1, map[string]any{"elevation": id, "digest": digest, "note": "read"})
	s.add("review.signed", "person:https://id.example.com|ben", map[string]any{"digest": digest, "note": "read"})
}

type chain struct {
	t    testing.TB
	m    *made
	name string
	at   time.Time
	head evidence.Head
	late bool
}

func (c *chain) add(kind, actor string, detail any) {
	r, next, err := evidence.Append(c.name, c.head, evidence.Entry{At: c.at, Kind: kind, Actor: actor, Detail: detail})
	if err != nil {
		c.t.Fatal(err)
	}
	c.head = next
	if c.late {
		h := tlog.RecordHash(r.Text())
		c.m.entry(c.t, log.Entry{Late: &log.Late{Hash: hex.EncodeToString(h[:]), Found: c.at}})
	}
	c.m.entry(c.t, log.Entry{Record: &r})
}

func (m *made) row(t testing.TB, partition, sort string, version int64, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	m.entry(t, log.Entry{Row: &log.Row{Partition: partition, Sort: sort, Version: version, Body: string(body)}})
}

// verify verifies with the keys of the log.
func (m *made) verify(t testing.TB, source log.Source, opt log.Options) *log.Report {
	if opt.Keys == nil {
		opt.Keys = m.keys
	}
	if opt.Now.IsZero() {
		opt.Now = start.AddDate(10, 0, 0) // the lives of tests go on for years
	}
	r, err := log.Verify(context.Background(), source, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestALogOfLivesVerifies(t *testing.T) {
	for _, n := range []int{1, 255, 256, 257, 600, 66_000} {
		m := lives(t, n, 99+n/60)
		r := m.verify(t, m, log.Options{})
		if !r.Verified() || r.Size != m.edge.Tree.N || len(r.Pending) > 0 && n > 1 && len(r.Beyond) > 0 {
			t.Fatalf("%d entries: %+v", n, r)
		}
		if again := m.verify(t, m, log.Options{Last: r.State, Workers: 1}); !again.Verified() || again.Counts != r.Counts {
			t.Errorf("the second verification: %+v", again)
		}
	}
}
