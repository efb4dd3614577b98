package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestThePageIsServed(t *testing.T) {
	_, server := serve(t)
	for at, want := range map[string]string{
		"/": "<!doctype html>", "/console/app.js": "import", "/console/config.json": `"issuer":"` + server.URL + `/signin"`, "/none": "no such file",
	} {
		r, err := http.Get(server.URL + at)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil || !strings.Contains(string(b), want) {
			t.Errorf("%s: %.80q, %v; want %q", at, b, err, want)
		}
		if csp := r.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "connect-src 'self' "+server.URL+";") {
			t.Errorf("%s: policy is %q", at, csp)
		}
	}
}
