package access

import (
	"slices"
	"testing"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// FuzzSpot takes nothing but what was given.
func FuzzSpot(f *testing.F) {
	const id = "01k6y3m1x80000000000000001"
	for _, seed := range []string{"", spot{of: id}.String(), spot{id, "elevation#" + id, 12}.String(), id, id + ",,", id + ",,+1", id + ",,-1", id + ",a,b,1", "2026-10-05,#x,1", ",,0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, valid := range []func(string) bool{ValidID, isDay} {
			s, err := readSpot(text, valid)
			switch {
			case err != nil && fault.KindOf(err) != fault.Invalid:
				t.Errorf("%q: %v", text, err)
			case err == nil && text != "" && (s.String() != text || !valid(s.of)):
				t.Errorf("%q was taken for %+v", text, s)
			}
		}
	})
}

func TestTheNarrowestIndexIsChosen(t *testing.T) {
	f := AuditFilter{Account: "1"}
	for _, c := range []struct {
		add       func()
		index     record.Index
		partition string
	}{
		{func() {}, record.ByPrincipal, "account#1"},
		{func() { f.Principal = "arn" }, record.ByPrincipal, "arn"},
		{func() { f.Requester = "r" }, record.ByRequester, "r"},
		{func() { f.Approver = "a" }, record.ByRequester, "decided#a"},
		{func() { f.Task = "change/1" }, record.ByRequester, "task#change/1"},
	} {
		c.add()
		if index, partition := f.place(); index != c.index || partition != c.partition {
			t.Errorf("%+v: %s %s, want %s %s", f, index, partition, c.index, c.partition)
		}
	}
}

func TestDaysOfARangeAreThoseItTouches(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse(time.RFC3339, s); return v }
	for _, c := range []struct {
		from, before string
		want         []string
	}{
		{"2026-10-05T00:00:00Z", "2026-10-06T00:00:00Z", []string{"2026-10-05"}},
		{"2026-10-05T23:59:59Z", "2026-10-06T00:00:01Z", []string{"2026-10-06", "2026-10-05"}},
		{"2026-10-05T01:00:00+02:00", "2026-10-05T02:00:00+02:00", []string{"2026-10-04"}},
	} {
		if got := (AuditFilter{From: at(c.from), Before: at(c.before)}).days(); !slices.Equal(got, c.want) {
			t.Errorf("%s to %s: %v, want %v", c.from, c.before, got, c.want)
		}
	}
}
