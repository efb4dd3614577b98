package access

import (
	"encoding/json"
	"testing"
)

func TestKeptRowIsReadOnce(t *testing.T) {
	row := Row{Key: elevationKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1","tasks":["change/a"]}`)}.Kept()
	first, err := read[Elevation](row)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read[Elevation](row)
	if err != nil || &again.Tasks[0] != &first.Tasks[0] {
		t.Errorf("it was read twice: %v", err)
	}
}

// Whoever is given a copy of a row and changes it reads what he wrote, and takes nothing from the others.
func TestChangedCopyOfAKeptRowIsReadAnew(t *testing.T) {
	row := Row{Key: elevationKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1"}`)}.Kept()
	if _, err := read[Elevation](row); err != nil {
		t.Fatal(err)
	}
	changed := row
	changed.Body = json.RawMessage(`{"id":"2"}`)
	for _, c := range []struct {
		row  Row
		want string
	}{{changed, "2"}, {row, "1"}} {
		if e, err := read[Elevation](c.row); err != nil || e.ID != c.want {
			t.Errorf("id = %q, want %q, %v", e.ID, c.want, err)
		}
	}
}

func TestKeptRowIsReadAsWhatIsAskedFor(t *testing.T) {
	row := Row{Key: termsKey("1"), Version: 1, Body: json.RawMessage(`{"id":"1","reason":"because"}`)}.Kept()
	if _, err := read[Elevation](row); err != nil {
		t.Fatal(err)
	}
	if got, err := read[Terms](row); err != nil || got.Reason != "because" {
		t.Errorf("reason = %q, %v", got.Reason, err)
	}
}
