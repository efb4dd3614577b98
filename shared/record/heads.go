package record

import (
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
		case "elevation", "finding", "closing", "signature", "quarantine", "head":
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
