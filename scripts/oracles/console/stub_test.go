package console

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"curfew/shared/console"
)

// stub serves the page with an API and an issuer that answer what a test wants.
type stub struct {
	base   string
	issuer *issuer

	mu  sync.Mutex // guards the field below
	api http.Handler
}

// newStub serves until the test ends.
func newStub(t *testing.T) *stub {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &stub{base: "http://" + l.Addr().String(), api: http.NotFoundHandler()}
	s.issuer = &issuer{url: func() string { return s.base + "/issuer" }, codes: map[string]asked{}}
	site, err := console.New(console.Settings{Issuer: s.issuer.url(), Audience: audience, Client: client, Inbox: true})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", site)
	mux.Handle("/issuer/", s.issuer.handler())
	api := func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.api.ServeHTTP(w, r)
	}
	mux.HandleFunc("/v1/", api)
	mux.HandleFunc("/local/inbox", api)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return s
}

// serve lets h answer as the API.
func (s *stub) serve(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.api = h
}

// answersWith lets the API answer from a. The caller is an operator with every right.
func (s *stub) answersWith(t *testing.T, a *answers, me map[string]any) {
	t.Helper()
	s.serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/me" {
			answer(w, http.StatusOK, me)
			return
		}
		if a.refuses {
			answer(w, http.StatusConflict, a.problem())
			return
		}
		if r.URL.Path == "/local/inbox" {
			answer(w, http.StatusOK, a.inbox())
			return
		}
		v, there := a.to(r.Method, r.URL.EscapedPath())
		if !there {
			answer(w, http.StatusNotFound, map[string]any{"title": "Not found", "status": 404, "detail": "not in the document: " + r.URL.Path})
			return
		}
		if !a.wild {
			if err := a.seal(v); err != nil {
				t.Error(err)
			}
		}
		answer(w, http.StatusOK, v)
	}))
}

// signIn signs in at the stub's issuer, and shows a view.
func (s *stub) signIn(p *tab, view string) {
	p.t.Helper()
	p.open(s.base + "/#/" + view)
	p.click("button", "Sign in")
	p.sees("Signed in as")
}

func operator(name string) map[string]any {
	return map[string]any{"id": "person:" + name, "kind": "person", "name": name, "groups": []string{"operators", name}, "operator": true, "mfa": true, "mfa_at": time.Now().UTC().Format(time.RFC3339)}
}

// show shows a view, and waits until it does not load.
func (p *tab) show(view string) {
	p.t.Helper()
	eval[bool](p, fmt.Sprintf(`location.hash = %q, true`, "#/"+view))
	p.await("the view "+view, func() bool {
		return eval[bool](p, fmt.Sprintf(`location.hash === %q && !/^(Loading|Reading|Asking)…$/m.test(document.getElementById("content").innerText)`, "#/"+view))
	})
}
