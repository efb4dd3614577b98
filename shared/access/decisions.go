package access

import (
	"context"
	"slices"

	"curfew/shared/fault"
	"curfew/shared/record"
)

func (s lives) decisions(ctx context.Context, id string) ([]Decision, error) {
	rows, err := s.Store.Partition(ctx, record.AccessTable, decisionPartition(id), "")
	if err != nil {
		return nil, fault.Wrap(err, "reading the decisions on %s", id)
	}
	return Decisions(rows)
}

// Decisions decodes decision rows, the oldest first.
func Decisions(rows []record.Row) ([]Decision, error) {
	var out []Decision
	for _, r := range rows {
		d, err := record.Decode[Decision](r)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	slices.SortStableFunc(out, func(a, b Decision) int { return newerFirst(b, a) })
	return out, nil
}

// ReadStanding returns the decisions on an elevation that count.
func ReadStanding(ctx context.Context, s *Service, id string) ([]Decision, error) {
	all, err := lives{s}.decisions(ctx, id)
	return Standing(all), err
}
