package rows

import (
	"context"
	"maps"
	"slices"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Source writes the events of an installation's rows, if it has a version. It is safe for concurrent use.
type Source struct {
	Mapping // without Terms
	Store   record.Store
}

// Write stores the events of the rows that a day has of the entries from (inclusive) to (exclusive): see [Mapping.Write].
func (s Source) Write(ctx context.Context, replace func(context.Context, string, func([]byte) ([]byte, error)) error, day string, from, to int64, rows audit.Rows) error {
	if s.Version == "" {
		return nil
	}
	terms, err := s.terms(ctx, rows)
	if err != nil {
		return err
	}
	m := s.Mapping
	m.Terms = func(elevation string) (audit.Evidence, bool) {
		of, known := terms[elevation]
		return of, known
	}
	var events Events
	m.Add(&events, rows)
	return m.Write(ctx, replace, day, from, to, events)
}

// terms returns those of all elevations that rows name. They are in the rows, or of an earlier day and in the table.
func (s Source) terms(ctx context.Context, rows audit.Rows) (map[string]audit.Evidence, error) {
	terms, missing := map[string]audit.Evidence{}, map[record.Key]bool{}
	for _, r := range rows.Evidence {
		if r.Kind == "row.terms" {
			terms[r.Elevation] = r
		}
	}
	need := func(elevation string) {
		if _, known := terms[elevation]; !known && elevation != "" {
			missing[record.AccessKey("elevation#"+elevation, "terms")] = true
		}
	}
	for _, r := range rows.Evidence {
		need(r.Elevation)
	}
	for _, r := range rows.Usage {
		need(r.Elevation)
	}
	for some := range slices.Chunk(slices.Collect(maps.Keys(missing)), record.ReadAtOnce) {
		found, err := s.Store.Read(ctx, some...)
		if err != nil {
			return nil, fault.Wrap(err, "reading terms")
		}
		for _, row := range found {
			text, err := log.Entry{Row: &log.Row{Partition: row.Key.Partition, Sort: row.Key.Sort, Version: row.Version, Body: string(row.Body)}}.Text()
			if err != nil {
				continue // too long to be an entry either
			}
			_, of := audit.RowsOf(0, text)
			terms[of.Evidence[0].Elevation] = of.Evidence[0]
		}
	}
	return terms, nil
}
