package log_test

import (
	"bytes"
	"testing"

	"curfew/shared/evidence/log"
)

func FuzzEntryOf(f *testing.F) {
	m := newMade(f)
	m.life(f, 0)
	for _, text := range m.texts {
		f.Add(text)
	}
	f.Add([]byte(`{"keys":{"at":"2026-03-01T12:00:00Z","keys":["a"],"origin":"b"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := log.EntryOf(text)
		if row, ok := log.RowFromLayout(text); ok && (err != nil || e.Row == nil || *e.Row != *row) {
			t.Errorf("%q by its layout %+v, in general %+v, %v", text, row, e.Row, err)
		}
		if err != nil {
			return
		}
		if again, err := e.Text(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%q is also %q, %v", text, again, err)
		}
	})
}

func FuzzSplitBundle(f *testing.F) {
	f.Add([]byte("\x00\x01a\x00\x02bc"), 2)
	f.Add([]byte("\x00\x01a\x00"), 1)
	f.Fuzz(func(t *testing.T, bundle []byte, n int) {
		if n < 0 || n > 256 {
			return
		}
		texts, err := log.SplitBundle(bundle, n)
		if err == nil && !bytes.Equal(bundleOf(texts), bundle) {
			t.Errorf("%q has another form", bundle)
		}
	})
}

func FuzzParseTile(f *testing.F) {
	for _, name := range []string{"tile/0/x001/234", "tile/entries/000.p/7", "tile/8/0/000", "tile/0/000.p/256", "tile/-1/000"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if tile, ok := log.ParseTile(name); ok && log.TileName(tile) != name {
			t.Errorf("%q is also %q", name, log.TileName(tile))
		}
	})
}

func FuzzParseCheckpoint(f *testing.F) {
	f.Add("a\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add("a\n03\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\nmore\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := log.ParseCheckpoint(text)
		if err == nil && (c.Origin == "" || c.Tree.N < 0) {
			t.Errorf("%q is %+v", text, c)
		}
	})
}

func FuzzParseProof(f *testing.F) {
	m := lives(f, 10, 10)
	p, err := log.Prove(f.Context(), m, 3)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Format())
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra YQ==\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := log.ParseProof(data)
		if err == nil && !bytes.Equal(p.Format(), data) {
			t.Errorf("%q has another form", data)
		}
		if err == nil {
			if c, err := p.Check(m.keys, nil); err == nil && c.Tree != m.edge.Tree {
				t.Errorf("%q proves another tree", data)
			}
		}
	})
}
