package signin

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// asked is an authorization request that waits for a person to choose who they are.
type asked struct {
	client, redirect, issuer, state, nonce, challenge string
	scopes                                            []string
}

// challenge is a SHA-256 in base64url: https://www.rfc-editor.org/rfc/rfc7636#section-4.2
var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// longest bounds state and nonce, which are kept and sent back.
const longest = 512

// authorize shows the people. A request with an unknown client or address is not redirected: it would be an open redirect.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil || repeated(q) {
		refuse(w, "The request has a parameter twice, or is not a query.")
		return
	}
	a := asked{
		client: q.Get("client_id"), redirect: q.Get("redirect_uri"), issuer: issuer(r), state: q.Get("state"), nonce: q.Get("nonce"),
		challenge: q.Get("code_challenge"), scopes: strings.Fields(q.Get("scope")),
	}
	if !redirects(a.client, origin(r), a.redirect) {
		refuse(w, "No client of this rehearsal has this client_id and redirect_uri.")
		return
	}
	if problem, text := a.check(q); problem != "" {
		if len(a.state) > longest {
			a.state = ""
		}
		a.answer(w, r, url.Values{"error": {problem}, "error_description": {text}})
		return
	}
	now, request := time.Now(), rand.Text()
	p.mu.Lock()
	err = p.asked.put(request, a, now, now.Add(askFor))
	p.mu.Unlock()
	if err != nil {
		a.answer(w, r, url.Values{"error": {"temporarily_unavailable"}, "error_description": {err.Error()}})
		return
	}
	p.show(w, page{Title: "Sign in to the rehearsal", Client: a.client, Action: "authorize", Request: request, People: p.people, Hint: q.Get("login_hint")}, originOf(a.redirect))
}

// check returns an error code of https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1, or of OpenID Connect; empty: none.
func (a asked) check(q url.Values) (problem, text string) {
	const invalid = "invalid_request"
	prompts := strings.Fields(q.Get("prompt"))
	age, err := strconv.ParseInt(q.Get("max_age"), 10, 32)
	switch {
	case q.Has("request"):
		return "request_not_supported", "request is not supported"
	case q.Has("request_uri"):
		return "request_uri_not_supported", "request_uri is not supported"
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "response_type: only code is supported"
	case q.Has("response_mode") && q.Get("response_mode") != "query":
		return invalid, "response_mode: only query is supported"
	case !slices.Contains(a.scopes, "openid"):
		return "invalid_scope", "scope: openid is missing"
	case q.Get("code_challenge_method") != "S256" || !challenge.MatchString(a.challenge):
		return invalid, "PKCE is required: code_challenge, with code_challenge_method S256"
	case a.state == "" || len(a.state) > longest || a.nonce == "" || len(a.nonce) > longest:
		return invalid, "state and nonce are required, of at most 512 bytes"
	case q.Has("max_age") && (err != nil || age < 0):
		return invalid, "max_age: want seconds"
	case slices.Contains(prompts, "none") && len(prompts) > 1:
		return invalid, "prompt: none stands alone"
	case slices.Contains(prompts, "none"):
		return "login_required", "there is no session here: each authorization is a new sign-in"
	}
	return "", ""
}

// chosen takes the form of the page. A request is answered once.
func (p *Provider) chosen(w http.ResponseWriter, r *http.Request) {
	form, ok := ownForm(w, r)
	if !ok {
		return
	}
	now := time.Now()
	p.mu.Lock()
	a, waiting := p.asked.get(form.Get("request"), now)
	delete(p.asked, form.Get("request"))
	p.mu.Unlock()
	if !waiting || a.issuer != issuer(r) {
		refuse(w, "This page was used, or is too old. Begin again.")
		return
	}
	person, known := p.person(form.Get("person"))
	if !known {
		a.answer(w, r, url.Values{"error": {"access_denied"}, "error_description": {"no person was chosen"}})
		return
	}
	l := &login{person: person, client: a.client, issuer: a.issuer, scopes: a.scopes, nonce: a.nonce, at: now}
	secret := rand.Text()
	p.mu.Lock()
	// A code is kept longer than it is good for: one that comes again ends its tokens.
	err := p.codes.put(secret, &code{login: l, redirect: a.redirect, challenge: a.challenge, until: now.Add(codeFor)}, now, now.Add(accessFor))
	p.mu.Unlock()
	if err != nil {
		a.answer(w, r, url.Values{"error": {"temporarily_unavailable"}, "error_description": {err.Error()}})
		return
	}
	a.answer(w, r, url.Values{"code": {secret}})
}

// answer redirects to the client, with the issuer against mix-up: https://www.rfc-editor.org/rfc/rfc9207
func (a asked) answer(w http.ResponseWriter, r *http.Request, v url.Values) {
	v.Set("iss", a.issuer)
	if a.state != "" {
		v.Set("state", a.state)
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, a.redirect+"?"+v.Encode(), http.StatusSeeOther)
}

// ownForm reads a form that a page of this origin sent. Browsers say where a form comes from.
func ownForm(w http.ResponseWriter, r *http.Request) (url.Values, bool) {
	from := r.Header.Values("Origin")
	site := r.Header.Get("Sec-Fetch-Site")
	if len(from) != 1 || from[0] != origin(r) || site != "" && site != "same-origin" {
		http.Error(w, "forms of another origin are refused", http.StatusForbidden)
		return nil, false
	}
	if err := r.ParseForm(); err != nil || repeated(r.PostForm) {
		refuse(w, "The form cannot be read.")
		return nil, false
	}
	return r.PostForm, true
}

// repeated reports a parameter that came twice: https://www.rfc-editor.org/rfc/rfc6749#section-3.1
func repeated(v url.Values) bool {
	for _, all := range v {
		if len(all) > 1 {
			return true
		}
	}
	return false
}

func has(all []string, one string) bool { return slices.Contains(all, one) }
