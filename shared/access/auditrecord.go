package access

import (
	"context"
	"strconv"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// AuditRecord is as stored, and not verified.
type AuditRecord struct {
	evidence.Record
	Elevation string // empty: of a refusal that names none
}

// UnreadableKind matches every filter: damage hides nothing.
const UnreadableKind = "unreadable"

func readChain(ctx context.Context, store record.Store, chain, elevation string) (all []AuditRecord, err error) {
	rows, err := store.Partition(ctx, record.AuditTable, chain, "")
	for _, row := range rows {
		r := AuditRecord{evidence.DecodeLenient(row.Body), elevation}
		if r.Chain == "" {
			r.Chain, r.Kind = chain, UnreadableKind
			r.Seq, _ = strconv.ParseInt(row.Key.Sort, 10, 64) // 0: not a number either
		}
		all = append(all, r)
	}
	return all, fault.Wrap(err, "reading the evidence of %s", chain)
}
