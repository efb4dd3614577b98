package catalog

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
)

func TestADenialSaysTheReasonsOfThePoliciesThatDecided(t *testing.T) {
	files := smallCatalog()
	files[ownFile] = `@id("friday") @reason("no changes on Fridays: Änderungen ab Montag") @ticket("OPS-1")
forbid (principal, action, resource) when { context.weekday == "friday" };
@id("all") @reason("always") forbid (principal, action == Action::"request", resource) when { context.weekday == "friday" };
@id("silent") forbid (principal, action, resource) when { context.weekday == "friday" };
@id("other") @reason("not today") forbid (principal, action, resource) when { context.weekday == "sunday" };`
	c := load(t, files)
	packed, err := Decode(c.JSON())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Catalog{"loaded": c, "packed": packed} {
		q := questionOfAna(t, load(t, smallCatalog()))
		if got, err := c.Decide(q); err != nil || !got.Allow || got.Says != nil {
			t.Errorf("%s: on Monday: %+v, %v", name, got, err)
		}
		q.At = q.At.AddDate(0, 0, 4)
		got, err := c.Decide(q)
		want := []access.Saying{{Policy: "all", Reason: "always"}, {Policy: "friday", Reason: "no changes on Fridays: Änderungen ab Montag"}}
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, got.Says, want)
		wantEqual(t, got.By, []string{"all", "friday", "silent"})
	}
}

func TestAReasonMustBeReadable(t *testing.T) {
	for name, reason := range map[string]string{
		"empty": `@reason("")`, "bare": "@reason", "long": `@reason("` + strings.Repeat("a", access.MaxSaying+1) + `")`,
		"two lines": `@reason("a\nb")`, "an escape": `@reason("\u{1b}[2J")`, "text direction": `@reason("a\u{202e}b")`,
	} {
		files := smallCatalog()
		files[ownFile] = `@id("freeze") ` + reason + ` forbid (principal, action, resource);`
		_, err := Load(fileSystem(files))
		if all := Problems(err); len(all) != 1 || all[0].Field != "freeze" || !strings.Contains(all[0].Why, "has no readable @reason") {
			t.Errorf("%s: %v", name, err)
		}
	}
	files := smallCatalog()
	files[ownFile] = `@id("freeze") @reason("` + strings.Repeat("ä", access.MaxSaying) + `") forbid (principal, action, resource);`
	load(t, files)
}

func TestATestPrintsTheReason(t *testing.T) {
	files := smallCatalog()
	files[ownFile] = strings.Replace(files[ownFile], `@id("freeze")`, `@id("freeze") @reason("come back on Monday")`, 1)
	c := load(t, files)
	q := questionOfAna(t, c)
	q.At = q.At.Add(4 * 24 * time.Hour)
	r := expectation{name: "friday", question: q}.ask(c)
	if want := `deny by freeze; freeze says "come back on Monday"`; !r.OK || r.Got != want {
		t.Errorf("%+v, want %s", r, want)
	}
	if was := load(t, smallCatalog()); was.Hash() == c.Hash() || len(Diff(was, c)) != 1 || !strings.Contains(Diff(was, c)[0].Text, "come back on Monday") {
		t.Errorf("the difference is %v", Diff(was, c))
	}
}
