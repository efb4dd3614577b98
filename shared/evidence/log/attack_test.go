package log_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// with verifies a log of one life, what add adds, and a life years later.
func with(t *testing.T, add func(*made)) *log.Report {
	t.Helper()
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.life(t, 1)
	add(m)
	m.life(t, 3*1440*1000)
	m.publish(t)
	return m.verify(t, m, log.Options{})
}

func TestASignatureOfACatalogVerifies(t *testing.T) {
	signed := func(row map[string]any) *log.Report {
		return with(t, func(m *made) {
			c := chain{t: t, m: m, name: evidence.CatalogSignatureChain("abc"), at: start}
			c.add("catalog.signed", "person:ben", map[string]any{"catalog": "abc", "in_force": "abb", "note": "read", "changes": []string{"x"}, "more_changes": 0})
			m.row(t, c.name, "signature", 1, row)
		})
	}
	if r := signed(map[string]any{"catalog": "abc", "in_force": "abb", "note": "read", "by": "person:ben", "name": "ben"}); !r.Verified() || len(r.Pending) > 0 {
		t.Errorf("%v, pending %v", r.Problems, r.Pending)
	}
	if r := signed(map[string]any{"catalog": "abc", "in_force": "abb", "note": "read", "by": "person:eve", "name": "ben"}); !strings.Contains(fmt.Sprint(r.Problems), "says something else") {
		t.Errorf("another signer: %v", r.Problems)
	}
}

func TestARecordOfTheFutureKeepsNothingPending(t *testing.T) {
	r := with(t, func(m *made) {
		c := chain{t: t, m: m, name: "caller#x#2026-01-01", at: time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)}
		c.add("x", "p", nil)
		m.row(t, "decision#forged", "p", 1, map[string]bool{"approve": true})
	})
	if got := fmt.Sprint(r.Problems); !strings.Contains(got, "in the future") || !strings.Contains(got, "decision#forged") || len(r.Pending) > 0 {
		t.Errorf("%v, pending %v", r.Problems, r.Pending)
	}
}

// TestARowThatWaitsForManyEntriesIsAProblem: its writer stopped the dates.
func TestARowThatWaitsForManyEntriesIsAProblem(t *testing.T) {
	for entries, want := range map[int64]bool{0: true, 65_535: true, 65_536: false} {
		if got := log.Pends(entries); got != want {
			t.Errorf("a row that waits for %d entries is pending: %v", entries, got)
		}
	}
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.row(t, "decision#new", "p", 1, map[string]bool{"approve": true})
	m.publish(t)
	if r := m.verify(t, m, log.Options{}); len(r.Pending) != 1 || !r.Verified() {
		t.Errorf("of a new log: %v, pending %v", r.Problems, r.Pending)
	}
}

func TestARequestIsOnlyTakenBack(t *testing.T) {
	for name, c := range map[string]struct {
		version int64
		row     map[string]string
	}{
		"other terms":       {2, map[string]string{"digest": "d2", "requester": "r"}},
		"another requester": {2, map[string]string{"requester": "r2"}},
		"with its input":    {2, map[string]string{"requester": "r", "input": "{}"}},
		"a later version":   {3, map[string]string{"requester": "r"}},
		"":                  {2, map[string]string{"digest": "", "requester": "r"}},
	} {
		r := with(t, func(m *made) {
			const digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" // of {}
			ch := chain{t: t, m: m, name: "elevation#q", at: start}
			ch.add("elevation.requested", "r", map[string]string{"digest": digest})
			m.row(t, "elevation#q", "terms", 1, map[string]string{})
			m.row(t, "request#q", "request", 1, map[string]string{"digest": digest, "requester": "r", "input": "{}"})
			m.row(t, "request#q", "request", c.version, c.row)
		})
		if r.Verified() != (name == "") {
			t.Errorf("%q: %v", name, r.Problems)
		}
	}
}

func TestALateRequestIsNotASecondOne(t *testing.T) {
	r := with(t, func(m *made) {
		c := chain{t: t, m: m, name: "elevation#q", at: start}
		c.add("elevation.requested", "r", map[string]string{"digest": "d1"})
		m.row(t, "request#q", "request", 1, map[string]string{"digest": "d1", "requester": "r"})
		m.row(t, "request#q", "request", 2, map[string]string{"requester": "r"})
		m.lateRow(t, log.Row{Partition: "request#q", Sort: "request", Version: 1, Body: `{"digest":"d2","requester":"r"}`})
	})
	if r.Verified() {
		t.Error("a marked entry said that other terms were asked for")
	}
}

func (m *made) lateRow(t *testing.T, r log.Row) {
	t.Helper()
	text, err := log.Entry{Row: &r}.Text()
	if err != nil {
		t.Fatal(err)
	}
	h := tlog.RecordHash(text)
	m.entry(t, log.Entry{Late: &log.Late{Hash: hex.EncodeToString(h[:]), Found: start}})
	m.entry(t, log.Entry{Row: &r})
}

// hostile is the folder of a log that someone else made.
func hostile(t *testing.T, change func(dir string)) *log.Report {
	t.Helper()
	m, dir := lives(t, 30, 30), t.TempDir()
	for name, data := range m.objects {
		if err := (&log.Folder{Path: dir}).Create(t.Context(), name, data); err != nil {
			t.Fatal(err)
		}
	}
	change(dir)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // it ends at once, or never
	defer cancel()
	r, err := log.Verify(ctx, &log.Folder{Path: dir}, log.Options{Keys: m.keys, Now: start.AddDate(1, 0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAHostileFolderIsReadAsFiles(t *testing.T) {
	if r := hostile(t, func(string) {}); !r.Verified() {
		t.Fatalf("%v", r.Problems)
	}
	outside := filepath.Join(t.TempDir(), "tile")
	for _, name := range []string{"checkpoint", "tile/entries/000.p/38", "tile/0/000.p/38"} {
		for what, put := range map[string]func(path string) error{
			"a link to a device": func(path string) error { return os.Symlink("/dev/zero", path) },
			"a pipe":             func(path string) error { return exec.Command("mkfifo", path).Run() },
			"a huge file": func(path string) error {
				return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<40))
			},
			"a folder": func(path string) error { return os.Mkdir(path, 0o700) },
		} {
			r := hostile(t, func(dir string) {
				path := filepath.Join(dir, name)
				unixOnly(t, errors.Join(os.Remove(path), put(path)))
			})
			if r.Verified() || r.Problems[0].Object != name {
				t.Errorf("%s for %s: %v", what, name, r.Problems)
			}
		}
	}
	r := hostile(t, func(dir string) {
		unixOnly(t, errors.Join(os.Rename(filepath.Join(dir, "tile"), outside), os.Symlink(outside, filepath.Join(dir, "tile"))))
	})
	if r.Verified() {
		t.Error("a link out of the folder was followed")
	}
}

func unixOnly(t *testing.T, err error) {
	t.Helper()
	if err != nil && runtime.GOOS == "windows" {
		t.Skipf("run it on Linux or macOS, which have links and named pipes: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

func TestACheckpointThatNoTrustedKeySignedEndsTheVerification(t *testing.T) {
	zero := base64.StdEncoding.EncodeToString(make([]byte, 32))
	text := func(size int64) string { return fmt.Sprintf("%s\n%d\n%s\n", origin, size, zero) }
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"unsigned":               {text(1<<60) + "\n— x " + base64.StdEncoding.EncodeToString(make([]byte, 68)) + "\n", "no trusted key signed it"},
		"signed, and impossible": {signedBy(t, text(1<<60)), "objects of the log"},
		"the largest":            {signedBy(t, text(1<<63-1)), "objects of the log"},
	} {
		r := hostile(t, func(dir string) {
			if err := os.WriteFile(filepath.Join(dir, "checkpoint"), []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
		})
		if r.Verified() || !strings.Contains(fmt.Sprint(r.Problems), c.want) {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
}

func signedBy(t *testing.T, text string) string {
	t.Helper()
	v, err := note.NewVerifier(vkeyOf(t, fixedKey('a')))
	if err != nil {
		t.Fatal(err)
	}
	signed := binary.BigEndian.AppendUint32(nil, v.KeyHash())
	signed = append(signed, ed25519.Sign(ed25519.PrivateKey(fixedKey('a')), []byte(text))...)
	return fmt.Sprintf("%s\n— %s %s\n", text, origin, base64.StdEncoding.EncodeToString(signed))
}

func TestManyProblemsEndTheVerificationAndListsAreShort(t *testing.T) {
	m := newMade(t)
	for i := range 600 {
		m.row(t, fmt.Sprintf("odd#%d", i), "x", 1, 1)
	}
	m.publish(t)
	for i := range 300 {
		m.objects[fmt.Sprintf("altered/%d", i)] = nil
	}
	r := m.verify(t, m, log.Options{})
	if !r.Ended || r.Counts.Rows == 600 || len(r.Altered) != 200 || r.MoreAltered != 100 {
		t.Errorf("ended %v after %d rows, %d altered and %d more", r.Ended, r.Counts.Rows, len(r.Altered), r.MoreAltered)
	}
}

func TestObjectsFarAfterTheCheckpointAreAProblem(t *testing.T) {
	m := lives(t, 300, 99)
	for name, ok := range map[string]bool{
		"tile/entries/002.p/9": true, "tile/0/002": true, "tile/entries/003": false, "tile/0/003.p/1": false, "tile/1/002": false,
		"tile/2/001.p/1": true, "tile/2/002": false, "tile/entries/x999/999": false,
	} {
		bad := m.clone()
		bad.objects[name] = []byte{1}
		if r := m.verify(t, bad, log.Options{}); r.Verified() != ok || ok && len(r.Beyond) != 1 || !ok && r.Problems[0].Object != name {
			t.Errorf("%s: %v, beyond %v", name, r.Problems, r.Beyond)
		}
	}
}

// dated says when the versions of the checkpoint were published, and counts how many are read.
type dated struct {
	*versioned
	reads atomic.Int64
}

func (d *dated) Versions(ctx context.Context, each func(log.Version) error) error {
	return d.versioned.Versions(ctx, func(o log.Version) error {
		n := len(d.checkpoints) - 1
		_, _ = fmt.Sscan(o.ID, &n)
		o.Modified = start.Add(time.Duration(n) * time.Hour)
		return each(o)
	})
}

func (d *dated) ReadVersion(ctx context.Context, name, id string) ([]byte, error) {
	if id != "" {
		d.reads.Add(1)
	}
	return d.versioned.ReadVersion(ctx, name, id)
}

func TestCheckpointsThatTheStateCoversAreSkipped(t *testing.T) {
	m := &dated{versioned: &versioned{made: newMade(t)}}
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	grow := func() {
		for i := range 9 {
			m.life(t, i+int(m.edge.Tree.N)*1000)
			m.publish(t)
			m.keep()
		}
	}
	verify := func(want, skipped int64, opt log.Options) *log.Report {
		t.Helper()
		m.reads.Store(0)
		r := m.verify(t, m, opt)
		if !r.Verified() || m.reads.Load() != want || r.Counts.Skipped != skipped {
			t.Errorf("%d older checkpoints were read and %d skipped; want %d and %d: %v", m.reads.Load(), r.Counts.Skipped, want, skipped, r.Problems)
		}
		return r
	}
	grow()
	first := verify(8, 0, log.Options{})
	grow()
	verify(17, 0, log.Options{})
	verify(9, 8, log.Options{Last: first.State})
	forged := *first.State
	forged.Root[0]++
	verify(17, 0, log.Options{Last: &forged})
}

func TestAKeyThatOnlyOlderCheckpointsIntroduceIsStillTrusted(t *testing.T) {
	v, a, _ := rotated(t)
	m := &dated{versioned: v}
	r := m.verify(t, m, log.Options{Keys: []string{a}})
	if again := m.verify(t, m, log.Options{Keys: []string{a}, Last: r.State}); !again.Verified() || again.Counts.Skipped != 0 {
		t.Errorf("%v", again.Problems)
	}
}

func TestAKnownBadEntryIsAcceptedByItsLeaf(t *testing.T) {
	m := newMade(t)
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.row(t, "decision#forged", "eve", 1, map[string]bool{"approve": true})
	m.row(t, "odd#1", "x", 1, 1)
	m.life(t, 3*1440*1000)
	m.publish(t)
	bad := m.verify(t, m, log.Options{})
	if len(bad.Problems) != 2 || bad.State != nil {
		t.Fatalf("%v", bad.Problems)
	}
	r := m.verify(t, m, log.Options{Accepted: bad.Problems})
	if !r.Verified() || r.State == nil || len(r.Accepted) != 2 {
		t.Errorf("%v, accepted %v", r.Problems, r.Accepted)
	}
	m.row(t, "decision#forged2", "eve", 1, map[string]bool{"approve": true})
	m.life(t, 3*1440*1000+9999)
	m.publish(t)
	if r := m.verify(t, m, log.Options{Accepted: bad.Problems}); len(r.Problems) != 1 {
		t.Errorf("a new one: %v", r.Problems)
	}
	other := bad.Problems[1]
	other.Leaf = bad.Problems[0].Leaf
	if r := m.verify(t, m, log.Options{Accepted: []log.Problem{bad.Problems[0], other}}); r.Verified() || len(r.Accepted) != 1 {
		t.Errorf("the leaf of another: %v", r.Problems)
	}
	changed := m.clone()
	for name, data := range changed.objects {
		changed.objects[name] = bytes.Replace(data, []byte("forged"), []byte("Forged"), 1)
	}
	if r := m.verify(t, changed, log.Options{Accepted: bad.Problems}); r.Verified() {
		t.Error("an accepted entry was changed, and it was not found")
	}
}
