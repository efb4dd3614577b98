package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden file anew")

// What differs between plays: seconds, digests, ids.
var masks = []struct {
	find *regexp.Regexp
	put  string
}{
	{regexp.MustCompile(`(?m)^ +\d+\.\ds`), "   N.Ns"},
	{regexp.MustCompile(`overstay \d+ s`), "overstay N s"},
	{regexp.MustCompile(`stories in \d+ seconds`), "stories in N seconds"},
	{regexp.MustCompile(`\d+ records`), "N records"},
	{regexp.MustCompile(`terms [0-9a-f]{12}`), "terms xxxxxxxxxxxx"},
	{regexp.MustCompile(`curfew-…[0-9a-z]{4}`), "curfew-…xxxx"},
	{regexp.MustCompile(`a log of \d+ entries`), "a log of N entries"},
	{regexp.MustCompile(`000\.p/\d+`), "000.p/N"},
	{regexp.MustCompile(`proof [0-9a-z]{26}`), "proof ID"},
	{regexp.MustCompile(`elevation=[0-9a-z]{26}`), "elevation=ID"},
}

func TestPlay(t *testing.T) {
	t.Parallel()
	var out, errs bytes.Buffer
	dir := filepath.Join(t.TempDir(), "log")
	if code := run(t.Context(), []string{"-play", "-log", dir}, &out, &errs); code != 0 {
		t.Fatalf("exit %d: %s\n%s", code, errs.String(), out.String())
	}
	reportIsInTheLog(t, dir)
	verifyPlay(t, dir)
	got := strings.ReplaceAll(out.String(), dir, "DIR")
	for _, m := range masks {
		got = m.find.ReplaceAllString(got, m.put)
	}
	golden := filepath.Join("testdata", "play.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("play prints:\n%s\nwant:\n%s", got, want)
	}
}

func TestBadFilesAreOneLine(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file("catalog/entitlements/x.yaml", "about: x\nnonsense: 1\n")
	for _, c := range []struct {
		name string
		args []string
		want string
		code int
	}{
		{"world that is not there", []string{"-world", filepath.Join(dir, "none.json")}, "none.json", 1},
		{"world that is no JSON", []string{"-world", file("w1.json", "{\n  \"RoleDetailList\": [,]\n}")}, "w1.json:2", 1},
		{"world with a role without an ARN", []string{"-world", file("w2.json", "{\n \"RoleDetailList\": [\n  {\"RoleName\": \"x\"}\n ]\n}")}, "w2.json:", 1},
		{"catalog with an unknown field", []string{"-catalog", filepath.Join(dir, "catalog")}, "entitlements/x.yaml:2", 1},
		{"address that others could reach", []string{"-addr", "0.0.0.0:8080"}, "127.0.0.1", 1},
		{"address that is none", []string{"-addr", "8080"}, "-addr", 1},
		{"play without its hyphen", []string{"play"}, "-play", 2},
		{"flag that there is not", []string{"-nonsense"}, "nonsense", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var errs bytes.Buffer
			code := run(ctx, c.args, io.Discard, &errs)
			if code != c.code || !strings.Contains(errs.String(), c.want) {
				t.Errorf("exit %d, %q; want %d and %q", code, errs.String(), c.code, c.want)
			}
		})
	}
}

// serve runs a rehearsal behind a test server.
func serve(t *testing.T) (*house, *httptest.Server) {
	t.Helper()
	return serveWith(t, options{})
}

func serveWith(t *testing.T, o options) (*house, *httptest.Server) {
	t.Helper()
	h, err := newHouse(o, discard())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	if server.Config.Handler, err = h.handler("http://" + server.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(func() { server.Close(); h.Close() })
	return h, server
}

func TestForeignHostAndOriginAreNotServed(t *testing.T) {
	_, server := serve(t)
	for _, c := range []struct {
		name, host, origin string
		want               int
	}{
		{"as 127.0.0.1", "", "", http.StatusOK},
		{"its own origin", "", server.URL, http.StatusOK},
		{"a name that resolves here", "evil.example.com", "", http.StatusMisdirectedRequest},
		{"a foreign origin", "", "https://evil.example.com", http.StatusForbidden},
		{"another port's origin", "", "http://127.0.0.1:1", http.StatusForbidden},
		{"no origin at all", "", "null", http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/openapi.json", nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.host != "" {
				req.Host = c.host
			}
			if c.origin != "" {
				req.Header.Set("Origin", c.origin)
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != c.want {
				t.Errorf("status = %d, want %d", resp.StatusCode, c.want)
			}
		})
	}
}

func TestTokensAreNeeded(t *testing.T) {
	h, server := serve(t)
	for token, want := range map[string]int{"": 401, "local-x": 401, h.tokens.of("ana"): 200} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/me", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("status = %d, want %d", resp.StatusCode, want)
		}
	}
}

func TestCallsAndEvents(t *testing.T) {
	_, server := serve(t)
	for _, c := range []struct {
		name, path, body, want string
		status                 int
	}{
		{"a call that nothing allows", "/local/calls", `{"principal":"` + deployer + `","session":"ana","action":"s3:DeleteBucket","resource":"*"}`, "implicit-deny", 200},
		{"a call as an unknown principal", "/local/calls", `{"principal":"arn:aws:iam::111122223333:role/engineer-deplyo","action":"s3:*","resource":"*"}`, "no principal", 404},
		{"a call with an unknown field", "/local/calls", `{"who":"me"}`, "unknown field", 400},
		{"an event that is none", "/local/events", `{`, "event:", 400},
		{"an event of something else", "/local/events", `{"version":"0","id":"x","detail-type":"y","source":"z","account":"111122223333","time":"2026-01-01T00:00:00Z","region":"us-east-1","resources":[],"detail":{}}`, "none", 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, err := http.Post(server.URL+c.path, "application/json", strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			b, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != c.status || !strings.Contains(string(b), c.want) {
				t.Errorf("%d %s; want %d and %q", resp.StatusCode, b, c.status, c.want)
			}
		})
	}
}

// Ctrl-C ends the rehearsal and prints what was open.
func TestFarewellNamesWhatWasOpen(t *testing.T) {
	h, server := serve(t)
	body, _ := json.Marshal(map[string]any{
		"entitlement": "admin-30m", "principal": deployer, "task": map[string]string{"kind": "change", "id": "CHG-1"},
		"reason": "a test", "duration_seconds": 60, "parameters": map[string]string{"account": account},
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/elevations", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+h.tokens.of("ana"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		t.Fatalf("status = %d", resp.StatusCode)
	}
	var out bytes.Buffer
	h.farewell(&out)
	if got := out.String(); !strings.Contains(got, "1 elevations were open") || !strings.Contains(got, "requested  admin-30m on "+deployer) {
		t.Errorf("farewell = %q", got)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
