package access

import (
	"encoding/json"
	"testing"

	"curfew/shared/record"
)

func TestKeptRowIsReadOnce(t *testing.T) {
	row := record.Row{Key: ElevationKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1","tasks":["change/a"]}`)}.Kept()
	first, err := record.Read[Elevation](row)
	if err != nil {
		t.Fatal(err)
	}
	again, err := record.Read[Elevation](row)
	if err != nil || &again.Tasks[0] != &first.Tasks[0] {
		t.Errorf("it was read twice: %v", err)
	}
}

// Whoever is given a copy of a row and changes it reads what he wrote, and takes nothing from the others.
func TestChangedCopyOfAKeptRowIsReadAnew(t *testing.T) {
	row := record.Row{Key: ElevationKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1"}`)}.Kept()
	if _, err := record.Read[Elevation](row); err != nil {
		t.Fatal(err)
	}
	changed := row
	changed.Body = json.RawMessage(`{"id":"2"}`)
	for _, c := range []struct {
		row  record.Row
		want string
	}{{changed, "2"}, {row, "1"}} {
		if e, err := record.Read[Elevation](c.row); err != nil || e.ID != c.want {
			t.Errorf("id = %q, want %q, %v", e.ID, c.want, err)
		}
	}
}

func TestKeptRowIsReadAsWhatIsAskedFor(t *testing.T) {
	row := record.Row{Key: TermsKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1","reason":"because"}`)}.Kept()
	if _, err := record.Read[Elevation](row); err != nil {
		t.Fatal(err)
	}
	if got, err := record.Read[Terms](row); err != nil || got.Reason != "because" {
		t.Errorf("reason = %q, %v", got.Reason, err)
	}
}
