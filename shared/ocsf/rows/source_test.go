package rows_test

import (
	"bytes"
	"testing"

	"github.com/parquet-go/parquet-go"

	"curfew/shared/audit"
	"curfew/shared/inprocess"
	"curfew/shared/ocsf/rows"
	"curfew/shared/record"
)

// An elevation that ends after midnight has its terms in the rows of the day before.
func TestTermsOfAnEarlierDayAreInTheTable(t *testing.T) {
	store := inprocess.NewStore(inprocess.StoreSettings{})
	t.Cleanup(store.Close)
	row, err := record.Encode(record.AccessKey("elevation#"+id, "terms"), 1, map[string]any{
		"id": id, "principal": map[string]string{"arn": role, "account": "111122223333"}, "requested_at": "2026-11-29T23:00:00Z",
	})
	if err == nil {
		err = store.Write(t.Context(), record.Change{Row: row})
	}
	if err != nil {
		t.Fatal(err)
	}
	ended := audit.Rows{Evidence: []audit.Evidence{{LogIndex: 5, Entry: "05", Kind: "elevation.ended", RecordedAt: at, Elevation: id}}}
	for version, want := range map[string]int{"1.9.0": 1, "": 0} {
		o, s := objects{}, rows.Source{Mapping: mapping(version, audit.Evidence{}), Store: store}
		if err := s.Write(t.Context(), o.replace, "2026-11-30", 5, 6, ended); err != nil || len(o) != want {
			t.Fatalf("version %q: %v, files %v", version, err, o)
		}
		for name, data := range o {
			got, err := parquet.Read[rows.RoleChange](bytes.NewReader(data), int64(len(data)))
			if err != nil || len(got) != 1 || got[0].Role.UID != role {
				t.Errorf("%s: %+v, %v, want the role %s", name, got, err, role)
			}
		}
	}
}
