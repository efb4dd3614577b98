package suspension

import (
	"context"

	"curfew/shared/evidence"
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
			was.Value.Evidence, err = record.LastHead(ctx, s.Store, chainOf(sc))
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
