package command_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess"
)

// auditedLake has one elevation, whose people wrote text that a spreadsheet or a terminal would obey.
func auditedLake(t *testing.T) string {
	t.Helper()
	ctx, objects, rows := t.Context(), &log.Folder{Path: t.TempDir()}, &log.Folder{Path: t.TempDir()}
	const id = "01kg6y3m1x8q2v4t6w8y0a2c4e"
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	var head evidence.Head
	var texts [][]byte
	record := func(kind, actor string, detail any) {
		r, next, err := evidence.Append(evidence.ElevationChain(id), head, evidence.Entry{At: at, Kind: kind, Actor: actor, Detail: detail})
		if err != nil {
			t.Fatal(err)
		}
		texts, head, at = append(texts, r.Text()), next, at.Add(time.Minute)
	}
	body := `{"requester":{"id":"person:ana","kind":"person","name":"=HYPERLINK(\"https://example.com\")"},"principal":{"arn":"arn:aws:iam::111122223333:role/engineer","account":"111122223333"},` +
		`"entitlement":"admin-30m","task":{"kind":"change","id":"\tCHG-1"},"reason":"red \u001b[31m","requested_at":"2026-11-20T12:00:00Z"}`
	row, err := log.Entry{Row: &log.Row{Partition: "elevation#" + id, Sort: "terms", Version: 1, Body: body}}.Text()
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, row)
	record("elevation.granting", "grant", map[string]any{"deadline": at.Add(time.Hour)})
	g, err := log.NewEdge().Append(texts)
	if err != nil {
		t.Fatal(err)
	}
	store := inprocess.NewStore(inprocess.StoreSettings{})
	defer store.Close()
	f := &lake.Follower{Lake: lake.Lake{Objects: rows}, Log: objects, Store: store, Now: time.Now}
	if err := f.Add(context.WithoutCancel(ctx), g); err != nil {
		t.Fatal(err)
	}
	return rows.Path
}

func asks(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := command.Run(t.Context(), append([]string{"audit"}, args...), command.Env{
		Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Getenv: func(string) string { return "" },
		Now: func() time.Time { return time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC) }, Width: func() int { return 120 },
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

func TestAudit(t *testing.T) {
	where := auditedLake(t)
	var all strings.Builder
	for _, line := range []string{
		"", "held-at --show", "held-by --lake LAKE --set principal=arn:aws:iam::111122223333:role/engineer", "held-by --lake LAKE --set principal=arn:aws:iam::111122223333:role/other",
		"longest --lake LAKE --set most=3 -o json", "by-task --lake LAKE --set kind=change -o csv",
	} {
		r := asks(t, strings.Fields(strings.ReplaceAll(line, "LAKE", where))...)
		all.WriteString("$ curfew audit " + line + "\n" + r.stdout + r.stderr + "\n")
	}
	golden(t, "audit", all.String())
}

func TestAuditNamesWhatIsWrong(t *testing.T) {
	where := auditedLake(t)
	for line, want := range map[string]string{
		"held-att": `"held-att" is not a query: did you mean held-at?`,
		"held-at --lake LAKE --set account=111122223333":                            "audit held-at: want --set at=TIME: the instant",
		"held-at --lake LAKE --set account=111122223333 --set at=noon":              "at: want a time: the instant",
		"held-at --lake LAKE --set account=1 --set at=2026-11-30 --set more=1":      "more: the query held-at has no such parameter",
		"held-at --lake LAKE --set account=1 --set account=2":                       `--set "account=2": want NAME=VALUE, each name once`,
		"held-at --lake LAKE --set account=1 --set at=2026-11-30 --from 2026-11-01": "from: the query held-at has no such parameter",
		"decisions --lake LAKE --from yesterday":                                    "from: want a time: the first decision",
		"decisions --lake LAKE --set from=2026-11-01":                               "--set from: give --from",
		"longest --lake LAKE --set most=ten":                                        "most: want a number: so many rows",
		"decisions":                                                                 "no rows to ask: give --lake",
		"decisions --lake s3://bucket":                                              "copy it to a folder first (aws s3 sync s3://bucket ./lake), or give --athena",
		"decisions --lake LAKE --athena curfew":                                     "lake athena",
		"decisions --lake LAKE/none":                                                "it is no lake",
		"decisions --lake LAKE -o yaml":                                             `--output "yaml": want table, wide, csv or json`,
	} {
		r := asks(t, strings.Fields(strings.ReplaceAll(line, "LAKE", where))...)
		if r.code == 0 || !strings.Contains(r.stderr, want) || strings.Count(r.stderr, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, want %q", line, r.code, r.stderr, want)
		}
	}
}

// TestCSVOfEvidenceIsNotRun: a requester chose the texts.
func TestCSVOfEvidenceIsNotRun(t *testing.T) {
	where := auditedLake(t)
	r := asks(t, "held-by", "--lake", where, "--set", "principal=arn:aws:iam::111122223333:role/engineer", "-o", "csv")
	rows, err := csv.NewReader(strings.NewReader(r.stdout)).ReadAll()
	if err != nil || len(rows) != 2 {
		t.Fatal(r, err)
	}
	if got := rows[1]; got[2] != `'=HYPERLINK("https://example.com")` || got[5] != `'\u{9}CHG-1` || got[6] != `red \u{1b}[31m` {
		t.Errorf("the cells are %q", got)
	}
	for _, output := range []string{"table", "wide", "json", "csv"} {
		if r := asks(t, "held-by", "--lake", where, "--set", "principal=arn:aws:iam::111122223333:role/engineer", "-o", output); r.code != 0 || strings.ContainsAny(r.stdout, "\x1b\t") {
			t.Errorf("-o %s: exit %d, %q", output, r.code, r.stdout)
		}
	}
	if r := asks(t, "decisions", "--lake", where, "-o", "json"); r.code != 0 || !json.Valid([]byte(r.stdout)) || !strings.Contains(r.stdout, `"rows": []`) {
		t.Errorf("no rows as JSON: %+v", r)
	}
}
