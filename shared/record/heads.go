package record

import (
	"context"
	"encoding/json"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// HeadKey is for a chain whose head no other row keeps.
func HeadKey(chain string) Key { return AccessKey(chain, "head") }

func KeepHead(chain string, head evidence.Head) (Change, error) {
	row, err := Encode(HeadKey(chain), max(1, head.Seq), ChainHead{head})
	return Change{If: Always, Row: row}, err
}

// LastHead returns the head of a chain that [KeepHead] keeps. It reads the evidence too: after a restore the stored head
// is too old.
func LastHead(ctx context.Context, s Store, chain string) (evidence.Head, error) {
	kept, err := Get[ChainHead](ctx, s, HeadKey(chain))
	head := kept.Value.Head
	if err != nil {
		return head, err
	}
	rows, err := s.Partition(ctx, AuditTable, chain, "")
	if err != nil || len(rows) == 0 {
		return head, fault.Wrap(err, "reading the evidence of %s", chain)
	}
	last, err := DecodeRecord(rows[len(rows)-1])
	if err == nil && last.Seq > head.Seq {
		head = evidence.Head{Seq: last.Seq, Hash: last.Hash}
	}
	return head, err
}

type ChainHead struct {
	Head evidence.Head `json:"head"`
}

// ChainHeads returns the heads in rows, by chain. Each chain has one, because both are written in one transaction.
func ChainHeads(rows []Row) (map[string]evidence.Head, error) {
	heads := map[string]evidence.Head{}
	for _, r := range rows {
		var kept struct {
			ChainHead
			Evidence evidence.Head `json:"evidence"`
		}
		switch r.Key.Sort {
		case "elevation", "finding", "closing", "signature", "quarantine", "item", "head":
		default:
			continue
		}
		if r.Key.Table != AccessTable {
			continue
		}
		if err := json.Unmarshal(r.Body, &kept); err != nil {
			return nil, fault.Errorf(fault.Internal, "reading %s: %w", r.Key, err)
		}
		if heads[r.Key.Partition] = kept.Evidence; r.Key.Sort == "head" {
			heads[r.Key.Partition] = kept.Head
		}
	}
	return heads, nil
}
