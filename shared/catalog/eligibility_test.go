package catalog

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// until returns the small catalog with an end of the eligibility, in a zone.
func until(text, zone string) map[string]string {
	files := smallCatalog()
	files[entitlementFile] = strings.Replace(files[entitlementFile], "max: 30m", "max: 30m\nuntil: "+text, 1)
	files[settingsFile] = "zone: " + zone + "\n"
	return files
}

func TestADateIsWithinTheEligibilityToItsEndInTheZone(t *testing.T) {
	for _, x := range []struct{ text, zone, want string }{
		{"2026-12-31", "UTC", "2027-01-01T00:00:00Z"},
		{"2026-12-31", "Europe/Berlin", "2026-12-31T23:00:00Z"},
		{"2026-03-28", "Europe/Berlin", "2026-03-28T23:00:00Z"},
		{"2026-03-29", "Europe/Berlin", "2026-03-29T22:00:00Z"}, // 23 hours long
		{`"2026-12-31T18:00:00Z"`, "Europe/Berlin", "2026-12-31T18:00:00Z"},
	} {
		e, _ := load(t, until(x.text, x.zone)).Entitlement("read")
		if got := e.Until.Format(time.RFC3339); got != x.want {
			t.Errorf("until: %s in %s is %s, want %s", x.text, x.zone, got, x.want)
		}
	}
	for _, text := range []string{"2026-02-30", "31.12.2026", "2026-12-31T18:00:00+01:00", "2026-12-31T18:00:00.5Z", "12h", "20261231", "[]", "0000-12-31", `"0001-01-01T00:00:00Z"`, "1969-12-31"} {
		_, err := Load(fileSystem(until(text, "UTC")))
		if all := Problems(err); len(all) != 1 || all[0].Field != "until" {
			t.Errorf("until: %s: %v", text, err)
		}
	}
}

func TestAfterTheEndPolicyDeniesRequestsAndApprovals(t *testing.T) {
	c := load(t, until("2026-11-30", "UTC"))
	end := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		at   time.Time
		want bool
	}{{end.Add(-time.Second), true}, {end, false}, {end.AddDate(0, 0, 1), false}} {
		q := questionOfAna(t, c)
		q.At = x.at
		if got, err := c.Decide(q); err != nil || got.Allow != x.want {
			t.Errorf("a request at %s: %+v, %v", x.at, got, err)
		}
		q.Action, q.Caller = access.ActApprove, person(t, c, "ben")
		if got, err := c.Decide(q); err != nil || got.Allow != x.want {
			t.Errorf("an approval at %s: %+v, %v", x.at, got, err)
		}
		q.Action, q.Caller = access.ActRead, identity.Caller{ID: "person:x|y", Kind: identity.Person, Groups: []string{"leads"}}
		if got, err := c.Decide(q); err != nil || !got.Allow {
			t.Errorf("reading at %s: %+v, %v", x.at, got, err)
		}
	}
}

func TestLintWarnsOfAnEligibilityThatEnds(t *testing.T) {
	c := load(t, until("2026-12-31", "UTC"))
	end := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		now  time.Time
		want string
	}{
		{end.AddDate(0, 0, -31), ""}, {end.AddDate(0, 0, -30), "it ends at 2027-01-01T00:00:00Z, within 30 days"},
		{end.Add(-time.Second), "within 30 days"}, {end, "it ended at 2027-01-01T00:00:00Z"},
	} {
		var got string
		for _, w := range c.Warnings(x.now) {
			if strings.HasPrefix(w.Why, "until: ") {
				got += w.String()
			}
		}
		if (got == "") != (x.want == "") || !strings.Contains(got, x.want) {
			t.Errorf("at %s: %q, want %q", x.now, got, x.want)
		}
	}
}

func TestALaterEndIsWider(t *testing.T) {
	is := func(text string) *Catalog { return load(t, until(text, "UTC")) }
	for _, x := range []struct {
		was, is *Catalog
		want    Direction
	}{
		{is("2026-12-30"), is("2026-12-31"), Widened}, {is("2026-12-31"), is("2026-12-30"), Narrowed}, {is("2026-12-31"), load(t, smallCatalog()), Widened},
	} {
		if got := Diff(x.was, x.is); len(got) != 1 || got[0].Direction != x.want || !strings.HasPrefix(got[0].Text, "until: ") {
			t.Errorf("%v, want %v", got, x.want)
		}
	}
	if got := Diff(is("2026-12-31"), is("2027-01-01T00:00:00Z")); len(got) != 0 {
		t.Errorf("two notations of one end differ: %v", got)
	}
}
