package record

import (
	"encoding/json"
	"testing"
	"time"

	"curfew/shared/fault"
)

func TestKeysThatNoRowCanHaveAreInvalid(t *testing.T) {
	for _, c := range []struct {
		key  Key
		want fault.Kind
	}{
		{Key{Table: AccessTable, Partition: "p", Sort: "s"}, ""},
		{Key{Table: AuditTable, Partition: "p", Sort: "s"}, ""},
		{Key{Table: "other", Partition: "p", Sort: "s"}, fault.Invalid},
		{Key{Table: AccessTable, Partition: "", Sort: "s"}, fault.Invalid},
		{Key{Table: AccessTable, Partition: "p", Sort: ""}, fault.Invalid},
	} {
		if err := c.key.Check(); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %q", c.key, err, c.want)
		}
	}
}

func TestRowsWithoutAVersionOrAProperPlaceAreInvalid(t *testing.T) {
	place := Place{Partition: "active", Sort: "1"}
	for _, c := range []struct {
		name string
		row  Row
		want fault.Kind
	}{
		{"no more than a version", Row{Key: Key{Table: AuditTable, Partition: "p", Sort: "s"}, Version: 1}, ""},
		{"no version", Row{Key: Key{Table: AccessTable, Partition: "p", Sort: "s"}}, fault.Invalid},
		{"a place in every index", Row{Key: Key{Table: AccessTable, Partition: "p", Sort: "s"}, Version: 1, Index: map[Index]Place{ByState: place, ByPrincipal: place, ByRequester: place, ByDue: place}}, ""},
		{"a place in no index that there is", Row{Key: Key{Table: AccessTable, Partition: "p", Sort: "s"}, Version: 1, Index: map[Index]Place{"other": place}}, fault.Invalid},
		{"half a place", Row{Key: Key{Table: AccessTable, Partition: "p", Sort: "s"}, Version: 1, Index: map[Index]Place{ByState: {Partition: "active"}}}, fault.Invalid},
		{"evidence in an index", Row{Key: Key{Table: AuditTable, Partition: "p", Sort: "s"}, Version: 1, Index: map[Index]Place{ByState: place}}, fault.Invalid},
	} {
		c.row.Body = json.RawMessage(`{}`)
		if err := c.row.Check(); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %q", c.name, err, c.want)
		}
	}
	for _, i := range Indexes() {
		if !i.Known() {
			t.Errorf("index %s is not known", i)
		}
	}
}

func TestRowHasTheSizeOfItsItem(t *testing.T) {
	row := Row{Key: Key{Table: AccessTable, Partition: "p", Sort: "s"}, Version: 1, Body: json.RawMessage(`{"a":"é"}`)}
	bare := len("pk"+"p"+"sk"+"s"+"version"+"form"+"body"+`{"a":"é"}`) + 2 + 2 // the numbers 1 and 1
	placed := row
	placed.Index = map[Index]Place{ByDue: {Partition: "due", Sort: "x"}}
	placed.Expires = time.Unix(1_800_000_000, 0)
	later := row
	later.Version = 12345
	for name, c := range map[string]struct {
		row  Row
		want int
	}{
		"a body":             {row, bare},
		"a place and an end": {placed, bare + len("due_pk"+"due"+"due_sk"+"x") + len("expires") + 6},
		"a longer number":    {later, bare + 2},
	} {
		if got := c.row.Size(); got != c.want {
			t.Errorf("%s: size = %d, want %d", name, got, c.want)
		}
	}
	if got, want := placed.EntrySize(ByDue), len("pk"+"p"+"sk"+"s"+"due_pk"+"due"+"due_sk"+"x"); got != want {
		t.Errorf("size of its entry = %d, want %d", got, want)
	}
}

func TestChangesThatNoStoreWritesAreInvalid(t *testing.T) {
	row := func(t Table, sort string) Row {
		return Row{Key: Key{Table: t, Partition: "p", Sort: sort}, Version: 1, Body: json.RawMessage(`{}`)}
	}
	added, other := Change{If: Absent, Row: row(AuditTable, "1")}, Change{Row: row(AccessTable, "1")}
	for name, c := range map[string]struct {
		changes []Change
		want    fault.Kind
	}{
		"two changes":               {[]Change{added, other}, ""},
		"a look at evidence":        {[]Change{{Do: Check, If: Unchanged, Version: 1, Row: Row{Key: added.Row.Key}}}, ""},
		"a deletion":                {[]Change{{Do: Delete, Row: Row{Key: other.Row.Key}}}, ""},
		"no changes":                {nil, fault.Invalid},
		"two of one key":            {[]Change{other, {Do: Delete, Row: other.Row}}, fault.Invalid},
		"no such action":            {[]Change{{Do: 3, Row: other.Row}}, fault.Invalid},
		"no proper key":             {[]Change{{Do: Check, Row: Row{Key: Key{Table: AccessTable}}}}, fault.Invalid},
		"no row":                    {[]Change{{Row: Row{Key: other.Row.Key}}}, fault.Invalid},
		"evidence put over":         {[]Change{{Row: added.Row}}, fault.Invalid},
		"evidence put if unchanged": {[]Change{{If: Unchanged, Version: 1, Row: added.Row}}, fault.Invalid},
		"evidence deleted":          {[]Change{{Do: Delete, If: Unchanged, Version: 1, Row: added.Row}}, fault.Invalid},
	} {
		if err := CheckChanges(c.changes); fault.KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %q", name, err, c.want)
		}
	}
}
