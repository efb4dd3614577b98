package catalog

import (
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
)

func withBudgets(text string) map[string]string {
	files := smallCatalog()
	files[entitlementFile] = strings.Replace(files[entitlementFile], "max: 30m", "max: 30m\nbudgets: "+text, 1)
	return files
}

func TestBudgetsAreRead(t *testing.T) {
	c := load(t, withBudgets("[{per: requester, minutes: 600, in: 30d}, {per: entitlement, minutes: 90, in: 24h}, {per: requester, minutes: 120, in: 24h}]"))
	e, _ := c.Entitlement("read")
	wantEqual(t, e.Budgets, []access.Budget{
		{Per: access.PerEntitlement, Minutes: 90, In: 24 * time.Hour}, {Per: access.PerRequester, Minutes: 120, In: 24 * time.Hour}, {Per: access.PerRequester, Minutes: 600, In: 720 * time.Hour},
	})
	if again := load(t, withBudgets("[{per: entitlement, minutes: 90, in: 24h}, {minutes: 120, per: requester, in: 24h}, {per: requester, minutes: 600, in: 30d}]")); again.Hash() != c.Hash() {
		t.Error("the order of budgets changes the hash")
	}
	if d, err := Decode(c.JSON()); err != nil || d.Hash() != c.Hash() {
		t.Errorf("decoded: %v", err)
	}
	for text, want := range map[string]string{
		"[]": "budgets", "120m": "budgets", "[{per: requester, minutes: 120}]": "budgets[0].in", "[{per: person, minutes: 120, in: 24h}]": "budgets[0].per",
		"[{per: requester, minutes: 0, in: 24h}]": "budgets[0].minutes", "[{per: requester, minutes: 4320001, in: 24h}]": "budgets[0].minutes",
		"[{per: requester, minutes: 120, in: 12h}]": "budgets[0].in", "[{per: requester, minutes: 120, in: 24h, of: x}]": "budgets[0].of",
		"[{per: requester, minutes: 1, in: 24h}, {per: requester, minutes: 2, in: 24h}]": "budgets[1]",
	} {
		_, err := Load(fileSystem(withBudgets(text)))
		if all := Problems(err); len(all) != 1 || all[0].Field != want {
			t.Errorf("budgets: %s: %v, want a problem of %s", text, err, want)
		}
	}
	files := withBudgets("[{per: requester, minutes: 120, in: 24h}]")
	files[entitlementFile] = strings.Replace(files[entitlementFile], "approval: {need: 1, of: [\"group:leads\"], within: 1h}", "breakGlass: true\nreviewers: [\"group:leads\"]", 1)
	if _, err := Load(fileSystem(files)); !strings.Contains(err.Error(), "does not go with breakGlass") {
		t.Errorf("with break-glass: %v", err)
	}
}

func TestABudgetBelowMaxIsWarnedOf(t *testing.T) {
	warned := func(text string) bool {
		return slices.ContainsFunc(load(t, withBudgets(text)).Warnings(monday()), func(w Warning) bool { return strings.HasPrefix(w.Why, "budgets: ") })
	}
	if !warned("[{per: requester, minutes: 29, in: 24h}]") || warned("[{per: requester, minutes: 30, in: 24h}]") {
		t.Error("warned of the wrong one")
	}
}

func TestMoreMinutesAreWider(t *testing.T) {
	none, small, more := load(t, smallCatalog()), load(t, withBudgets("[{per: requester, minutes: 120, in: 24h}]")), load(t, withBudgets("[{per: requester, minutes: 121, in: 24h}]"))
	month := load(t, withBudgets("[{per: requester, minutes: 120, in: 30d}]"))
	for _, x := range []struct {
		was, is *Catalog
		want    string
	}{
		{small, more, "widened: budgets: per requester in 24h: 121 minutes, was 120 minutes"},
		{more, small, "narrowed: budgets: per requester in 24h: 120 minutes, was 121 minutes"},
		{none, small, "narrowed: budgets: per requester in 24h: 120 minutes, was none"},
		{small, none, "widened: budgets: per requester in 24h: none, was 120 minutes"},
		{small, month, "widened: budgets: per requester in 24h: none, was 120 minutes\nnarrowed: budgets: per requester in 30d: 120 minutes, was none"},
	} {
		var lines []string
		for _, c := range Diff(x.was, x.is) {
			lines = append(lines, strings.TrimPrefix(c.String(), "entitlement read: "))
		}
		if got := strings.Join(lines, "\n"); got != x.want {
			t.Errorf("diff\n%s\nwant\n%s", got, x.want)
		}
	}
}

func TestEntitlementsWithoutBudgetsHaveTheDefault(t *testing.T) {
	const text = "[{per: requester, minutes: 120, in: 24h}]"
	defaults := func(files map[string]string) map[string]string {
		files[settingsFile] = "budgets: " + text + "\n"
		return files
	}
	c, own := load(t, defaults(smallCatalog())), load(t, withBudgets(text))
	if c.Hash() != own.Hash() {
		t.Error("a default differs from the same budget in the entitlement")
	}
	if d, err := Decode(c.JSON()); err != nil || d.Hash() != c.Hash() {
		t.Errorf("decoded: %v", err)
	}
	changes := Diff(load(t, smallCatalog()), c)
	if len(changes) != 1 || changes[0].String() != "entitlement read: narrowed: budgets: per requester in 24h: 120 minutes, was none" {
		t.Errorf("changes %v", changes)
	}
	wider := load(t, defaults(withBudgets("[{per: requester, minutes: 600, in: 24h}]")))
	if e, _ := wider.Entitlement("read"); len(e.Budgets) != 1 || e.Budgets[0].Minutes != 600 {
		t.Errorf("its own budgets became %v", e.Budgets)
	}
	glass := defaults(smallCatalog())
	glass[entitlementFile] = strings.Replace(glass[entitlementFile], "approval: {need: 1, of: [\"group:leads\"], within: 1h}", "breakGlass: true\nreviewers: [\"group:leads\"]", 1)
	breaks := load(t, glass)
	if e, _ := breaks.Entitlement("read"); !e.BreakGlass || len(e.Budgets) != 0 {
		t.Errorf("break-glass has budgets %v", e.Budgets)
	}
	const noEffect = "catalog: budgets: every entitlement has its own, or is break-glass: the default has no effect"
	for _, x := range []struct {
		is   *Catalog
		want []string
	}{
		{c, nil},
		{wider, []string{"entitlement read: budgets: 600 minutes per requester in 24h are more than the default of the catalog, which is 120", noEffect}},
		{load(t, defaults(withBudgets("[{per: requester, minutes: 600, in: 30d}]"))), []string{"entitlement read: budgets: none per requester in 24h, and the default of the catalog is 120 minutes", noEffect}},
		{breaks, []string{noEffect}},
	} {
		var got []string
		for _, w := range x.is.Warnings(monday()) {
			if strings.HasPrefix(w.Why, "budgets: ") {
				got = append(got, w.String())
			}
		}
		wantEqual(t, got, x.want)
	}
	for bad, want := range map[string]string{"[]": "budgets", "[{per: person, minutes: 120, in: 24h}]": "budgets[0].per"} {
		files := smallCatalog()
		files[settingsFile] = "budgets: " + bad + "\n"
		_, err := Load(fileSystem(files))
		if all := Problems(err); len(all) != 1 || all[0].Field != want || all[0].File != settingsFile {
			t.Errorf("budgets: %s: %v, want a problem of %s", bad, err, want)
		}
	}
}
