package lake

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"curfew/shared/audit"
)

func parquetName(table, day string) string {
	return "parquet/" + table + "/day=" + day + "/rows.parquet"
}

func markerName(day string) string { return "compacted/day=" + day + "/marker.json" }

// marker says which rows of a day Parquet has: those of entries before Through.
type marker struct {
	Day     string `json:"day"`
	Through int64  `json:"through"`
}

// compact writes to Parquet the rows that a day has of a span of entries. Those of entries before it are there, or none are of
// the day. anew: an old file that cannot be read is replaced.
func (l Lake) compact(ctx context.Context, day string, rows audit.Rows, in span, anew bool) error {
	err := compactTable(ctx, l, parquetName("evidence", day), in, anew, rows.Evidence, func(r *audit.Evidence) int64 { return r.LogIndex })
	if err == nil {
		err = compactTable(ctx, l, parquetName("usage", day), in, anew, rows.Usage, func(r *audit.Use) int64 { return r.LogIndex })
	}
	if err == nil {
		err = compactTable(ctx, l, parquetName("findings", day), in, anew, rows.Findings, func(r *audit.Found) int64 { return r.LogIndex })
	}
	if err != nil {
		return err
	}
	return l.replace(ctx, markerName(day), func(was []byte) ([]byte, error) {
		if m, err := markerOf(was); err == nil && m.Through >= in.to {
			return was, nil
		}
		return json.Marshal(marker{day, in.to})
	})
}

func markerOf(text []byte) (m marker, err error) {
	err = json.Unmarshal(text, &m)
	return m, err
}

func compactTable[T any](ctx context.Context, l Lake, name string, of span, anew bool, rows []T, index func(*T) int64) error {
	if len(rows) == 0 {
		return nil
	}
	return l.replace(ctx, name, func(was []byte) ([]byte, error) {
		all := rows
		if was != nil {
			old, err := Decode[T](was)
			if err != nil && !anew {
				return nil, err
			}
			old = slices.DeleteFunc(old, func(r T) bool { i := index(&r); return i >= of.from && i < of.to })
			all = slices.Concat(old, rows)
			slices.SortStableFunc(all, func(a, b T) int { return cmp.Compare(index(&a), index(&b)) })
		}
		return Encode(all)
	})
}
