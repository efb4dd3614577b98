package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/identity"
)

// Authenticator says who calls, from what the authorizer of the door wrote and from nothing that the caller could write
// himself. An error, or a caller without an id, is answered with 401; its text goes to the log.
type Authenticator func(*http.Request) (identity.Caller, error)

// New serves the whole API: what [API] and [Decisions] serve.
func New(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	d := door{svc, auth, log}
	return d.handler(append(d.api(), d.decisions()...))
}

// API serves everything but the decisions on elevations: the function api, which cannot write one.
func API(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	d := door{svc, auth, log}
	return d.handler(d.api())
}

// Decisions serves POST /v1/elevations/{id}/decisions and nothing else: the function decide, the only writer of decisions.
func Decisions(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	d := door{svc, auth, log}
	return d.handler(d.decisions())
}

type door struct {
	svc  *access.Service
	auth Authenticator
	log  *slog.Logger
}

// verb serves one call of a caller who is known.
type verb func(context.Context, identity.Caller, *http.Request) (reply, error)

type route struct {
	method, path string
	verb         verb
	open         bool // to anybody: the verb gets no caller
}

func (d door) api() []route {
	return []route{
		{method: "POST", path: "/v1/elevations", verb: d.submit},
		{method: "GET", path: "/v1/elevations", verb: d.list},
		{method: "GET", path: "/v1/elevations/{id}", verb: d.show},
		{method: "POST", path: "/v1/elevations/{id}/end", verb: d.plain(d.svc.End)},
		{method: "POST", path: "/v1/elevations/{id}/heartbeat", verb: d.plain(d.svc.Heartbeat)},
		{method: "POST", path: "/v1/elevations/{id}/withdraw", verb: d.plain(d.svc.Withdraw)},
		{method: "POST", path: "/v1/elevations/{id}/acknowledge", verb: d.plain(d.svc.Acknowledge)},
		{method: "POST", path: "/v1/elevations/{id}/review", verb: d.signReview},
		{method: "POST", path: "/v1/ends", verb: d.endAll},
		{method: "GET", path: "/v1/suspensions", verb: d.suspensions},
		{method: "POST", path: "/v1/suspensions", verb: d.suspend},
		{method: "POST", path: "/v1/suspensions/lift", verb: d.lift},
		{method: "GET", path: "/v1/entitlements", verb: d.entitlements},
		{method: "GET", path: "/v1/me", verb: d.me},
		{method: "GET", path: "/v1/openapi.json", verb: d.openapi, open: true},
	}
}

func (d door) decisions() []route {
	return []route{{method: "POST", path: "/v1/elevations/{id}/decisions", verb: d.decide}}
}

// handler routes, and answers what has no route as a problem too.
func (d door) handler(routes []route) http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, r := range routes {
		mux.Handle(r.method+" "+r.path, d.serve(r))
		methods[r.path] = append(methods[r.path], r.method)
		if r.method == http.MethodGet { // the mux serves it with the same route
			methods[r.path] = append(methods[r.path], http.MethodHead)
		}
	}
	for p, allowed := range methods {
		slices.Sort(allowed)
		mux.Handle(p, d.notAllowed(strings.Join(allowed, ", ")))
	}
	mux.Handle("/", d.nowhere())
	return d.guard(mux)
}

// guard is around every route: what every answer carries, how much is read, and what becomes of a panic.
func (d door) guard(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		defer d.recovered(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if r.URL.Path != path.Clean(r.URL.Path) { // the mux would redirect, and a redirected POST is sent twice
			d.nowhere().ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (d door) recovered(w http.ResponseWriter, r *http.Request) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler: // net/http's own way to break a connection off
		panic(v)
	default:
		d.log.ErrorContext(r.Context(), "panic", "method", r.Method, "route", r.Pattern, "panic", v, "stack", string(debug.Stack()))
		writeProblem(w, newProblem(internal, faultDetail))
	}
}

func (d door) serve(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := d.caller(rt, r)
		if err != nil {
			d.fail(w, r, c, err)
			return
		}
		rep, err := rt.verb(r.Context(), c, r)
		if err != nil {
			d.fail(w, r, c, err)
			return
		}
		raw, err := encode(rep.body) // before anything is sent: a body that cannot be written is a fault
		if err != nil {
			d.fail(w, r, c, err)
			return
		}
		if rep.location != "" {
			w.Header().Set("Location", rep.location)
		}
		write(w, max(rep.status, http.StatusOK), "application/json", raw)
	})
}

func (d door) caller(rt route, r *http.Request) (identity.Caller, error) {
	if rt.open {
		return identity.Caller{}, nil
	}
	c, err := d.auth(r)
	if err != nil || c.ID == "" {
		return identity.Caller{}, &refusal{kind: unauthenticated, detail: "the call does not say, or does not prove, who is calling", err: err}
	}
	return c, nil
}

func (d door) notAllowed(allowed string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allowed)
		d.fail(w, r, identity.Caller{}, refuse(methodNotAllowed, "this path takes %s", allowed))
	})
}

func (d door) nowhere() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, identity.Caller{}, refuse(notFound, "there is nothing at this path"))
	})
}
