package console

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// signIn signs in as a person of the example catalog, by the rehearsal's provider.
func (p *tab) signIn(r *rehearsal, name string) {
	p.t.Helper()
	p.open(r.base + "/")
	p.click("button", "Sign in")
	p.click("button", name+" ")
	p.sees("Signed in as " + name)
}

// called are the page's requests whose address has a part.
func (p *tab) called(part string) (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.requests {
		if strings.Contains(one, part) {
			all = append(all, one)
		}
	}
	return all
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	p, r := newTab(t), theRehearsal(t)
	p.signIn(r, "ana")
	back := p.called("?code=")
	if len(back) != 1 {
		t.Fatalf("the provider led back %d times", len(back))
	}
	if at := eval[string](p, `location.href + document.referrer + JSON.stringify(Object.entries(sessionStorage)) + JSON.stringify(Object.entries(localStorage)) + document.cookie`); at != r.base+"/[][]" {
		t.Errorf("after the sign-in the page keeps %q", at)
	}
	t.Run("the code again", func(t *testing.T) { again(t, newTab(t), back[0]) })
	t.Run("the code again in the same window", func(t *testing.T) { again(t, p, back[0]) })
}

func again(t *testing.T, p *tab, back string) {
	t.Helper()
	before := len(p.called("/token"))
	p.open(back)
	p.sees("This answer belongs to no sign-in that this window began")
	if len(p.called("/token")) != before {
		t.Error("the page sent the code to the issuer again")
	}
}

// TestForgedSignIns: an issuer or an attacker answers what the page did not ask for. The page says why it did not use it, and calls no API.
func TestForgedSignIns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		flaw flaw
		says string
	}{
		{"wrong state", flaw{state: "forged"}, "This answer belongs to no sign-in that this window began"},
		{"wrong nonce", flaw{nonce: "forged"}, "The token is for another sign-in (nonce)"},
		{"wrong issuer", flaw{iss: "https://evil.example"}, "The answer is from another issuer"},
		{"a token of another issuer", flaw{tokenIss: "https://evil.example"}, "The ID token is from another issuer"},
		{"a token for another client", flaw{tokenAud: "another"}, "The ID token is for another client"},
		{"an old token", flaw{expired: true}, "The ID token is over"},
		{"another's code", flaw{code: "stolen"}, "The issuer refused: invalid_grant"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, p := newStub(t), newTab(t)
			s.issuer.behave(c.flaw)
			if c.flaw.code != "" {
				p.expect("400 (Bad Request)")
			}
			p.open(s.base + "/")
			p.click("button", "Sign in")
			p.isRefused(c.says)
		})
	}
	t.Run("no verifier", func(t *testing.T) {
		s, p := newStub(t), newTab(t)
		p.expect("400 (Bad Request)")
		s.issuer.behave(flaw{hold: true})
		p.open(s.base + "/")
		p.click("button", "Sign in")
		p.sees("held")
		eval[bool](p, `(() => { for (const name of Object.keys(sessionStorage)) { const kept = JSON.parse(sessionStorage[name]); delete kept.verifier; sessionStorage[name] = JSON.stringify(kept) } return true })()`)
		back, _ := s.issuer.led()
		p.open(back)
		p.isRefused("The issuer refused: invalid_grant")
		if _, refused := s.issuer.led(); len(refused) != 1 {
			t.Errorf("the issuer refused %q", refused)
		}
	})
	t.Run("no sign-in was begun", func(t *testing.T) {
		s, p := newStub(t), newTab(t)
		p.open(s.base + "/?code=stolen&state=forged&iss=" + url.QueryEscape(s.issuer.url()))
		p.isRefused("This answer belongs to no sign-in that this window began")
	})
}

// isRefused waits for the page's reason. The code is not in the address any more, and no API was called.
func (p *tab) isRefused(says string) {
	p.t.Helper()
	p.sees(says)
	p.find("button", "Sign in")
	if at := eval[string](p, "location.search"); at != "" {
		p.t.Errorf("the address keeps %s", at)
	}
	if calls := p.called("/v1/"); len(calls) > 0 {
		p.t.Errorf("the page called %q", calls)
	}
}

// attacker serves one page, on another port: another origin.
func attacker(t *testing.T, html string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<!doctype html><title>attacker</title><link rel=icon href=data:,>"+html)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// TestFraming: another origin's frame stays empty.
func TestFraming(t *testing.T) {
	t.Parallel()
	r, p := theRehearsal(t), newTab(t)
	p.expect("frame-ancestors")
	p.open(attacker(t, `<iframe src="`+r.base+`/"></iframe>`))
	children := send(p, page.GetFrameTree, cdp.Empty{}).FrameTree.ChildFrames
	if len(children) != 1 || !strings.HasPrefix(children[0].Frame.URL, "chrome-error:") {
		t.Errorf("the frames are %+v", children)
	}
}

// TestForgedOrigin: a page of another origin reads nothing and changes nothing.
func TestForgedOrigin(t *testing.T) {
	t.Parallel()
	r, p := theRehearsal(t), newTab(t)
	p.expect("blocked by CORS policy")
	p.expect("403 (Forbidden)")
	p.expect("net::ERR_FAILED")
	p.open(attacker(t, ""))
	tried := eval[[]string](p, fmt.Sprintf(`(async () => {
		const at = %q, tried = [];
		for (const [path, init] of [
			["/v1/me", {}], ["/v1/me", {credentials: "include", headers: {Authorization: "Bearer x"}}], ["/console/config.json", {}], ["/", {}],
			["/v1/ends", {method: "POST", mode: "no-cors", body: '{"everything":true}'}], ["/local/calls", {method: "POST", mode: "no-cors", body: "{}"}], ["/signin/token", {method: "POST", body: new URLSearchParams({grant_type: "refresh_token"})}],
		]) {
			try { const a = await fetch(at + path, init); tried.push(path + " " + a.type + " " + a.status + " " + (await a.text()).length) } catch (e) { tried.push(path + " " + e.name) }
		}
		return tried
	})()`, r.base))
	for _, one := range tried {
		if !strings.HasSuffix(one, " TypeError") && !strings.HasSuffix(one, " opaque 0 0") {
			t.Errorf("another origin got %s", one)
		}
	}
	if len(tried) != 7 {
		t.Errorf("tried %q", tried)
	}
}
