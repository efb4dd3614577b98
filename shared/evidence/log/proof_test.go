package log_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"curfew/shared/evidence/log"
)

func TestAProofProvesItsEntryAndNoOther(t *testing.T) {
	m := lives(t, 300, 99)
	for _, index := range []int64{0, 1, 255, 256, m.edge.Tree.N - 1} {
		p, err := log.Prove(t.Context(), m, index)
		if err != nil {
			t.Fatal(err)
		}
		data := p.Format()
		again, err := log.ParseProof(data)
		if err != nil || !bytes.Equal(again.Text, p.Text) {
			t.Fatalf("%+v, %v", again, err)
		}
		if c, err := again.Check(m.keys, nil); err != nil || c.Tree != m.edge.Tree {
			t.Fatalf("entry %d: %+v, %v", index, c, err)
		}
		for i := range data {
			bad := slices.Clone(data)
			bad[i] ^= 1 << (i % 8)
			if p, err := log.ParseProof(bad); err == nil {
				if _, err := p.Check(m.keys, nil); err == nil {
					t.Fatalf("byte %d of the proof of entry %d was changed, and it was accepted", i, index)
				}
			}
		}
	}
	if _, err := log.Prove(t.Context(), m, m.edge.Tree.N); err == nil {
		t.Error("an entry that is not in the log was proved")
	}
}

func TestAProofUnderAForeignKeyOrWithoutItsWitnessIsRefused(t *testing.T) {
	m := lives(t, 10, 99)
	p, err := log.Prove(t.Context(), m, 3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Check([]string{vkeyOf(t, fixedKey('z'))}, nil); err == nil {
		t.Error("a proof was accepted under a foreign key")
	}
	if _, err := p.Check(m.keys, []string{newCosigner("witness.example", 'w').vkey}); err == nil {
		t.Error("a proof was accepted without the witness")
	}
}

func TestAProofUnderAKeyThatTheLogIntroducedSaysWhatToDo(t *testing.T) {
	m, a, b := rotated(t)
	p, err := log.Prove(t.Context(), m, 3)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Join(strings.SplitN(b, "+", 3)[:2], "+")
	if _, err := p.Check([]string{a}, nil); err == nil || !strings.Contains(err.Error(), "signed by "+name+",") || !strings.Contains(err.Error(), `"curfew verify"`) {
		t.Errorf("by the old key: %v", err)
	}
	r := m.verify(t, m, log.Options{Keys: []string{a}})
	if len(r.SignedBy) != 1 || r.SignedBy[0].Key != name || r.SignedBy[0].VerifierKey != b {
		t.Fatalf("signed by %+v", r.SignedBy)
	}
	if _, err := p.Check([]string{a, r.SignedBy[0].VerifierKey}, nil); err != nil {
		t.Error(err)
	}
}
