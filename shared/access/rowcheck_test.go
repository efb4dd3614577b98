package access

import (
	"testing"
	"time"
)

func TestKeysThatNoRowCanHaveAreInvalid(t *testing.T) {
	for _, c := range []struct {
		key  Key
		want Kind
	}{
		{Key{AccessTable, "p", "s"}, ""},
		{Key{AuditTable, "p", "s"}, ""},
		{Key{"other", "p", "s"}, Invalid},
		{Key{AccessTable, "", "s"}, Invalid},
		{Key{AccessTable, "p", ""}, Invalid},
	} {
		if err := c.key.Check(); KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %q", c.key, err, c.want)
		}
	}
}

func TestRowsWithoutAVersionOrAProperPlaceAreInvalid(t *testing.T) {
	place := Place{Partition: "active", Sort: "1"}
	for _, c := range []struct {
		name string
		row  Row
		want Kind
	}{
		{"no more than a version", Row{Key: Key{AuditTable, "p", "s"}, Version: 1}, ""},
		{"no version", Row{Key: Key{AccessTable, "p", "s"}}, Invalid},
		{"a place in every index", Row{Key: Key{AccessTable, "p", "s"}, Version: 1, Index: map[Index]Place{ByState: place, ByPrincipal: place, ByRequester: place, ByDue: place}}, ""},
		{"a place in no index that there is", Row{Key: Key{AccessTable, "p", "s"}, Version: 1, Index: map[Index]Place{"other": place}}, Invalid},
		{"half a place", Row{Key: Key{AccessTable, "p", "s"}, Version: 1, Index: map[Index]Place{ByState: {Partition: "active"}}}, Invalid},
		{"evidence in an index", Row{Key: Key{AuditTable, "p", "s"}, Version: 1, Index: map[Index]Place{ByState: place}}, Invalid},
		{"evidence that expires", Row{Key: Key{AuditTable, "p", "s"}, Version: 1, Expires: time.Unix(1, 0)}, Invalid},
	} {
		if err := c.row.Check(); KindOf(err) != c.want {
			t.Errorf("%s: %v, want kind %q", c.name, err, c.want)
		}
	}
	for _, i := range Indexes() {
		if !i.Known() {
			t.Errorf("index %s is not known", i)
		}
	}
}
