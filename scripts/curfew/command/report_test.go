package command_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/evidence/restore"
)

// withLake has the rows of its log in the folder lake.
func withLake(t *testing.T) *logFolder {
	t.Helper()
	f := newLogFolder(t)
	by, err := note.NewVerifier(f.vkey)
	if err != nil {
		t.Fatal(err)
	}
	from := &log.Folder{Path: "log"}
	tree, err := restore.Open(t.Context(), from, note.VerifierList(by))
	if err == nil {
		err = lake.Lake{Objects: &log.Folder{Path: "lake"}}.Rebuild(t.Context(), from, tree, func(int64) {})
	}
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestReportPrintsTheDigestsOfItsFiles: and each file names the checkpoint that the key signed.
func TestReportPrintsTheDigestsOfItsFiles(t *testing.T) {
	f := withLake(t)
	r := f.tells("report --lake lake --log log --key log.vkey --from 2026-03-01 --to 2026-04-01 --out out --framework owasp-nhi")
	if r.code != 0 {
		t.Fatalf("%+v", r)
	}
	for _, name := range []string{"report.html", "report.json", "report.csv"} {
		text := f.read("out/" + name)
		sum := sha256.Sum256([]byte(text))
		if want := hex.EncodeToString(sum[:]) + "  out/" + name + "\n"; !strings.Contains(r.stdout, want) {
			t.Errorf("%s\nlacks %s", r.stdout, want)
		}
		if name != "report.csv" && (!strings.Contains(text, logOrigin) || !strings.Contains(text, "OWASP") || strings.Contains(text, "PCI DSS")) {
			t.Errorf("%s does not name the log and the one framework", name)
		}
	}
	for line, want := range map[string]string{
		"report --lake lake --from 2026-03-01 --to 2026-03-01":                                     "is empty",
		"report --lake lake --from yesterday --to 2026-03-01":                                      `--from "yesterday"`,
		"report --lake lake --from 2026-03-01 --to 2026-04-01 --framework x":                       "is no framework",
		"report --lake lake --log log --from 2026-03-01 --to 2026-04-01":                           "needs --key",
		"report --lake lake --log log --key " + otherKey(t) + " --from 2026-03-01 --to 2026-04-01": "checkpoint",
	} {
		if r := f.tells(line); r.code == 0 || !strings.Contains(r.stderr, want) {
			t.Errorf("%s: %+v, want %s", line, r, want)
		}
	}
}
