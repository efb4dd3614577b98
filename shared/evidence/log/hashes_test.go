package log_test

import (
	"context"
	"strings"
	"testing"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// troubled answers for tiles of hashes, and not for bundles.
type troubled struct {
	log.Objects
	tile func(data []byte) ([]byte, error)
}

func (o troubled) Read(ctx context.Context, name string) ([]byte, string, error) {
	data, tag, err := o.Objects.Read(ctx, name)
	if err == nil && strings.HasPrefix(name, "tile/") && !strings.HasPrefix(name, "tile/entries/") {
		data, err = o.tile(data)
	}
	return data, tag, err
}

// TestAThrottledReadOfATileIsNoContradiction: the archive reports Internal as a log that contradicts itself, and tries
// again after Transient.
func TestAThrottledReadOfATileIsNoContradiction(t *testing.T) {
	l := newLog(t)
	g, err := log.NewEdge().Append([][]byte{[]byte("a"), []byte("b"), []byte("c")})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Keep(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if err := l.Publish(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	whole := l.Objects
	for kind, tile := range map[fault.Kind]func([]byte) ([]byte, error){
		fault.Transient: func([]byte) ([]byte, error) { return nil, fault.Errorf(fault.Transient, "throttled") },
		fault.Internal:  func(data []byte) ([]byte, error) { data[0] ^= 1; return data, nil },
	} {
		l.Objects = troubled{whole, tile}
		if _, err := log.ReadEdge(t.Context(), l.Objects, g.To); fault.KindOf(err) != kind {
			t.Errorf("reading the edge: %v, want %s", err, kind)
		}
		if _, err := l.Entries(t.Context(), g.To, 0, 3); fault.KindOf(err) != kind {
			t.Errorf("reading the entries: %v, want %s", err, kind)
		}
	}
}
