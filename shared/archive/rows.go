package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Head is the row that decides which tree the log has. Its version is the condition of each append.
type Head struct {
	Size   int64    `json:"size"`
	Root   string   `json:"root"`    // hexadecimal
	Keys   []string `json:"keys"`    // verifier keys that the log says are in force
	KeysAt int64    `json:"keys_at"` // the entry that says so
}

// HeadKey is that of the [Head].
func HeadKey() record.Key { return record.AccessKey("log#head", "log") }

// EntryKey is the row of an entry. It makes entries unique: of a record by its place in its chain, so that the log has one
// record for each place; of another text by its leaf hash.
func EntryKey(text []byte) record.Key {
	e, _ := log.EntryOf(text) // what is no entry has its leaf hash
	return entryKey(tlog.RecordHash(text), e.Record)
}

func entryKey(leaf tlog.Hash, r *evidence.Record) record.Key {
	if r != nil {
		return placeKey(r.Chain, r.Seq)
	}
	return record.AccessKey("log#entry#"+hexOf(leaf), "entry")
}

func placeKey(chain string, seq int64) record.Key {
	place := sha256.Sum256(fmt.Appendf(nil, "%d %s", seq, chain))
	return record.AccessKey("log#record#"+hex.EncodeToString(place[:]), "entry")
}

// position is the row of an entry. It counts only if the tree has the entry at this index.
type position struct {
	Index int64  `json:"index"`
	Hash  string `json:"hash,omitempty"` // the fingerprint of a record
}

func hexOf(h tlog.Hash) string { return hex.EncodeToString(h[:]) }

func headOf(t tlog.Tree, keys []string, at int64) Head { return Head{t.N, hexOf(t.Hash), keys, at} }

// tree of a head: Internal if the row was not written by this package.
func (h Head) tree() (t tlog.Tree, err error) {
	t.N = h.Size
	if h.Size == 0 {
		t.Hash, err = tlog.TreeHash(0, nil)
		return t, err
	}
	root, err := hex.DecodeString(h.Root)
	if err != nil || len(root) != tlog.HashSize || h.Size < 0 {
		return t, fault.Errorf(fault.Internal, "the head of the log is %d %.80q", h.Size, h.Root)
	}
	copy(t.Hash[:], root)
	return t, nil
}

// IsEvidence reports whether the log has a row, in each of its versions.
func IsEvidence(k record.Key) bool {
	return k.Table == record.AuditTable || log.HasRow(k.Partition, k.Sort)
}

// elevationOf returns the elevation that a chain or partition is about, or "".
func elevationOf(partition string) string {
	for prefix := range log.RowsOf("") {
		if id, ok := strings.CutPrefix(partition, prefix); ok {
			return id
		}
	}
	return ""
}

func auditKey(chain string, seq int64) record.Key {
	return record.EvidenceRow(evidence.Record{Chain: chain, Seq: seq}).Key
}
