package log_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// cosigner is a witness. https://c2sp.org/tlog-cosignature
type cosigner struct {
	name, vkey string
	hash       []byte
	private    ed25519.PrivateKey
}

func newCosigner(name string, seed byte) *cosigner {
	c := &cosigner{name: name, private: ed25519.PrivateKey(fixedKey(seed))}
	key := append([]byte{4}, c.private.Public().(ed25519.PublicKey)...)
	sum := sha256.Sum256(append([]byte(name+"\n"), key...))
	c.hash = sum[:4]
	c.vkey = fmt.Sprintf("%s+%x+%s", name, c.hash, base64.StdEncoding.EncodeToString(key))
	return c
}

var cosignedAt = start.Add(time.Hour)

func (c *cosigner) Cosign(_ context.Context, checkpoint []byte, _ func(int64) (tlog.TreeProof, error)) ([]byte, error) {
	body, _, _ := strings.Cut(string(checkpoint), "\n\n")
	at := binary.BigEndian.AppendUint64(nil, uint64(cosignedAt.Unix()))
	signed := append(at, ed25519.Sign(c.private, fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s\n", cosignedAt.Unix(), body))...)
	return fmt.Appendf(nil, "— %s %s\n", c.name, base64.StdEncoding.EncodeToString(append(append([]byte{}, c.hash...), signed...))), nil
}

func TestAWitnessedLogSaysSo(t *testing.T) {
	m := newMade(t)
	w := newCosigner("witness.example", 'w')
	m.log.Witness = w
	m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: m.keys, At: start}})
	m.publish(t)
	r := m.verify(t, m, log.Options{Witnesses: []string{w.vkey}})
	if !r.Verified() || len(r.SignedBy) != 2 || r.SignedBy[1].Witness != "2026-03-01T13:00:00Z" || !strings.HasPrefix(r.Holds[0], "tamper-evident against everyone") {
		t.Errorf("%+v", r)
	}
	if r := m.verify(t, m, log.Options{}); !r.Verified() || !strings.HasPrefix(r.Holds[0], "tamper-evident against members only") {
		t.Errorf("without the witness's key: %+v", r)
	}
	if r := m.verify(t, m, log.Options{Witnesses: []string{newCosigner("witness.example", 'x').vkey}}); r.Verified() {
		t.Error("another witness did not cosign, and the log was verified")
	}
	cut := m.clone()
	cut.objects["checkpoint"] = []byte(strings.Replace(string(m.objects["checkpoint"]), "— witness", "— Witness", 1))
	if r := m.verify(t, cut, log.Options{Witnesses: []string{w.vkey}}); r.Verified() {
		t.Error("a cosignature of another name was accepted")
	}
}

// rotated is a log whose key was replaced: first a signs, then a and b, then b alone. It keeps each checkpoint.
func rotated(t *testing.T) (m *versioned, a, b string) {
	was := newMade(t)
	m = &versioned{made: was}
	ka, kb := fixedKey('a'), fixedKey('b')
	a, b = vkeyOf(t, ka), vkeyOf(t, kb)
	for _, keys := range [][]log.Key{{ka}, {ka, kb}, {kb}} {
		m.log.Keys = keys
		var names []string
		for _, k := range keys {
			names = append(names, vkeyOf(t, k))
		}
		m.entry(t, log.Entry{Keys: &log.Keys{Origin: origin, Keys: names, At: start}})
		for i := range 9 {
			m.life(t, len(names)*100+i+int(m.edge.Tree.N)*1000)
		}
		m.publish(t)
		m.keep()
	}
	return m, a, b
}

// versioned keeps all versions of the checkpoint, as S3 does.
type versioned struct {
	*made
	checkpoints [][]byte
	more        []log.Version
}

func (v *versioned) keep() { v.checkpoints = append(v.checkpoints, v.objects["checkpoint"]) }

func (v *versioned) Versions(ctx context.Context, each func(log.Version) error) error {
	for i := range len(v.checkpoints) - 1 {
		if err := each(log.Version{Name: "checkpoint", ID: fmt.Sprint(i)}); err != nil {
			return err
		}
	}
	for _, o := range v.more {
		if err := each(o); err != nil {
			return err
		}
	}
	return v.memory.Versions(ctx, each)
}

func (v *versioned) ReadVersion(ctx context.Context, name, id string) ([]byte, error) {
	var n int
	if _, err := fmt.Sscan(id, &n); err != nil {
		return v.memory.ReadVersion(ctx, name, "")
	}
	if name != "checkpoint" || n >= len(v.checkpoints) {
		return nil, fault.Errorf(fault.NotFound, "no version %s of %s", id, name)
	}
	return v.checkpoints[n], nil
}

func TestAKeyThatTheLogIntroducedIsTrusted(t *testing.T) {
	m, a, b := rotated(t)
	r := m.verify(t, m, log.Options{Keys: []string{a}})
	if !r.Verified() || len(r.SignedBy) != 1 || r.SignedBy[0].Introduced == nil || r.Counts.Checkpoints != 2 {
		t.Errorf("with all checkpoints: %+v", r)
	}
	if r := m.verify(t, m.memory, log.Options{Keys: []string{a}}); r.Verified() {
		t.Error("the newest checkpoint alone is not signed by a trusted key, and it was verified")
	}
	if r := m.verify(t, m.memory, log.Options{Keys: []string{b}}); !r.Verified() {
		t.Errorf("with the newest key: %v", r.Problems)
	}
	if r := m.verify(t, m, log.Options{Keys: []string{b}}); !r.Verified() { // b signed the entry that introduces a
		t.Errorf("with the newest key and all checkpoints: %v", r.Problems)
	}
	m.checkpoints = m.checkpoints[:2] // both sign
	m.objects["checkpoint"] = m.checkpoints[1]
	if r := m.verify(t, m, log.Options{Keys: []string{a}}); !r.Verified() || len(r.SignedBy) != 2 {
		t.Errorf("while both sign: %+v", r)
	}
	body, sigs, _ := strings.Cut(string(m.checkpoints[1]), "\n\n")
	m.objects["checkpoint"] = []byte(body + "\n\n" + strings.SplitAfter(sigs, "\n")[0])
	if r := m.verify(t, m, log.Options{Keys: []string{a}}); r.Verified() || !strings.Contains(r.Problems[0].Why, "in force") {
		t.Errorf("one key did not sign: %+v", r.Problems)
	}
}

func TestARolledBackOrForkedLogIsNamed(t *testing.T) {
	m := lives(t, 300, 99)
	before := m.clone()
	r := m.verify(t, m, log.Options{})
	m.life(t, 9999)
	m.publish(t)
	if later := m.verify(t, m, log.Options{Last: r.State}); !later.Verified() {
		t.Errorf("a log that grew: %v", later.Problems)
	}
	newer := m.verify(t, m, log.Options{})
	if back := m.verify(t, before, log.Options{Last: newer.State}); back.Verified() || !strings.Contains(back.Problems[0].Why, "rolled back") {
		t.Errorf("rolled back: %v", back.Problems)
	}
	fork := lives(t, 290, 99)
	for i := range 9 {
		fork.life(t, 5000+i)
	}
	fork.publish(t)
	if r := fork.verify(t, fork, log.Options{Last: newer.State}); r.Verified() || !strings.Contains(fmt.Sprint(r.Problems), "forked") {
		t.Errorf("forked: %v", r.Problems)
	}
}

func TestVersionsAndDeleteMarkersAreFindings(t *testing.T) {
	m, a, _ := rotated(t)
	for name, o := range map[string][]log.Version{
		"a second version":                   {{Name: "tile/0/000.p/3", ID: "x"}},
		"a delete marker":                    {{Name: "tile/0/000.p/3", ID: "x", Latest: true, Deleted: true}},
		"a delete marker of the checkpoint":  {{Name: "checkpoint", ID: "x", Deleted: true}},
		"a rolled back checkpoint's version": {{Name: "checkpoint", ID: "3"}},
	} {
		m.more = o
		if name == "a rolled back checkpoint's version" {
			m.checkpoints = m.checkpoints[:3]
			big := lives(t, 900, 900)
			m.checkpoints = append(m.checkpoints, big.objects["checkpoint"])
			m.checkpoints = append(m.checkpoints[:2], m.checkpoints[3], m.checkpoints[2])
			m.more = nil
		}
		if r := m.verify(t, m, log.Options{Keys: []string{a}}); r.Verified() || r.Problems[0].Object == "" {
			t.Errorf("%s: %v", name, r.Problems)
		}
	}
	ok := lives(t, 9, 9)
	ok.objects["altered/00"] = []byte("{}")
	if r := ok.verify(t, ok, log.Options{}); !r.Verified() || len(r.Altered) != 1 {
		t.Errorf("%+v", r)
	}
}
