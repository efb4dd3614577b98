package httpapi

import (
	"log/slog"
	"net/http"

	"curfew/shared/access"
)

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
		{method: "GET", path: "/v1/entitlements/{name}", verb: trying{d}.entitlement},
		{method: "POST", path: "/v1/trials", verb: trying{d}.try},
		{method: "GET", path: "/v1/me", verb: d.me},
		{method: "GET", path: "/v1/openapi.json", verb: d.openapi, open: true},
	}
}

func (d door) decisions() []route {
	return []route{{method: "POST", path: "/v1/elevations/{id}/decisions", verb: d.decide}}
}
