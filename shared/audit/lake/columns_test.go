package lake

import (
	"slices"
	"testing"

	"curfew/shared/audit"
	"curfew/shared/evidence/log"
)

// TestColumnsHaveEachRowOnce: Parquet has a row from its marker on too, and JSON one before it.
func TestColumnsHaveEachRowOnce(t *testing.T) {
	const day = "2026-01-02"
	folder, one := t.TempDir(), int64(1)
	l := Lake{Objects: &log.Folder{Path: folder}}
	rows := []audit.Evidence{
		{LogIndex: 1, Kind: "a", Fault: "Denied"}, {LogIndex: 2, Kind: "b", Approve: &one}, {LogIndex: 3, Kind: "a"}, {LogIndex: 4, Kind: "c"},
	}
	all := map[string]*lines{}
	err := compactTable(t.Context(), l, parquetName("evidence", day), span{0, 4}, false, rows[:3], func(r *audit.Evidence) int64 { return r.LogIndex })
	if err == nil {
		err = add(all, jsonName("evidence", day, 0), 4, rows[1:])
	}
	if err == nil {
		err = l.putLines(t.Context(), jsonName("evidence", day, 0), all[jsonName("evidence", day, 0)])
	}
	if err == nil {
		err = l.Objects.Replace(t.Context(), markerName(day), []byte(`{"day":"2026-01-02","through":3}`), "")
	}
	if err != nil {
		t.Fatal(err)
	}
	var kinds, faults []string
	var approve []int64
	text := func(c *Column) (all []string) {
		for _, code := range c.Codes {
			all = append(all, append([]string{"NULL"}, c.Words...)[code])
		}
		return all
	}
	for p, err := range ReadColumns(t.Context(), folder, func(_, column string) bool { return slices.Contains([]string{"kind", "fault", "approve"}, column) }) {
		if err != nil || p.Day != day || p.Table != "evidence" {
			t.Fatal(p, err)
		}
		kinds, faults, approve = append(kinds, text(p.Columns["kind"])...), append(faults, text(p.Columns["fault"])...), append(approve, p.Columns["approve"].Numbers...)
	}
	if !slices.Equal(kinds, []string{"a", "b", "a", "c"}) || !slices.Equal(faults, []string{"Denied", "NULL", "NULL", "NULL"}) || !slices.Equal(approve, []int64{Null, 1, Null, Null}) {
		t.Errorf("%q %q %d", kinds, faults, approve)
	}
}
