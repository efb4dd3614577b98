package console

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"curfew/shared/fault"
)

const issuer = "https://id.example.com/pool"

func newSite(t *testing.T) *Site {
	t.Helper()
	s, err := New(Settings{Issuer: issuer, Audience: "curfew", Client: "page", CLI: "cli", Scopes: []string{"openid", "profile"}, Origins: []string{"https://login.example.com"}, HTTPS: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	s := newSite(t)
	for _, r := range []Request{
		{Method: "GET", Path: "/"}, {Method: "HEAD", Path: "/"}, {Method: "GET", Path: "/console/app.js"}, {Method: "GET", Path: "/console/config.json"},
		{Method: "GET", Path: "/console/none"}, {Method: "POST", Path: "/"}, {Method: "", Path: ""},
		{Method: "GET", Path: "/", Tags: "*"}, {Method: "GET", Path: "/", Encodings: "gzip"},
	} {
		a := s.Answer(r)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' https://id.example.com https://login.example.com; " +
				"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-cache", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := a.Header[name]; got != want {
				t.Errorf("%+v: %s is %q, want %q", r, name, got, want)
			}
		}
		if a.Header["Permissions-Policy"] == "" || a.Header["Set-Cookie"] != "" || a.Header["Access-Control-Allow-Origin"] != "" {
			t.Errorf("%+v: headers are %v", r, a.Header)
		}
		for name := range a.Header {
			if http.CanonicalHeaderKey(name) != name {
				t.Errorf("%s is not canonical: two spellings could be sent", name)
			}
		}
	}
}

func TestAnswers(t *testing.T) {
	s := newSite(t)
	tag := s.Answer(Request{Method: "GET", Path: "/"}).Header["Etag"]
	for _, c := range []struct {
		r      Request
		status int
		text   string // part of the body
	}{
		{Request{Method: "GET", Path: "/"}, 200, "<!doctype html>"},
		{Request{Method: "GET", Path: "/console/app.js"}, 200, "import"},
		{Request{Method: "GET", Path: "/console/config.json"}, 200, `{"issuer":"https://id.example.com/pool","audience":"curfew","console_client":"page","cli_client":"cli","scopes":["openid","profile"]}`},
		{Request{Method: "HEAD", Path: "/"}, 200, ""},
		{Request{Method: "GET", Path: "/", Tags: tag}, 304, ""},
		{Request{Method: "GET", Path: "/", Tags: `"x", ` + strings.TrimPrefix(tag, "W/")}, 304, ""},
		{Request{Method: "GET", Path: "/", Tags: `"x"`}, 200, "<!doctype html>"},
		{Request{Method: "POST", Path: "/"}, 405, "use GET"},
		{Request{Method: "GET", Path: "/console/index.html"}, 404, "no such file"},
		{Request{Method: "GET", Path: "/console/"}, 308, "The page is at /."},
		{Request{Method: "GET", Path: "/console"}, 308, "The page is at /."},
		{Request{Method: "GET", Path: "/console/console.go"}, 404, ""},
		{Request{Method: "GET", Path: "/console/../console.go"}, 404, ""},
		{Request{Method: "GET", Path: "/console/%2e%2e/console.go"}, 404, ""},
		{Request{Method: "GET", Path: `/console/..\console.go`}, 404, ""},
		{Request{Method: "GET", Path: "/console//app.js"}, 404, ""},
		{Request{Method: "GET", Path: "//etc/passwd"}, 404, ""},
		{Request{Method: "GET", Path: "/console/app.js\x00.html"}, 404, ""},
		{Request{Method: "GET", Path: "/Console/app.js"}, 404, ""},
	} {
		a := s.Answer(c.r)
		if a.Status != c.status || !strings.Contains(string(a.Body), c.text) {
			t.Errorf("%+v: %d %.60q, want %d with %q", c.r, a.Status, a.Body, c.status, c.text)
		}
		if (c.r.Method == "HEAD" || a.Status == 304) && a.Body != nil {
			t.Errorf("%+v has a body", c.r)
		}
	}
}

func TestAnswersAreCompressedForWhoTakesIt(t *testing.T) {
	s := newSite(t)
	for encodings, want := range map[string]bool{"gzip": true, "br, gzip;q=0.5": true, "gzip;q=0": false, "": false, "br": false, "x-gzip": false, "gzip;q=0.0": false, "gzip ; q=1": true} {
		a := s.Answer(Request{Method: "GET", Path: "/console/style.css", Encodings: encodings})
		if got := a.Header["Content-Encoding"] == "gzip"; got != want || a.Header["Vary"] != "Accept-Encoding" {
			t.Errorf("%q: compressed %v, want %v; %v", encodings, got, want, a.Header)
			continue
		}
		if !want {
			continue
		}
		r, err := gzip.NewReader(bytes.NewReader(a.Body))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(plain, s.files["/console/style.css"].body) {
			t.Errorf("%q: other bytes, %v", encodings, err)
		}
	}
}

func TestHTTP(t *testing.T) {
	srv := httptest.NewServer(newSite(t))
	defer srv.Close()
	r, err := http.Get(srv.URL + "/console/app.js")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "text/javascript; charset=utf-8" || r.Header.Get("Content-Security-Policy") == "" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
}

func TestSettingsMustBeSafe(t *testing.T) {
	for _, url := range []string{"http://id.example.com", "id.example.com", "https://", "https://u:p@id.example.com", "https://id.example.com;x", "https://*.example.com", "javascript:alert(1)",
		"https://a b", "https://id.example.com'", "data:text/html,x"} {
		if _, err := New(Settings{Issuer: url}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("issuer %q: %v, want Invalid", url, err)
		}
		if _, err := New(Settings{Origins: []string{url}}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("origin %q: %v, want Invalid", url, err)
		}
	}
	s, err := New(Settings{Issuer: "http://127.0.0.1:8080/signin"})
	if err != nil {
		t.Fatal(err)
	}
	a := s.Answer(Request{Method: "GET", Path: "/"})
	if a.Header["Strict-Transport-Security"] != "" || !strings.Contains(a.Header["Content-Security-Policy"], "connect-src 'self' http://127.0.0.1:8080;") {
		t.Errorf("a page of one machine: %v", a.Header)
	}
}

func TestEnvironment(t *testing.T) {
	asked := map[string]bool{}
	got := FromEnvironment(func(name string) string {
		asked[name] = true
		return map[string]string{"CURFEW_SCOPES": "openid,groups", "CURFEW_ISSUER": issuer}[name]
	})
	if want := []string{"openid", "groups"}; !slices.Equal(got.Scopes, want) || got.Issuer != issuer || !got.HTTPS || len(got.Origins) > 0 {
		t.Errorf("got %+v", got)
	}
	if names := slices.Sorted(maps.Keys(asked)); !slices.Equal(names, Variables()) {
		t.Errorf("asked for %v, Variables are %v", names, Variables())
	}
}

// sources returns the files by name.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := static.ReadDir("static")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		b, err := fs.ReadFile(static, path.Join("static", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

func TestThePageIsSmall(t *testing.T) {
	const most = 80 << 10
	s := newSite(t)
	var sum, plain int
	for _, at := range slices.Sorted(maps.Keys(s.files)) {
		f := s.files[at]
		sum += len(f.gzipped())
		plain += len(f.body)
		if lines := strings.Count(string(f.body), "\n"); lines > 400 {
			t.Errorf("%s has %d lines, at most 400", at, lines)
		}
	}
	t.Logf("%d files, %d bytes, %d compressed, at most %d", len(s.files), plain, sum, most)
	if sum > most {
		t.Errorf("%d bytes compressed, at most %d", sum, most)
	}
}

// mistake finds what the sources must not have, and returns an example that it must find.
type mistake struct {
	is, example string
}

func mistakes() []mistake {
	return []mistake{
		{`innerHTML|outerHTML|insertAdjacentHTML|setHTML|parseFromString|createContextualFragment|srcdoc`, "e.innerHTML = text"},
		{`document\.write`, "document.write(text)"},
		{`\beval\b|\bFunction\s*\(|\bimport\s*\(`, "new Function(text)"},
		{`set(Timeout|Interval)\s*\(\s*["'` + "`]", `setTimeout("x()", 1)`},
		{`[\s"']on[a-z]+\s*=\s*["']`, `<p onclick="x()">`},
		{`\sstyle\s*=\s*["']|\.style\b|cssText`, `<p style="color: red">`},
		{`javascript:`, `href="javascript:x()"`},
		{`localStorage|indexedDB|document\.cookie|caches\b|serviceWorker`, "localStorage.x = 1"},
		{`createPolicy|trustedTypes`, "trustedTypes.createPolicy()"},
		{`postMessage|window\.open|\bopener\b`, "opener.postMessage(1)"},
		{`<script(?:[^>]*)>[^<]`, "<script>x()</script>"},
		{`<style`, "<style>p {}</style>"},
		{`@import|\burl\(`, "background: url(x.png)"},
		{`console\.(log|debug|info)`, "console.log(token)"},
	}
}

func TestSourcesMakeNoMarkup(t *testing.T) {
	all := sources(t)
	for _, m := range mistakes() {
		is := regexp.MustCompile(m.is)
		if !is.MatchString(m.example) {
			t.Errorf("%s does not find its example %q", m.is, m.example)
		}
		for name, text := range all {
			if found := is.FindString(withoutComments(text)); found != "" {
				t.Errorf("%s has %q", name, found)
			}
		}
	}
}

// withoutComments removes lines that are comments alone.
func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)^\s*(//|\*|/\*\*).*$`).ReplaceAllString(text, "")
}

// TestSourcesNameNoOtherHost: a namespace is a name; comments may name what the code follows.
func TestSourcesNameNoOtherHost(t *testing.T) {
	is := regexp.MustCompile(`(?i)\b(https?|wss?|ftp|data|blob):/*[^\s"'` + "`" + `)]+|["'(]//[a-z]`)
	for name, text := range sources(t) {
		for _, found := range is.FindAllString(withoutComments(text), -1) {
			if found != "http://www.w3.org/2000/svg" {
				t.Errorf("%s names %s", name, found)
			}
		}
	}
}

func TestEveryFileThatIsNamedIsThere(t *testing.T) {
	s, all, named := newSite(t), sources(t), map[string]bool{}
	inPage := regexp.MustCompile(`"(/console/[^"]*)"`)
	imports := regexp.MustCompile(`(?m)^import\b[^"]*"([^"]+)"`)
	for name, text := range all {
		var paths []string
		for _, m := range inPage.FindAllStringSubmatch(text, -1) {
			paths = append(paths, m[1])
		}
		for _, m := range imports.FindAllStringSubmatch(text, -1) {
			if !strings.HasPrefix(m[1], "./") {
				t.Errorf("%s imports %s, which is not a file beside it", name, m[1])
			}
			paths = append(paths, path.Join("/console", m[1]))
		}
		for _, p := range paths {
			named[p] = true
			if _, there := s.files[p]; !there {
				t.Errorf("%s names %s, which is not there", name, p)
			}
		}
	}
	for p := range s.files {
		if p != "/" && !named[p] {
			t.Errorf("%s is not used", p)
		}
	}
}

func TestScriptsHaveDocumentedExports(t *testing.T) {
	for name, text := range sources(t) {
		if path.Ext(name) != ".js" {
			continue
		}
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			exported := strings.HasPrefix(line, "export ") && !strings.HasPrefix(line, "export default") && !strings.HasPrefix(line, "export const views")
			if exported && (i == 0 || !strings.HasSuffix(lines[i-1], "*/")) {
				t.Errorf("%s:%d: %s has no comment", name, i+1, line)
			}
		}
	}
}

// A browser asks at once for all that the files before import, and Lambda refuses what is more than its reservation: one file that is
// refused leaves the page empty. infra/settings.go and scripts/curfew/preflight/concurrency.go reserve for so many.
func TestABrowserAsksForFewFilesAtOnce(t *testing.T) {
	const most = 20
	all, asked := sources(t), map[string]bool{"app.js": true}
	imports := regexp.MustCompile(`(?m)^(?:import|export)\b[^"]*"\./([^"]+)"`)
	for wave := []string{"app.js"}; len(wave) > 0; {
		if len(wave) > most {
			t.Errorf("%d files at once, at most %d: %q", len(wave), most, wave)
		}
		var next []string
		for _, name := range wave {
			for _, m := range imports.FindAllStringSubmatch(all[name], -1) {
				if !asked[m[1]] {
					asked[m[1]] = true
					next = append(next, m[1])
				}
			}
		}
		wave = next
	}
	if len(asked) < 25 {
		t.Errorf("only %q are found", slices.Sorted(maps.Keys(asked)))
	}
}
