// Package functions_test invokes the built functions as Lambda does.
package functions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/catalog"
	"curfew/shared/onaws/lambdatest"
)

// dist is the folder of the built functions, dist/<function>/bootstrap, with the example catalog.
type dist string

// build builds all functions for this machine.
func build(t *testing.T) dist {
	t.Helper()
	read(t)
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "lambda.norpc", "-buildvcs=false", "-ldflags", "-s -w", "-o", dir+string(filepath.Separator), "./...")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	example, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	d := dist(filepath.Join(dir, "dist"))
	for _, name := range names() {
		folder := filepath.Join(string(d), name, "catalog")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, name), d.bootstrap(name)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, "catalog.json"), example.JSON(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// read opens every source file: go test caches a result by the files that the test process opened, and does not see
// what go build reads.
func read(t *testing.T) {
	t.Helper()
	for _, dir := range []string{".", "../shared", "../statemachines", "../go.mod"} {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				_, err = os.Stat(path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// names are the functions that have the settings of an installation: all but console.
func names() []string {
	return []string{"api", "archive", "backfill", "contain", "correlate", "decide", "expire", "grant", "notify", "reconcile", "revoke", "review", "trigger", "wait"}
}

func (d dist) bootstrap(name string) string { return filepath.Join(string(d), name, "bootstrap") }

// start runs a function with the environment of an installation that does not exist, and these changes.
func (d dist) start(t *testing.T, name string, changed ...string) *lambdatest.Process {
	t.Helper()
	env := append(lambdatest.Environment(filepath.Join(string(d), name)), changed...)
	p, err := lambdatest.Start(d.bootstrap(name), "curfew-"+name, env...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// ask sends an event and waits for the answer.
func ask(t *testing.T, p *lambdatest.Process, event string) lambdatest.Answer {
	t.Helper()
	a, err := p.Invoke(t.Context(), []byte(event), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// parseLine reads one line of a function's log.
func parseLine(t *testing.T, text string) map[string]any {
	t.Helper()
	var l map[string]any
	if err := json.Unmarshal([]byte(text), &l); err != nil {
		t.Fatalf("a line is no JSON object: %s", text)
	}
	return l
}

func TestTheBuiltFunctions(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds and starts programs: not with -short")
	}
	d := build(t)
	for _, name := range names() {
		t.Run(name, func(t *testing.T) {
			t.Run("what is missing is named together", func(t *testing.T) { nothingSet(t, d, name) })
			t.Run("what is malformed is named", func(t *testing.T) { refuseMalformed(t, d, name) })
			t.Run("an event that is not understood", func(t *testing.T) { notUnderstood(t, d, name) })
		})
	}
	t.Run("what AWS refuses", func(t *testing.T) { checkRefusals(t, d) })
	t.Run("half an order", func(t *testing.T) { halfAnOrder(t, d) })
	t.Run("a call without a caller", func(t *testing.T) { refuseAnonymous(t, d) })
	t.Run("a catalog that was tampered with", func(t *testing.T) { refuseTampered(t, d) })
	t.Run("no settings at all", func(t *testing.T) { noSettings(t, d) })
}

// noSettings starts each function with the environment of an installation without settings. All start; those that act
// in accounts report that no account is set up.
func noSettings(t *testing.T, d dist) {
	given, err := lambdatest.Given("../infra/testdata/environments.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names() {
		env := []string{"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=none", "AWS_SECRET_ACCESS_KEY=none", "AWS_ENDPOINT_URL=http://127.0.0.1:1"}
		for variable, value := range given["curfew-"+name] {
			env = append(env, variable+"="+strings.ReplaceAll(value, "/var/task", filepath.Join(string(d), name)))
		}
		p, err := lambdatest.Start(d.bootstrap(name), "curfew-"+name, env...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		if a := ask(t, p, `["not","an","object"]`); a.ErrorType != "Invalid" {
			t.Errorf("%s: answer = %+v, want it to have started", name, a)
		}
		acts := slices.Contains([]string{"api", "contain", "grant", "reconcile", "review", "revoke", "trigger"}, name)
		if said := strings.Contains(strings.Join(p.Lines(), "\n"), "no account is set up yet"); said != acts {
			t.Errorf("%s says that no account is set up = %v, want %v", name, said, acts)
		}
	}
}

// waitForExit waits for a function to exit, and reads its only line.
func waitForExit(t *testing.T, p *lambdatest.Process) (text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code, err := p.Exited(ctx)
	if err != nil || code != 1 {
		t.Fatalf("exit code %d, %v, want 1", code, err)
	}
	lines := p.Lines()
	if len(lines) != 1 {
		t.Fatalf("%d lines, want one:\n%s", len(lines), strings.Join(lines, "\n"))
	}
	return fmt.Sprint(parseLine(t, lines[0])["error"])
}

func nothingSet(t *testing.T, d dist, name string) {
	p, err := lambdatest.Start(d.bootstrap(name), name, "AWS_REGION=us-east-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	text := waitForExit(t, p)
	for _, variable := range []string{"CURFEW_NAME", "CURFEW_BOUNDARIES", "CURFEW_ACCESS_TABLE", "CURFEW_AUDIT_TABLE"} {
		if !strings.Contains(text, variable+" is missing") {
			t.Errorf("error = %q, want it to name %s", text, variable)
		}
	}
}

func refuseMalformed(t *testing.T, d dist, name string) {
	text := waitForExit(t, d.start(t, name, "CURFEW_NAME=Not A Name", "CURFEW_AUDIT_TABLE="))
	if !strings.Contains(text, "CURFEW_NAME is malformed") || !strings.Contains(text, "CURFEW_AUDIT_TABLE is missing") {
		t.Errorf("error = %q, want it to name both variables", text)
	}
}

func notUnderstood(t *testing.T, d dist, name string) {
	p := d.start(t, name)
	for range 2 { // it goes on afterwards
		if a := ask(t, p, `["not","an","object"]`); a.ErrorType != "Invalid" {
			t.Errorf("answer = %+v, want an error of type Invalid", a)
		}
	}
	first := parseLine(t, p.Lines()[0])
	decides := slices.Contains([]string{"api", "backfill", "contain", "correlate", "decide", "grant", "reconcile", "review", "trigger"}, name)
	if first["msg"] != "begin" || first["version"] != "dev" || (first["catalog"] != nil) != decides {
		t.Errorf("first line = %v, want the build, and the catalog of those that decide", first)
	}
}

func halfAnOrder(t *testing.T, d dist) {
	p := d.start(t, "revoke")
	for _, order := range []string{`{"id":"nothing","principal":""}`, `{"detail-type":"Scheduled Event","source":"aws.events"}`} {
		if a := ask(t, p, order); a.ErrorType != "Invalid" {
			t.Errorf("answer to %s = %+v, want Invalid", order, a)
		}
	}
}

func refuseAnonymous(t *testing.T, d dist) {
	p := d.start(t, "api")
	a := ask(t, p, `{"httpMethod":"GET","path":"/v1/me","requestContext":{"identity":{"sourceIp":"192.0.2.1"}}}`)
	var answer struct{ StatusCode int }
	if err := json.Unmarshal(a.Payload, &answer); err != nil || answer.StatusCode != 401 {
		t.Errorf("answer = %s %+v, want 401", a.Payload, a)
	}
	if a := ask(t, p, `{"id":"01k6s3v0w8q2m4n6p8r0t2v4x6"}`); a.ErrorType != "Denied" {
		t.Errorf("answer to an event of no door = %+v, want Denied", a)
	}
}

func refuseTampered(t *testing.T, d dist) {
	example, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "catalog.json"), append(example.JSON(), ' '), 0o644); err != nil {
		t.Fatal(err)
	}
	if text := waitForExit(t, d.start(t, "grant", "CURFEW_CATALOGS="+folder)); !strings.Contains(text, "canonical") {
		t.Errorf("error = %q, want it to refuse the catalog", text)
	}
}
