package adversary

import (
	"curfew/shared/identity"
)

// doors are attempts to impersonate another caller, or to use an unknown path.
func doors() []attempt {
	var all []attempt
	decide := "/v1/elevations/<id>/decisions"
	for _, header := range []string{
		"X-Forwarded-User: ben", "X-Remote-User: ben", "X-Amzn-Oidc-Identity: ben", "X-Amzn-Oidc-Data: eyJzdWIiOiIwMDAyIn0",
		"X-Amzn-Apigateway-Caller: person:https://id.example.com|0002", "X-Amz-Security-Token: ben", "X-Caller: person:https://id.example.com|0002",
		"X-Groups: leads", "Cookie: user=ben", "Forwarded: for=127.0.0.1;by=ben", "From: ben@example.com", "Proxy-Authorization: Bearer " + token(ben()),
		"X-Authorization: Bearer " + token(ben()), "X-Http-Method-Override: PUT", "X-Original-Url: /v1/me",
	} {
		all = append(all, attempt{name: "own approval with " + header, prepare: known(requested), who: ana(), path: decide, body: approval, headers: []string{header},
			status: 403, kind: "denied", reasons: []string{"curfew.self"}, leaves: refusal})
	}
	for _, nobody := range []struct {
		name    string
		who     identity.Caller
		headers []string
	}{
		{"no token", identity.Caller{}, nil},
		{"unknown token", identity.Caller{}, []string{"Authorization: Bearer token-000000000000000000000000"}},
		{"empty token", identity.Caller{}, []string{"Authorization: Bearer "}},
		{"token with a space inside", identity.Caller{}, []string{"Authorization: Bearer token- " + token(ben())[6:]}},
		{"token behind two spaces", identity.Caller{}, []string{"Authorization: Bearer  " + token(ben())}},
		{"token and something behind it", identity.Caller{}, []string{"Authorization: Bearer " + token(ben()) + " x"}},
		{"token in upper case", identity.Caller{}, []string{"Authorization: Bearer TOKEN-" + token(ben())[6:]}},
		{"token under another scheme", identity.Caller{}, []string{"Authorization: Basic " + token(ben())}},
		{"token without a scheme", identity.Caller{}, []string{"Authorization: " + token(ben())}},
		{"two tokens in one header", identity.Caller{}, []string{"Authorization: Bearer " + token(ana()) + ", Bearer " + token(ben())}},
		{"two tokens in two headers", ana(), []string{"Authorization: Bearer " + token(ben())}},
		{"the same token in two headers", ben(), []string{"Authorization: Bearer " + token(ben())}},
		{"token in a cookie", identity.Caller{}, []string{"Cookie: Authorization=Bearer " + token(ben())}},
	} {
		all = append(all, attempt{name: "approval with " + nobody.name, prepare: known(requested), who: nobody.who, path: decide, body: approval, headers: nobody.headers,
			status: 401, kind: "unauthenticated", leaves: nothing})
	}
	all = append(all, attempt{name: "token in the query", prepare: known(requested), path: decide + "?access_token=" + token(ben()), body: approval,
		status: 401, kind: "unauthenticated", leaves: nothing})
	return append(all, ways()...)
}

// known makes the tokens of ana and ben valid.
func known(prepare func(*world)) func(*world) {
	return func(w *world) {
		w.callers.Store(token(ana()), ana())
		w.callers.Store(token(ben()), ben())
		prepare(w)
	}
}

// ways are unknown methods and paths.
func ways() []attempt {
	decide := "/v1/elevations/<id>/decisions"
	var all []attempt
	for _, m := range []struct {
		name, method, path string
		headers            []string
	}{
		{"GET that approves", "GET", decide, nil},
		{"GET that approves, with its method overridden", "GET", decide, []string{"X-Http-Method-Override: POST", "X-Method-Override: POST", "X-Http-Method: POST"}},
		{"GET that ends", "GET", "/v1/elevations/<id>/end?_method=POST", nil},
		{"PUT of an elevation", "PUT", "/v1/elevations/<id>", nil},
		{"PATCH of an elevation", "PATCH", "/v1/elevations/<id>", nil},
		{"DELETE of an elevation", "DELETE", "/v1/elevations/<id>", nil},
		{"POST of an elevation to its own path", "POST", "/v1/elevations/<id>", nil},
	} {
		all = append(all, attempt{name: m.name, prepare: requested, who: ben(), method: m.method, path: m.path, body: approval, headers: m.headers,
			status: 405, kind: "method-not-allowed", leaves: nothing})
	}
	for _, p := range []struct{ name, path string }{
		{"path with two slashes", "//v1/elevations/<id>/decisions"},
		{"path with a way out", "/v1/me/../elevations/<id>/decisions"},
		{"path with an encoded way out", "/v1/elevations/..%2f<id>/decisions"},
		{"path with a slash at its end", decide + "/"},
		{"path in another case", "/V1/Elevations/<id>/decisions"},
		{"path of another version", "/v2/elevations/<id>/decisions"},
		{"path of what is inside", "/local/events"},
		{"path of a verb that there is not", "/v1/elevations/<id>/grant"},
	} {
		all = append(all, attempt{name: p.name, prepare: requested, who: ben(), path: p.path, body: approval, status: 404, kind: "not-found", leaves: nothing})
	}
	return append(all,
		attempt{name: "GET of an elevation with a decision in its body", prepare: requested, who: ben(), method: "GET", path: "/v1/elevations/<id>", body: approval,
			headers: []string{"X-Http-Method-Override: POST"}, status: 200, leaves: inert},
		attempt{name: "GET of oneself as somebody else", who: ana(), method: "GET", path: "/v1/me?caller=ben", headers: []string{"X-Forwarded-User: ben"},
			status: 200, leaves: inert, says: `{"id":"person:https://id.example.com|0001","kind":"person","name":"ana","groups":["engineers"],"operator":false,"mfa":true}`})
}
