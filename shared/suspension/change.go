package suspension

import (
	"context"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

func chainOf(sc Scope) string { return "suspension#" + sc.String() }

// change writes a row with evidence. f runs again after a conflict; an entry without kind changes nothing.
func (s Suspensions) change(ctx context.Context, t Target, f func(was Suspension, held bool) (Suspension, evidence.Entry, error)) (Suspension, error) {
	sc := t.Scope
	read := func(ctx context.Context) (record.Stored[Suspension], error) {
		was, err := record.Get[Suspension](ctx, s.Store, suspendedKey(sc))
		if err == nil && !was.Exists() {
			was.Value.Scope, was.Value.Name = sc, t.Name
			was.Value.Evidence, err = s.chainHead(ctx, sc)
		}
		return was, err
	}
	var out Suspension
	err := record.Update(ctx, s.Store, "the suspension of "+sc.String(), read, func(was record.Stored[Suspension]) ([]record.Change, error) {
		out = was.Value
		next, entry, err := f(was.Value, was.Value.InEffect(s.Now()))
		if err != nil || entry.Kind == "" {
			return nil, err
		}
		proof, err := record.Append(chainOf(sc), &next.Evidence, entry)
		if err != nil {
			return nil, err
		}
		put, err := was.Put(next, next.expires())
		if err != nil {
			return nil, err
		}
		out = next
		kept, err := record.KeepHead(chainOf(sc), next.Evidence) // the row expires, the evidence does not
		return []record.Change{put, proof, kept}, err
	})
	return out, err
}

// chainHead is for a scope whose row has expired. It reads the evidence too: after a restore the stored head is too
// old.
func (s Suspensions) chainHead(ctx context.Context, sc Scope) (evidence.Head, error) {
	kept, err := record.Get[record.ChainHead](ctx, s.Store, record.HeadKey(chainOf(sc)))
	head := kept.Value.Head
	if err != nil {
		return head, err
	}
	rows, err := s.Store.Partition(ctx, record.AuditTable, chainOf(sc), "")
	if err != nil || len(rows) == 0 {
		return head, fault.Wrap(err, "reading the evidence of the suspension of %s", sc)
	}
	last, err := record.DecodeRecord(rows[len(rows)-1])
	if err == nil && last.Seq > head.Seq {
		head = evidence.Head{Seq: last.Seq, Hash: last.Hash}
	}
	return head, err
}
