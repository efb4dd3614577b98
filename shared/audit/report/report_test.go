package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/audit"
	"curfew/shared/audit/audittest"
	"curfew/shared/audit/lake"
	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
)

// generated is a report of a generated log of some days.
func generated(t *testing.T, days, daily int) (Report, *audittest.Facts) {
	t.Helper()
	all, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	byDay := map[string]*lake.Day{}
	index := int64(0)
	facts, err := audittest.Generate(audittest.Options{Days: days, Daily: daily, Seed: 1}, func(text []byte) error {
		name, rows := audit.RowsOf(index, text)
		index++
		if byDay[name] == nil {
			byDay[name] = &lake.Day{Day: name}
		}
		to := &byDay[name].Rows
		to.Evidence, to.Usage, to.Findings = append(to.Evidence, rows.Evidence...), append(to.Usage, rows.Usage...), append(to.Findings, rows.Findings...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	engine, err := sqlite.Open(t.Context(), func(yield func(lake.Day, error) bool) {
		for _, d := range byDay {
			if !yield(*d, nil) {
				return
			}
		}
	}, all...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = engine.Close() })
	from := audittest.Start()
	r, err := Build(t.Context(), engine, Period{from, from.AddDate(0, 0, days)}, Meta{
		Installation: "curfew", Made: from.AddDate(0, 0, days).Add(time.Hour), Lake: []string{"--lake", "./lake"},
		Log: Log{audittest.Origin, facts.Entries, "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r, facts
}

// TestFiguresAreTheFacts: of what the generator knows.
func TestFiguresAreTheFacts(t *testing.T) {
	r, facts := generated(t, 30, 60)
	want := map[string]int64{}
	for _, e := range facts.Elevations {
		want["requested"]++
		if !e.GrantedAt.IsZero() {
			want["granted"]++
		}
		if slices.Contains([]string{"denied", "refused", "lapsed", "withdrawn", "approved"}, e.State) {
			want[e.State]++
		}
		if e.State == "requested" {
			want["waiting"]++
		}
		if e.State == "ended" && e.EndedAt.Before(r.To) && e.Overstay >= 0 {
			want["ended"]++
			if e.Overstay > 60 {
				want["overstayed"]++
			}
			want["overstay-longest"] = max(want["overstay-longest"], e.Overstay)
		}
		if e.BreakGlass && !e.GrantedAt.IsZero() {
			want["break-glass"]++
		}
	}
	for id, n := range want {
		if got := r.figure(id).Value; got != n {
			t.Errorf("%s is %v, want %d", id, got, n)
		}
	}
	outcomes := int64(0)
	for _, id := range []string{"granted", "denied", "refused", "lapsed", "withdrawn", "waiting", "approved"} {
		outcomes += r.figure(id).Value.(int64)
	}
	if outcomes != want["requested"] {
		t.Errorf("%d have an outcome, of %d", outcomes, want["requested"])
	}
	if want["refused"] == 0 || want["ended"] == 0 || want["denied"] == 0 || want["break-glass"] == 0 {
		t.Errorf("too little happened: %v", want)
	}
}

// TestAnotherFormSaysTheSame: JSON has all figures, CSV too, and two reports of one lake are the same bytes.
func TestAnotherFormSaysTheSame(t *testing.T) {
	r, _ := generated(t, 12, 10)
	again, _ := generated(t, 12, 10)
	for name, write := range map[string]func(Report, io.Writer) error{"html": Report.HTML, "json": Report.JSON, "csv": Report.CSV} {
		a, b := rendered(t, r, write), rendered(t, again, write)
		if a != b {
			t.Errorf("%s: two reports of one lake differ", name)
		}
		if out := os.Getenv("CURFEW_REPORT_OUT"); out != "" {
			if err := os.WriteFile(filepath.Join(out, "report."+name), []byte(a), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var decoded Report
	if err := json.Unmarshal([]byte(rendered(t, r, Report.JSON)), &decoded); err != nil || len(decoded.Figures) != len(figures) || len(decoded.Answers) != len(asks) {
		t.Errorf("%d figures, %d answers, %v", len(decoded.Figures), len(decoded.Answers), err)
	}
	lines, err := csv.NewReader(strings.NewReader(rendered(t, r, Report.CSV))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Figures {
		if !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == "figures" && l[2] == f.ID && l[3] == text(f.Value) && l[5] != "" }) {
			t.Errorf("CSV lacks %s = %v with its query", f.ID, f.Value)
		}
	}
}

func rendered(t *testing.T, r Report, write func(Report, io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(r, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHostileTextIsText: names come from callers.
func TestHostileTextIsText(t *testing.T) {
	r, _ := generated(t, 2, 5)
	evil := `</title></svg><script>alert(1)</script>`
	r.Installation = evil
	for i := range r.Answers {
		for _, row := range r.Answers[i].Rows {
			for k, v := range row {
				if _, is := v.(string); is {
					row[k] = queries.Value(evil)
				}
			}
		}
	}
	if page := rendered(t, r, Report.HTML); strings.Contains(page, "<script") || strings.Contains(page, "</svg><") && strings.Contains(page, evil) {
		t.Error("text of a row is markup")
	}
}

// TestMappingFilesHold: each has all it needs, and names figures that there are.
func TestMappingFilesHold(t *testing.T) {
	all, err := frameworksOf(nil)
	if err != nil || len(all) < 6 {
		t.Fatal(len(all), err)
	}
	for _, f := range all {
		if f.Title == "" || f.Edition == "" || !strings.HasPrefix(f.Source, "https://") || f.Scope == "" || len(f.Controls) < 5 {
			t.Errorf("%s: it lacks something", f.Name)
		}
		seen := map[string]bool{}
		for _, c := range f.Controls {
			if c.ID == "" || c.Title == "" || c.Gaps == "" || seen[c.ID] || (c.Does == "") != (len(c.Evidence) == 0) {
				t.Errorf("%s %s: want an id that no other control has, a title, gaps, and evidence of what Curfew does", f.Name, c.ID)
			}
			seen[c.ID] = true
			for _, id := range c.Evidence {
				if !slices.ContainsFunc(figures, func(t reading) bool { return t.ID == id }) {
					t.Errorf("%s %s: %s is no figure", f.Name, c.ID, id)
				}
			}
			if strings.Contains(strings.ToLower(c.Does), "complian") {
				t.Errorf("%s %s claims compliance", f.Name, c.ID)
			}
		}
	}
	for name, want := range map[string]int{"owasp-nhi": 10, "nist-800-207": 7} {
		if i := slices.IndexFunc(all, func(f Framework) bool { return f.Name == name }); i < 0 || len(all[i].Controls) != want {
			t.Errorf("%s: want %d controls", name, want)
		}
	}
	if _, err := frameworksOf([]string{"no-such"}); err == nil {
		t.Error("an unknown framework is accepted")
	}
}

// TestBarsAreJoinedUntilTheyCanBeToldApart: a year has no 365 bars.
func TestBarsAreJoinedUntilTheyCanBeToldApart(t *testing.T) {
	var days []bar
	for i := range 365 {
		days = append(days, bar{fmt.Sprint(i), []int64{1, 2}})
	}
	var sum int64
	out := joined(days)
	for _, b := range out {
		sum += b.total()
	}
	if len(out) > mostBars || sum != 3*365 {
		t.Errorf("%d bars with %d", len(out), sum)
	}
}
