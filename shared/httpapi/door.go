package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

// Authenticator returns the caller from what the authorizer wrote, never from what a caller can write. An error, or an empty
// id, is a 401; the error goes to the log, and to the caller if it has [fault.Reasons].
type Authenticator func(*http.Request) (identity.Caller, error)

type door struct {
	svc      *access.Service
	auth     Authenticator
	log      *slog.Logger
	throttle *throttle
}

// New serves [API] and [Decisions] together, without a throttle: a rehearsal's clock stands still.
func New(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	return door{svc, auth, log, nil}.handler(func(api.Operation) bool { return true })
}

// API serves all but decisions and signatures, for function api, which cannot write one.
func API(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	return door{svc, auth, log, &throttle{}}.handler(func(o api.Operation) bool { return !o.Decides })
}

// Decisions serves only decisions and signatures of reviews, for function decide, their only writer.
func Decisions(svc *access.Service, auth Authenticator, log *slog.Logger) http.Handler {
	return door{svc, auth, log, &throttle{}}.handler(func(o api.Operation) bool { return o.Decides })
}

// handler also answers calls without a route as problems.
func (d door) handler(serves func(api.Operation) bool) http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	operations := map[string]api.Operation{"": {}}
	for _, o := range api.Operations() {
		operations[o.Name] = o
	}
	for _, r := range routes() {
		o := operations[r.operation]
		if !serves(o) {
			continue
		}
		mux.Handle(r.method+" "+r.path, d.serve(r, o))
		methods[r.path] = append(methods[r.path], r.method)
		if r.method == http.MethodGet { // the mux adds it
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

// guard sets headers, limits the body and recovers from panics.
func (d door) guard(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		defer d.recovered(w, r)
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if r.URL.Path != path.Clean(r.URL.Path) { // the mux would redirect: a POST would be sent twice
			d.nowhere().ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (d door) recovered(w http.ResponseWriter, r *http.Request) {
	switch v := recover(); v {
	case nil:
	case http.ErrAbortHandler: // of net/http, to close a connection
		panic(v)
	default:
		d.log.ErrorContext(r.Context(), "panic", "method", r.Method, "route", r.Pattern, "panic", v, "stack", string(debug.Stack()))
		writeProblem(w, problemOf(fmt.Errorf("panic: %v", v)))
	}
}

func (d door) serve(rt route, o api.Operation) http.Handler {
	if rt.operation == "" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { write(w, http.StatusOK, "application/json", document) })
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := d.caller(r)
		if err != nil {
			d.fail(w, r, c, err)
			return
		}
		if wait := d.throttle.wait(bucket{c.ID, o.Pace}, d.svc.Now()); wait > 0 { // nil never waits
			d.fail(w, r, c, throttled(o.Pace, wait))
			return
		}
		raw, location, err := d.call(rt, o, c, r)
		if err != nil {
			d.fail(w, r, c, err)
			return
		}
		status := http.StatusOK
		if location != "" {
			w.Header().Set("Location", location)
			status = http.StatusCreated
		}
		write(w, status, "application/json", raw)
	})
}

// call encodes the answer before anything is sent. A new elevation has a location.
func (d door) call(rt route, o api.Operation, c identity.Caller, r *http.Request) (raw []byte, location string, err error) {
	in, err := rt.input(r, o)
	if err != nil {
		return nil, "", err
	}
	out, err := o.Call(r.Context(), d.svc, c, in)
	if err != nil {
		return nil, "", err
	}
	if made, ok := out.(api.Elevation); ok && rt.takes == bodyAndKey {
		location = rt.path + "/" + made.ID
	}
	raw, err = encode(out)
	return raw, location, err
}

func (d door) caller(r *http.Request) (identity.Caller, error) {
	c, err := d.auth(r)
	if err != nil || c.ID == "" {
		detail := "the call does not say, or does not prove, who is calling"
		if len(fault.Reasons(err)) > 0 {
			detail = err.Error()
		}
		return identity.Caller{}, &refusal{kind: unauthenticated, detail: detail, err: err}
	}
	return c, nil
}

func (d door) notAllowed(allowed string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allowed)
		d.fail(w, r, identity.Caller{}, refusef(methodNotAllowed, "this path takes %s", allowed))
	})
}

func (d door) nowhere() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.fail(w, r, identity.Caller{}, refusef(api.NotFound, "there is nothing at this path"))
	})
}

// fail answers an error. It logs bad calls and faults, without what was sent; the domain logs the rest.
func (d door) fail(w http.ResponseWriter, r *http.Request, c identity.Caller, err error) {
	p := problemOf(err)
	attrs := []slog.Attr{slog.String("method", r.Method), slog.String("route", r.Pattern), slog.String("actor", c.ID),
		slog.Int("status", p.Status), slog.String("problem", string(p.Kind))}
	refused, here := errors.AsType[*refusal](err)
	_, unread := errors.AsType[*api.InputError](err)
	if here || unread {
		if here && refused.err != nil {
			attrs = append(attrs, slog.String("error", refused.err.Error()))
		}
		d.log.LogAttrs(r.Context(), slog.LevelInfo, "call not served", attrs...)
	} else if p.Status >= http.StatusInternalServerError {
		attrs = append(attrs, slog.String("error", err.Error()))
		d.log.LogAttrs(r.Context(), slog.LevelError, "call failed", attrs...)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if p.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(p.RetryAfter, 10))
	}
	writeProblem(w, p)
}
