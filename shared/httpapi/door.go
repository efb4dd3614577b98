package httpapi

import (
	"context"
	"errors"
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

// fail answers an error, and logs what the domain did not: a call that was not understood, and a fault. Neither says a
// word of what was sent.
func (d door) fail(w http.ResponseWriter, r *http.Request, c identity.Caller, err error) {
	p := problemOf(err)
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", r.Pattern), slog.String("actor", c.ID),
		slog.Int("status", p.Status), slog.String("problem", p.Type)}
	if refused, ok := errors.AsType[*refusal](err); ok {
		if refused.err != nil {
			attrs = append(attrs, slog.String("error", refused.err.Error()))
		}
		d.log.LogAttrs(r.Context(), slog.LevelInfo, "call not served", attrs...)
	} else if p.Status >= http.StatusInternalServerError {
		attrs = append(attrs, slog.String("error", err.Error()))
		d.log.LogAttrs(r.Context(), slog.LevelError, "call failed", attrs...)
	}
	switch p.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", againAfter)
	}
	writeProblem(w, p)
}
