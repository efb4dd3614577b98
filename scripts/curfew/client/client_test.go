package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// server answers in process: no socket, so that waiting takes virtual time.
type server func(w http.ResponseWriter, r *http.Request)

func (f server) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	f(w, r)
	if w.Code == broken {
		return nil, errors.New("connection reset")
	}
	return w.Result(), nil
}

// broken is the status by which a server says that no answer came.
const broken = 999

func (f server) client(t *testing.T) *Client {
	t.Helper()
	c, err := New(Config{Endpoint: "https://api.example.com/prod", Token: "t0ken", HTTPClient: &http.Client{Transport: f}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestEndpoint(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"https://api.example.com":         true,
		"https://api.example.com/prod":    true,
		"http://127.0.0.1:8080":           true,
		"http://localhost":                true,
		"http://api.example.com":          false,
		"http://127.0.0.1.example.com":    false,
		"http://localhost.example.com":    false,
		"http://127.0.0.1@example.com":    false,
		"https://ana:secret@example.com":  false,
		"ftp://api.example.com":           false,
		"api.example.com":                 false,
		"":                                false,
		"https://api.example.com?token=x": false,
		"https://api.example.com/#x":      false,
	} {
		_, err := New(Config{Endpoint: endpoint, Token: "t0ken"})
		if (err == nil) != ok {
			t.Errorf("%q: error %v, want accepted %v", endpoint, err, ok)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", endpoint, err)
		}
	}
}

func TestCallsAreTheDocuments(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct {
		name string
		call func(*Client) error
		want string // method, path, query, body
	}{
		{"me", func(c *Client) error { _, err := c.Me(ctx); return err }, "GET /prod/v1/me"},
		{"entitlements", func(c *Client) error { _, err := c.Entitlements(ctx); return err }, "GET /prod/v1/entitlements"},
		{"list", func(c *Client) error {
			_, err := c.List(ctx, Filter{Requester: "person:i|a b+c", Limit: 2, Cursor: "x"})
			return err
		}, "GET /prod/v1/elevations?cursor=x&limit=2&requester=person%3Ai%7Ca%20b%2Bc"},
		{"list by several at once", func(c *Client) error {
			_, err := c.List(ctx, Filter{State: "active,stuck", Mine: "decide", EndedAfter: time.Date(2026, 10, 5, 11, 0, 0, 5, time.FixedZone("", 7200))})
			return err
		}, "GET /prod/v1/elevations?ended_after=2026-10-05T09%3A00%3A00Z&mine=decide&state=active%2Cstuck"},
		{"list mine", func(c *Client) error { _, err := c.List(ctx, Filter{}); return err }, "GET /prod/v1/elevations"},
		{"show", func(c *Client) error { _, err := c.Show(ctx, "01a"); return err }, "GET /prod/v1/elevations/01a"},
		{"an id is one part of a path", func(c *Client) error { _, err := c.Show(ctx, "../x/y?z"); return err }, "GET /prod/v1/elevations/..%2Fx%2Fy%3Fz"},
		{"an id leads nowhere else", func(c *Client) error { _, err := c.End(ctx, ".."); return err }, "POST /prod/v1/elevations/%2E%2E/end"},
		{"request", func(c *Client) error {
			_, err := c.Request(ctx, Request{Entitlement: "e", Principal: "p", Task: TaskRef{Kind: "change", ID: "1"}, Reason: "r", Duration: 60,
				StartAt: time.Date(2026, 10, 5, 11, 0, 0, 5, time.FixedZone("", 7200)), IdempotencyKey: "k"})
			return err
		}, `POST /prod/v1/elevations key=k {"entitlement":"e","principal":"p","task":{"kind":"change","id":"1"},"reason":"r","duration_seconds":60,"start_at":"2026-10-05T09:00:00Z"}`},
		{"approve", func(c *Client) error {
			_, err := c.Decide(ctx, "01a", Decide{Decision: Approve, Digest: "d"})
			return err
		}, `POST /prod/v1/elevations/01a/decisions {"decision":"approve","digest":"d"}`},
		{"withdraw", func(c *Client) error { _, err := c.Withdraw(ctx, "01a"); return err }, "POST /prod/v1/elevations/01a/withdraw"},
		{"end", func(c *Client) error { _, err := c.End(ctx, "01a"); return err }, "POST /prod/v1/elevations/01a/end"},
		{"heartbeat", func(c *Client) error { _, err := c.Heartbeat(ctx, "01a"); return err }, "POST /prod/v1/elevations/01a/heartbeat"},
		{"acknowledge", func(c *Client) error { _, err := c.Acknowledge(ctx, "01a"); return err }, "POST /prod/v1/elevations/01a/acknowledge"},
		{"findings", func(c *Client) error {
			_, err := c.Findings(ctx, FindingFilter{State: "open,closed", Severity: "high", Since: time.Date(2026, 10, 5, 11, 0, 0, 5, time.FixedZone("", 7200))})
			return err
		}, "GET /prod/v1/findings?severity=high&since=2026-10-05T09%3A00%3A00Z&state=open%2Cclosed"},
		{"finding", func(c *Client) error { _, err := c.Finding(ctx, "orphan-1"); return err }, "GET /prod/v1/findings/orphan-1"},
		{"acknowledge a finding", func(c *Client) error { _, err := c.AcknowledgeFinding(ctx, "f", ""); return err }, `POST /prod/v1/findings/f/acknowledge {}`},
		{"close a finding", func(c *Client) error { _, err := c.CloseFinding(ctx, "f", "r"); return err }, `POST /prod/v1/findings/f/close {"reason":"r"}`},
		{"reviews", func(c *Client) error { _, err := c.Reviews(ctx, ReviewFilter{Mine: "sign", Limit: 2}); return err }, "GET /prod/v1/reviews?limit=2&mine=sign"},
		{"items of campaigns", func(c *Client) error {
			_, err := c.CampaignItems(ctx, CampaignFilter{State: "overdue", Campaign: "2026-11", Limit: 2})
			return err
		}, "GET /prod/v1/campaigns?campaign=2026-11&limit=2&state=overdue"},
		{"item of a campaign", func(c *Client) error { _, err := c.CampaignItem(ctx, "2026-11-AROA"); return err }, "GET /prod/v1/campaigns/2026-11-AROA"},
		{"answer of a campaign", func(c *Client) error {
			_, err := c.AnswerCampaignItem(ctx, "2026-11-AROA", "removed", "d", "r")
			return err
		}, `POST /prod/v1/campaigns/2026-11-AROA/answer {"answer":"removed","digest":"d","reason":"r"}`},
		{"delegate", func(c *Client) error {
			_, err := c.Delegate(ctx, NewDelegation{To: "eva", Until: time.Date(2026, 10, 5, 11, 0, 0, 5, time.FixedZone("", 7200)), Reason: "r"})
			return err
		}, `POST /prod/v1/delegations {"to":"eva","until":"2026-10-05T09:00:00Z","reason":"r"}`},
		{"delegations", func(c *Client) error { _, err := c.Delegations(ctx); return err }, "GET /prod/v1/delegations"},
		{"end a delegation", func(c *Client) error {
			_, err := c.EndDelegation(ctx, DelegationEnd{Delegation: "01a", Of: "person:i|a"})
			return err
		}, `POST /prod/v1/delegations/end {"delegation":"01a","of":"person:i|a"}`},
		{"evidence", func(c *Client) error {
			_, err := c.Evidence(ctx, AuditFilter{Caller: "person:i|a#b", Day: "2026-10-05", Kind: "call.refused", Limit: 2})
			return err
		}, "GET /prod/v1/audit?caller=person%3Ai%7Ca%23b&day=2026-10-05&kind=call.refused&limit=2"},
		{"could", func(c *Client) error {
			_, err := c.Could(ctx, PowerQuery{Action: "s3:GetObject", Resource: "*", At: time.Date(2026, 10, 5, 11, 0, 0, 5, time.FixedZone("", 7200)), Account: "1"})
			return err
		}, "GET /prod/v1/audit/could?account=1&action=s3%3AGetObject&at=2026-10-05T09%3A00%3A00Z&resource=%2A"},
		{"show a review", func(c *Client) error { _, err := c.Review(ctx, "01a"); return err }, "GET /prod/v1/elevations/01a/review"},
		{"catalog", func(c *Client) error { _, err := c.Catalog(ctx); return err }, "GET /prod/v1/catalog"},
		{"sign a catalog", func(c *Client) error {
			_, err := c.SignCatalog(ctx, CatalogSignature{Catalog: "h", Note: "n"})
			return err
		}, `POST /prod/v1/catalog/signature {"catalog":"h","note":"n"}`},
		{"review", func(c *Client) error { _, err := c.SignReview(ctx, "01a", "n"); return err }, `POST /prod/v1/elevations/01a/review {"note":"n"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got string
			err := c.call(server(func(w http.ResponseWriter, r *http.Request) {
				got = seen(t, r)
				answer(w, 200, "{}")
			}).client(t))
			if err != nil || got != c.want {
				t.Errorf("error %v\n got %s\nwant %s", err, got, c.want)
			}
		})
	}
}

// seen is a request in one line. It must be authenticated, and say that it has JSON if it has a body.
func seen(t *testing.T, r *http.Request) string {
	t.Helper()
	body, _ := io.ReadAll(r.Body)
	if got := r.Header.Get("Authorization"); got != "Bearer t0ken" {
		t.Errorf("Authorization = %q", got)
	}
	if json := r.Header.Get("Content-Type") == "application/json"; json != (len(body) > 0) {
		t.Errorf("Content-Type = %q with %d bytes", r.Header.Get("Content-Type"), len(body))
	}
	if strings.Contains(r.URL.String(), "t0ken") {
		t.Errorf("the token is in the address %s", r.URL)
	}
	line := r.Method + " " + r.URL.RequestURI()
	if key := r.Header.Get("Idempotency-Key"); key != "" {
		line += " key=" + key
	}
	return strings.TrimSpace(line + " " + string(body))
}

func TestRepeats(t *testing.T) {
	request := func(key string) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error {
			_, err := c.Request(ctx, Request{IdempotencyKey: key})
			return err
		}
	}
	show := func(ctx context.Context, c *Client) error { _, err := c.Show(ctx, "01a"); return err }
	end := func(ctx context.Context, c *Client) error { _, err := c.End(ctx, "01a"); return err }
	for _, c := range []struct {
		name   string
		call   func(context.Context, *Client) error
		status int
		sent   int
	}{
		{"a read without an answer", show, broken, tries},
		{"a read when unavailable", show, 503, tries},
		{"a read that API Gateway throttles", show, 429, tries},
		{"a read that is refused", show, 404, 1},
		{"a read at a fault", show, 500, 1},
		{"a request with a key, without an answer", request("k"), broken, tries},
		{"a request with a key, when unavailable", request("k"), 503, tries},
		{"a request without a key", request(""), broken, 1},
		{"an end", end, 503, 1},
		{"an end that is throttled, and so had no effect", end, 429, tries},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				err := c.call(t.Context(), server(func(w http.ResponseWriter, _ *http.Request) { sent++; answer(w, c.status, "{}") }).client(t))
				if sent != c.sent || err == nil {
					t.Errorf("sent %d times with error %v, want %d and an error", sent, err, c.sent)
				}
			})
		})
	}
}

func TestRepeatSucceedsAndWaitsAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, sent := time.Now(), 0
		c := server(func(w http.ResponseWriter, _ *http.Request) {
			if sent++; sent == 1 {
				w.Header().Set("Retry-After", "3")
				answer(w, 503, "{}")
				return
			}
			answer(w, 200, `{"name":"ana"}`)
		}).client(t)
		me, err := c.Me(t.Context())
		if took := time.Since(began); err != nil || me.Name != "ana" || took < 3*time.Second || took > maxWait {
			t.Errorf("got %v, %v after %s, want ana after 3s and a jitter", me, err, took)
		}
	})
}

func TestRepeatsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := server(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "86400")
			answer(w, 503, "{}")
		}).client(t)
		_, err := c.Me(t.Context())
		if took := time.Since(began); err == nil || took > tries*maxWait {
			t.Errorf("error %v after %s, want one within %s", err, took, tries*maxWait)
		}
	})
}

func TestProblem(t *testing.T) {
	for _, c := range []struct {
		name, errorType, body string
		status                int
		kind, text            string
	}{
		{"of the API", "", `{"type":"urn:curfew:problem:denied","title":"Refused","status":403,"detail":"too long","reasons":["curfew.duration"],"elevation":"01a"}`, 403, "denied", "too long"},
		{"of a kind that is new", "", `{"type":"urn:curfew:problem:new","title":"New"}`, 400, "new", "New"},
		{"of somebody else", "", `{"type":"about:blank","detail":"no"}`, 403, "", "no"},
		{"of API Gateway, who is it", "UnrecognizedClientException", `{"message":"The security token included in the request is invalid."}`, 403, "unauthenticated", "The security token included in the request is invalid."},
		{"of API Gateway, denied", "AccessDeniedException", `{"Message":"User is not authorized"}`, 403, "", "User is not authorized"},
		{"of a proxy", "", `<html>`, 502, "", "the API answered 502 Bad Gateway"},
		{"a redirect", "", ``, 302, "", "the API answered 302 Found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := server(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("X-Amzn-ErrorType", c.errorType)
				w.Header().Set("Location", "https://elsewhere.example.com/")
				answer(w, c.status, c.body)
			}).client(t).End(t.Context(), "01a")
			p, ok := errors.AsType[*Problem](err)
			if !ok || string(p.Kind) != c.kind || p.Status != c.status || p.Error() != c.text {
				t.Errorf("got %#v, want kind %q, status %d, text %q", err, c.kind, c.status, c.text)
			}
		})
	}
}

func TestProblemHasWhatAProgramNeeds(t *testing.T) {
	_, err := server(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 400, `{"type":"urn:curfew:problem:invalid","mistakes":[{"field":"reason","problem":"required"}],"elevation":"01a","retry_after":60}`)
	}).client(t).End(t.Context(), "01a")
	p, ok := errors.AsType[*Problem](err)
	if !ok || len(p.Mistakes) != 1 || p.Mistakes[0].String() != "reason: required" || p.Elevation != "01a" || p.RetryAfter != 60 {
		t.Errorf("got %#v", p)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	var there bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { there = true }))
	defer elsewhere.Close()
	here := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer here.Close()
	c, err := New(Config{Endpoint: here.URL, Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Me(t.Context()); err == nil || there {
		t.Errorf("error %v, followed %v", err, there)
	}
}

func TestAnswerIsBoundedAndJSON(t *testing.T) {
	for name, body := range map[string]string{
		"too large":  `{"name":"` + strings.Repeat("a", maxAnswer) + `"}`,
		"not JSON":   "<html>",
		"two values": "{}{}",
		"wrong type": `{"name":1}`,
		"empty":      "",
	} {
		sent := 0
		_, err := server(func(w http.ResponseWriter, _ *http.Request) { sent++; answer(w, 200, body) }).client(t).Me(t.Context())
		if _, ok := errors.AsType[*UnreadableError](err); !ok || sent != 1 {
			t.Errorf("%s: error %v after %d calls, want an UnreadableError after 1", name, err, sent)
		}
		if large := strings.Contains(fmt.Sprint(err), "larger than 8 MiB"); large != (name == "too large") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestContextThatIsOver(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := server(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") }).client(t).Me(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}

func TestReady(t *testing.T) {
	now := time.Unix(100, 0)
	for _, c := range []struct {
		state           string
		readyAt         time.Time
		ready, terminal bool
	}{
		{"active", now, true, false},
		{"active", now.Add(time.Second), false, false},
		{"approved", time.Time{}, false, false},
		{"ended", now, false, true},
		{"lapsed", now, false, true},
	} {
		e := Elevation{State: c.state, ReadyAt: c.readyAt}
		if got := fmt.Sprint(e.Ready(now), e.Terminal()); got != fmt.Sprint(c.ready, c.terminal) {
			t.Errorf("%s: ready, terminal = %s, want %v %v", c.state, got, c.ready, c.terminal)
		}
	}
}
