package record

import (
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
		{"evidence that expires", Row{Key: Key{Table: AuditTable, Partition: "p", Sort: "s"}, Version: 1, Expires: time.Unix(1, 0)}, fault.Invalid},
	} {
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
