package log_test

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// tampered is one changed object of a log, and where the change is.
type tampered struct {
	name  string
	at    int   // offset
	entry int64 // of the byte, or one of these
}

const noEntry, anyEntry = -1, -2

// entryAt returns the entry of the log at an offset of a bundle or of a tile of level 0.
func entryAt(name string, data []byte, offset int) int64 {
	t, ok := log.ParseTile(name)
	switch {
	case !ok || t.L > 0:
		return noEntry
	case t.L == 0:
		return t.N*256 + int64(offset/32)
	}
	i := int64(0)
	for from := 0; ; i++ {
		if from += 2 + int(binary.BigEndian.Uint16(data[from:])); offset < from {
			return t.N*256 + i
		}
	}
}

// checkTampered verifies a log with other bytes in one object: the first problem names the object, and the entry.
func (m *made) checkTampered(t *testing.T, c tampered, data []byte) *log.Report {
	t.Helper()
	bad := m.clone()
	bad.objects[c.name] = data
	r := m.verify(t, bad, log.Options{Workers: 1})
	if r.Verified() {
		t.Errorf("byte %d of %s was changed, and it was not found", c.at, c.name)
		return r
	}
	p := r.Problems[0]
	entry := int64(noEntry)
	if p.Entry != nil {
		entry = *p.Entry
	}
	if p.Object != c.name || entry != c.entry && c.entry != anyEntry {
		t.Errorf("byte %d of %s (entry %d) was changed: %s", c.at, c.name, c.entry, p)
	}
	return r
}

// byteChanges counts how the record of a changed byte was named.
type byteChanges struct {
	*made
	entries []log.Entry
	text    []string
	last    map[string]int64 // the last record of a chain
	copies  int64            // this many entries are in a bundle of another width too

	whole, noRecord, named, next, unnamed atomic.Int64
}

func newByteChanges(t *testing.T, m *made, copies int64) *byteChanges {
	b := &byteChanges{made: m, last: map[string]int64{}, copies: copies}
	for n := int64(0); n*256 < m.edge.Tree.N; n++ {
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(min(256, m.edge.Tree.N-n*256))}
		texts, err := log.SplitBundle(m.objects[log.TileName(tile)], tile.W)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			e, err := log.EntryOf(text)
			if err != nil {
				t.Fatal(err)
			}
			if e.Record != nil {
				b.last[e.Record.Chain] = e.Record.Seq
			}
			b.entries, b.text = append(b.entries, e), append(b.text, string(text))
		}
	}
	return b
}

// check changes a byte. The first problem names the object, the entry, and its record, except where the damaged text is the
// only one that tells which record it was:
//   - the name of the chain of a first record: the next record of the chain tells it;
//   - the length of an entry: the text may end before it says its chain and number.
//
// No other record is ever named.
func (b *byteChanges) check(t *testing.T, c tampered, data []byte) {
	r := b.checkTampered(t, c, data)
	if c.entry < 0 {
		b.whole.Add(1)
		return
	}
	p, want := r.Problems[0], b.entries[c.entry].Record
	switch {
	case want == nil:
		if b.noRecord.Add(1); p.Chain != "" {
			t.Errorf("byte %d of %s: entry %d is no record: %s", c.at, c.name, c.entry, p)
		}
	case p.Chain == want.Chain && p.Seq == want.Seq:
		b.named.Add(1)
	case p.Chain != "" || !b.mayBeUnnamed(c, want):
		t.Errorf("byte %d of %s: want record %d of %s: %s", c.at, c.name, want.Seq, want.Chain, p)
	case slices.ContainsFunc(r.Problems, func(p log.Problem) bool { return p.Chain == want.Chain && p.Seq == want.Seq }):
		b.next.Add(1)
	default:
		if b.unnamed.Add(1); !b.inLength(c) && want.Seq < b.last[want.Chain] {
			t.Errorf("byte %d of %s: the next record does not tell record %d of %s: %v", c.at, c.name, want.Seq, want.Chain, r.Problems)
		}
	}
}

func (b *byteChanges) mayBeUnnamed(c tampered, want *evidence.Record) bool {
	tile, ok := log.ParseTile(c.name)
	if !ok || tile.L >= 0 || c.entry < b.copies {
		return false
	}
	text := b.text[c.entry]
	return b.inLength(c) || want.Seq == 1 && b.offset(c) < strings.Index(text, `},"time":`)
}

// offset is that of the byte in its entry's text; negative: in its length.
func (b *byteChanges) offset(c tampered) int {
	at := c.at
	for i := c.entry / 256 * 256; i < c.entry; i++ {
		at -= 2 + len(b.text[i])
	}
	return at - 2
}

func (b *byteChanges) inLength(c tampered) bool { return b.offset(c) < 0 }

// run changes each stride-th byte of all objects, on all processors.
func (b *byteChanges) run(t *testing.T, stride int) {
	var running sync.WaitGroup
	free := make(chan bool, runtime.GOMAXPROCS(0))
	n, at := 0, stride/2
	for _, name := range slices.Sorted(maps.Keys(b.made.objects)) {
		data := b.made.objects[name]
		for ; at < len(data); at += stride {
			n++
			free <- true
			c := tampered{name, at, entryAt(name, data, at)}
			running.Go(func() {
				changed := slices.Clone(data)
				changed[c.at] ^= 1 << (c.at % 8)
				b.check(t, c, changed)
				<-free
			})
		}
		at -= len(data)
	}
	running.Wait()
	t.Logf("%d entries in %d objects; stride %d: %d changed bytes, all found. The first problem names the object in %d cases, its entry too in %d (not a record), "+
		"and its record too in %d; a later problem names the record in %d, none does in %d", b.edge.Tree.N, len(b.made.objects), stride, n,
		b.whole.Load(), b.noRecord.Load(), b.named.Load(), b.next.Load(), b.unnamed.Load())
}

// everyByte makes the tests change all bytes, which takes some minutes.
var everyByte = os.Getenv("CURFEW_EVERY_BYTE") != ""

// strideOf is 1 to change all.
func strideOf(sample int) int {
	if everyByte {
		return 1
	}
	return sample
}

// TestAChangedByteIsFoundAndNamed changes bytes of a log with a full tile, in which each entry has one copy.
func TestAChangedByteIsFoundAndNamed(t *testing.T) {
	newByteChanges(t, lives(t, 300, 1_000), 0).run(t, strideOf(499))
}

// TestAChangedByteIsNamedByACopy changes bytes of a log whose older bundle has copies of most entries.
func TestAChangedByteIsNamedByACopy(t *testing.T) {
	newByteChanges(t, lives(t, 300, 250), 250).run(t, strideOf(997))
}

// TestALargerLog changes bytes of a log of 10,000 entries, and the order of one bundle; then the log is rolled back.
func TestALargerLog(t *testing.T) {
	m := lives(t, 5_000, 5_000)
	before := m.clone()
	for i := 1_000; m.edge.Tree.N+int64(len(m.texts)) < 10_000; i++ {
		m.life(t, i)
	}
	m.publish(t)
	stride := 499_979
	if everyByte {
		stride = 4_001
	}
	newByteChanges(t, m, 0).run(t, stride)
	m.restructure(t, "tile/entries/020", strideOf(97))
	last := m.verify(t, m, log.Options{}).State
	if r := m.verify(t, before, log.Options{Last: last}); r.Verified() || !strings.Contains(r.Problems[0].Why, "rolled back") {
		t.Errorf("rolled back: %v", r.Problems)
	}
}

// TestAStructuralChangeIsFoundAndNamed swaps neighbours, inserts, doubles, removes and truncates.
func TestAStructuralChangeIsFoundAndNamed(t *testing.T) {
	m := lives(t, 600, 200)
	for name := range m.objects {
		if tile, ok := log.ParseTile(name); ok && tile.L < 0 {
			m.restructure(t, name, strideOf(23))
		}
	}
}

// restructure changes the order and the number of a bundle's entries, at each stride-th.
func (m *made) restructure(t *testing.T, name string, stride int) {
	t.Helper()
	tile, _ := log.ParseTile(name)
	texts, err := log.SplitBundle(m.objects[name], tile.W)
	if err != nil {
		t.Fatal(err)
	}
	n := map[string]int{}
	for i := 0; i < len(texts); i += stride {
		for what, change := range structural(texts, i) {
			n[what]++
			entry := tile.N*256 + int64(i)
			switch what {
			case "doubled":
				entry++
			case "truncated":
				entry = tile.N*256 + int64(len(texts)) - 1
			}
			bad := m.clone()
			bad.objects[name] = bundleOf(change)
			r := m.verify(t, bad, log.Options{Workers: 1})
			if r.Verified() || r.Problems[0].Object != name || r.Problems[0].Entry == nil || *r.Problems[0].Entry != entry {
				t.Errorf("%s at %d of %s: want entry %d: %v", what, i, name, entry, r.Problems[:min(4, len(r.Problems))])
			}
		}
	}
	t.Logf("%s of a log of %d entries, stride %d: %v, all found and named", name, m.edge.Tree.N, stride, n)
}

func structural(texts [][]byte, i int) map[string][][]byte {
	all := map[string][][]byte{
		"inserted": slices.Insert(slices.Clone(texts), i, []byte(`{"row":{}}`)),
		"removed":  slices.Delete(slices.Clone(texts), i, i+1),
		"replaced": slices.Replace(slices.Clone(texts), i, i+1, []byte(`{"row":{}}`)),
	}
	if i+1 < len(texts) {
		swapped := slices.Clone(texts)
		swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
		all["swapped"] = swapped
		all["doubled"] = slices.Insert(slices.Clone(texts), i+1, texts[i])
	} else {
		all["truncated"] = texts[:i]
	}
	return all
}

func bundleOf(texts [][]byte) (data []byte) {
	for _, text := range texts {
		data = append(binary.BigEndian.AppendUint16(data, uint16(len(text))), text...)
	}
	return data
}

// TestAMissingOrForeignObjectIsFound removes each object, cuts each, and adds others.
func TestAMissingOrForeignObjectIsFound(t *testing.T) {
	m := lives(t, 600, 200)
	needed := map[string]bool{}
	for name, data := range m.objects {
		bad := m.clone()
		delete(bad.objects, name)
		r := m.verify(t, bad, log.Options{})
		needed[name] = !r.Verified()
		if !r.Verified() && r.Problems[0].Object != name {
			t.Errorf("without %s: %v", name, r.Problems)
		}
		for _, n := range []int{0, len(data) / 2, len(data) - 1} {
			m.checkTampered(t, tampered{name, n, anyEntry}, slices.Clone(data[:n]))
		}
		m.checkTampered(t, tampered{name, len(data), anyEntry}, append(slices.Clone(data), 0))
	}
	last := fmt.Sprintf("002.p/%d", m.edge.Tree.N-512)
	for _, name := range []string{"checkpoint", "tile/entries/000", "tile/entries/001", "tile/entries/" + last, "tile/0/000", "tile/0/001", "tile/0/" + last, "tile/1/000.p/2"} {
		if !needed[name] {
			t.Errorf("%s was missing, and it was not found", name)
		}
	}
	for _, name := range []string{"tile/0/1", "tile/8/0/000", "tile/entries/0", "notes.txt", "tile/0/x000/000", "tile/0/000.p/0", "stage/1-00", "Checkpoint"} {
		bad := m.clone()
		bad.objects[name] = []byte{1}
		if r := m.verify(t, bad, log.Options{}); r.Verified() || r.Problems[0].Object != name {
			t.Errorf("with %s: %v", name, r.Problems)
		}
	}
}
