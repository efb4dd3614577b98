package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
	"curfew/shared/evidence/log"
)

// verifyPlay verifies the log that a play left, and each story's elevation in it. Then it changes one byte.
func verifyPlay(t *testing.T, dir string) {
	t.Helper()
	key, err := os.ReadFile(dir + ".vkey")
	if err != nil {
		t.Fatal(err)
	}
	verify := func() *log.Report {
		r, err := log.Verify(t.Context(), &log.Folder{Path: dir}, log.Options{Keys: []string{strings.TrimSpace(string(key))}})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := verify()
	if len(r.Problems) > 0 || r.Counts.Records < 40 || r.Counts.Rows < 6 {
		t.Fatalf("the log of a play: %+v", r)
	}
	bundle := filepath.Join(dir, "tile", "entries", "000.p", fmt.Sprint(r.Size))
	text, err := os.ReadFile(bundle)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte(`"elevation.ended"`)) + 2
	text[at] = 'X'
	if err := os.WriteFile(bundle, text, 0o600); err != nil {
		t.Fatal(err)
	}
	index := bytes.Count(text[:at], []byte(`{"attestation_list"`)) + bytes.Count(text[:at], []byte(`{"row"`)) // the first entry has the keys
	if r := verify(); len(r.Problems) == 0 || r.Problems[0].Entry == nil || *r.Problems[0].Entry != int64(index) {
		t.Errorf("a byte of entry %d was changed: %+v", index, r.Problems)
	}
}

// reportIsInTheLog finds the digest of the report that a play left, in the rows that it left.
func reportIsInTheLog(t *testing.T, dir string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(dir+".report", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := queries.Find("reports")
	if err != nil {
		t.Fatal(err)
	}
	engine, err := sqlite.OpenFolder(t.Context(), dir+".lake", q)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	args, err := q.Args(map[string]string{"from": "2026-01-01T00:00:00Z", "to": "9999-01-01T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := engine.Run(t.Context(), q, args)
	if digest := fmt.Sprintf("%x", sha256.Sum256(page)); err != nil || !strings.Contains(fmt.Sprint(made.Rows), digest) {
		t.Errorf("the rows have %v, %v, want the digest %s", made.Rows, err, digest)
	}
}

func TestALogIsOfOneRehearsal(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "checkpoint"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-play", "-log", dir}, &out, &errs); code != 1 || !strings.Contains(errs.String(), "is not empty") {
		t.Errorf("exit %d: %s", code, errs.String())
	}
}
