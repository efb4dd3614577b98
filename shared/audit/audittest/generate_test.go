package audittest

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
)

// TestTheLogIsOneThatVerifies holds the generated entries against the log's own checks of chains and rows.
func TestTheLogIsOneThatVerifies(t *testing.T) {
	ctx, folder := t.Context(), &log.Folder{Path: t.TempDir()}
	key := log.MemoryKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("k", 32))))
	name, err := log.VerifierKey(ctx, Origin, key)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	var texts [][]byte
	facts, err := Generate(Options{Days: 40, Daily: 60, Seed: 1, Keys: []string{name}}, func(text []byte) error {
		_, rows := audit.RowsOf(int64(len(texts)), text)
		kinds[rows.Evidence[0].Kind]++
		texts = append(texts, text)
		return nil
	})
	if err != nil || facts.Entries != int64(len(texts)) {
		t.Fatal(facts.Entries, len(texts), err)
	}
	publish(ctx, t, &log.Log{Origin: Origin, Objects: folder, Keys: []log.Key{key}}, texts)
	report, err := log.Verify(ctx, folder, log.Options{Keys: []string{name}, Now: Start().Add(41 * day)})
	if err != nil || !report.Verified() {
		t.Fatalf("%v %+v", err, report.Problems[:min(5, len(report.Problems))])
	}
	states := map[string]int{}
	for _, e := range facts.Elevations {
		states[e.State]++
	}
	t.Logf("%d entries, kinds %v, states %v", facts.Entries, kinds, states)
	for _, state := range []string{"granted", "ended", "denied", "withdrawn", "lapsed"} {
		if states[state] == 0 {
			t.Errorf("no elevation is %s", state)
		}
	}
	for kind, n := range map[string]int{
		"call.refused": len(facts.Refusals), "usage.counted": len(facts.Usage), "usage.settled": len(facts.Settled), "log.late": int(facts.Late),
		"row.terms": len(facts.Elevations),
	} {
		if kinds[kind] != n || n == 0 {
			t.Errorf("%d entries %s, and facts of %d", kinds[kind], kind, n)
		}
	}
}

func publish(ctx context.Context, t *testing.T, l *log.Log, texts [][]byte) {
	t.Helper()
	g, err := log.NewEdge().Append(texts)
	if err == nil {
		err = l.Publish(ctx, g)
	}
	if err != nil {
		t.Fatal(err)
	}
}
