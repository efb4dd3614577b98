package record

import (
	"encoding/json"

	"curfew/shared/evidence"
	"curfew/shared/fault"
)

// HeadKey is where the head of a chain is kept that no other row keeps.
func HeadKey(chain string) Key { return AccessKey(chain, "head") }

// KeepHead is the change that keeps the head of a chain in a row that is about nothing else.
func KeepHead(chain string, head evidence.Head) (Change, error) {
	row, err := Encode(HeadKey(chain), max(1, head.Seq), ChainHead{head})
	return Change{If: Always, Row: row}, err
}

// ChainHead is the head of a chain, in a row that is about nothing else.
type ChainHead struct {
	Head evidence.Head `json:"head"`
}

// Heads gives the heads of all chains that are kept among the rows of the access table, by the name of the chain. Every chain
// that has a record has a head there: it was written in the same transaction.
func Heads(rows []Row) (map[string]evidence.Head, error) {
	heads := map[string]evidence.Head{}
	for _, r := range rows {
		var kept struct {
			ChainHead
			Evidence evidence.Head `json:"evidence"`
		}
		switch r.Key.Sort {
		case "elevation", "finding", "review", "head":
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
