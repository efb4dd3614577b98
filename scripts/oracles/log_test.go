package oracles

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	cosign "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"github.com/transparency-dev/merkle/compact"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"curfew/scripts/oracles/loglife"
	"curfew/shared/evidence/log"
)

// madeLog is a log in a folder, and its size.
func madeLog(t *testing.T, elevations, batch int) (folder string, m *loglife.Maker) {
	t.Helper()
	folder = t.TempDir()
	m = loglife.NewMaker(folder)
	for i := range elevations {
		m.Life(i, time.Duration(i)*time.Minute)
		if i%batch == batch-1 {
			if err := m.Publish(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return folder, m
}

func verified(t *testing.T, folder string, m *loglife.Maker) bool {
	t.Helper()
	r, err := log.Verify(t.Context(), &log.Folder{Path: folder}, log.Options{Keys: []string{m.Key}})
	if err != nil {
		t.Fatal(err)
	}
	return r.Verified()
}

// TestFsckAgrees changes a byte in each needed object: Tessera's fsck and Verify both find it.
func TestFsckAgrees(t *testing.T) {
	folder, m := madeLog(t, 120, 120)
	if err := loglife.Fsck(t.Context(), folder, m.Key, time.Minute); err != nil || !verified(t, folder, m) {
		t.Fatalf("a whole log: %v", err)
	}
	changes := 0
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		was, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, at := range []int{0, len(was) / 2, len(was) - 3} {
			bad := bytes.Clone(was)
			bad[at] ^= 1
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				return err
			}
			changes++
			if loglife.Fsck(t.Context(), folder, m.Key, 2*time.Second) == nil {
				t.Errorf("fsck does not see that byte %d of %s was changed", at, path)
			}
			if verified(t, folder, m) {
				t.Errorf("Verify does not see that byte %d of %s was changed", at, path)
			}
		}
		return os.WriteFile(path, was, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d changes", changes)
}

// TestProofsAreThoseOfTheForm: transparency-dev's packages read and verify the proofs, and tlog's client.
func TestProofsAreThoseOfTheForm(t *testing.T) {
	folder, m := madeLog(t, 120, 40)
	for index := int64(0); index < m.Size; index += 37 {
		p, err := log.Prove(t.Context(), &log.Folder{Path: folder}, index)
		if err != nil {
			t.Fatal(err)
		}
		var o proof.TLogProof
		if err := o.Unmarshal(p.Format()); err != nil || !bytes.Equal(o.Marshal(), p.Format()) {
			t.Fatalf("entry %d: another form, %v", index, err)
		}
		c, err := log.ParseCheckpoint(string(o.Checkpoint[:bytes.Index(o.Checkpoint, []byte("\n\n"))+1]))
		if err != nil {
			t.Fatal(err)
		}
		var hashes [][]byte
		for _, h := range o.Hashes {
			hashes = append(hashes, h[:])
		}
		leaf := rfc6962.DefaultHasher.HashLeaf(o.ExtraData)
		if err := merkle.VerifyInclusion(rfc6962.DefaultHasher, o.Index, uint64(c.Tree.N), leaf, hashes, c.Tree.Hash[:]); err != nil {
			t.Errorf("entry %d: %v", index, err)
		}
	}
}

// TestTheRootIsThatOfACompactRange: transparency-dev's range over the entries has the root of the checkpoint.
func TestTheRootIsThatOfACompactRange(t *testing.T) {
	folder, m := madeLog(t, 120, 40)
	f := &log.Folder{Path: folder}
	text, _, err := f.Read(t.Context(), log.CheckpointName)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(m.Key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := log.OpenCheckpoint(text, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	r := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	for n := int64(0); n*256 < c.Tree.N; n++ {
		tile := tlog.Tile{H: 8, L: -1, N: n, W: int(min(256, c.Tree.N-n*256))}
		bundle, _, err := f.Read(t.Context(), log.TileName(tile))
		if err != nil {
			t.Fatal(err)
		}
		texts, err := log.SplitBundle(bundle, tile.W)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range texts {
			if err := r.Append(rfc6962.DefaultHasher.HashLeaf(text), nil); err != nil {
				t.Fatal(err)
			}
		}
	}
	root, err := r.GetRootHash(nil)
	if err != nil || !bytes.Equal(root, c.Tree.Hash[:]) {
		t.Errorf("root %x, %v; the checkpoint has %s", root, err, c.Tree.Hash)
	}
}

// TestCosignaturesAreThoseOfTheForm: transparency-dev's signer cosigns, and Verify accepts it.
func TestCosignaturesAreThoseOfTheForm(t *testing.T) {
	folder, m := madeLog(t, 3, 3)
	secret, public, err := note.GenerateKey(nil, "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := cosign.NewSignerForCosignatureV1(secret)
	if err != nil {
		t.Fatal(err)
	}
	witness, err := cosign.VKeyToCosignatureV1(public)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, log.CheckpointName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(m.Key)
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(text, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	if text, err = note.Sign(n, signer); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := log.Verify(t.Context(), &log.Folder{Path: folder}, log.Options{Keys: []string{m.Key}, Witnesses: []string{witness}})
	if err != nil || !r.Verified() || len(r.SignedBy) != 2 {
		t.Errorf("%s: %+v, %v", fmt.Sprint(witness), r, err)
	}
}
