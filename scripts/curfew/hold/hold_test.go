package hold_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/hold"
)

const id = "01k6y3m1x8q2v4t6w8y0a2c4e6"

var errDown = &client.NoAnswerError{Err: errors.New("connection refused")}

// api is one elevation, and what was called when.
type api struct {
	e     client.Elevation
	began time.Time
	calls []string
	// fails makes a call fail; nil: none does.
	fails func(call string) error
	// grants moves the elevation at an instant, as others would.
	later map[time.Duration]func(*client.Elevation)
}

func newAPI(state string) *api {
	return &api{e: client.Elevation{ID: id, State: state, Deadline: time.Now().Add(time.Hour)}, began: time.Now(),
		later: map[time.Duration]func(*client.Elevation){}}
}

func (a *api) call(name string, states ...string) (client.Elevation, error) {
	for at, change := range a.later {
		if time.Since(a.began) >= at {
			change(&a.e)
			delete(a.later, at)
		}
	}
	a.calls = append(a.calls, fmt.Sprintf("%s %s", time.Since(a.began), name))
	if a.fails != nil {
		if err := a.fails(name); err != nil {
			return client.Elevation{}, err
		}
	}
	if states != nil && !slices.Contains(states, a.e.State) {
		return client.Elevation{}, &client.Problem{Kind: "conflict", Status: http.StatusConflict, Detail: "it is " + a.e.State}
	}
	return a.e, nil
}

func (a *api) Show(context.Context, string) (client.Elevation, error) { return a.call("show") }
func (a *api) Heartbeat(context.Context, string) (client.Elevation, error) {
	return a.call("heartbeat", "active")
}

func (a *api) End(context.Context, string) (client.Elevation, error) {
	e, err := a.call("end", "granting", "active", "revoking")
	if err == nil {
		e.State, e.Cause = "revoking", "released"
		a.e = e
	}
	return e, err
}

func (a *api) Withdraw(context.Context, string) (client.Elevation, error) {
	e, err := a.call("withdraw", "requested", "approved")
	if err == nil {
		e.State = "withdrawn"
		a.e = e
	}
	return e, err
}

// said is what a holder reported.
type said struct{ lines, progress []string }

func holder(a *api, s *said) *hold.Holder {
	return &hold.Holder{
		API: a, ID: id, Pace: hold.Usual(),
		Passing:  func(err error) bool { _, ok := errors.AsType[*client.NoAnswerError](err); return ok },
		Progress: func(e client.Elevation) { s.progress = append(s.progress, e.State) },
		Starting: func() { s.progress = append(s.progress, "starting") },
		Say:      func(line string) { s.lines = append(s.lines, line) },
	}
}

func ends(cause string) func(*client.Elevation) {
	return func(e *client.Elevation) { e.State, e.Cause = "revoking", cause }
}

func TestKeep(t *testing.T) {
	for name, c := range map[string]struct {
		heartbeat int64
		until     time.Duration
		change    func(*api)
		why       string // empty: it is held until the context ends
		calls     string
		says      int
	}{
		"without a heartbeat it is looked at": {until: 31 * time.Second, calls: "15s show, 30s show"},
		"a heartbeat at a third, which is a look": {heartbeat: 30, until: 31 * time.Second,
			calls: "0s heartbeat, 10s heartbeat, 20s heartbeat, 30s heartbeat"},
		"looks between slow heartbeats": {heartbeat: 60, until: 36 * time.Second,
			calls: "0s heartbeat, 15s show, 20s heartbeat, 35s show"},
		"a heartbeat that got no answer is sent again": {heartbeat: 30, until: 21 * time.Second, says: 2,
			change: func(a *api) {
				a.fails = func(string) error {
					if time.Since(a.began) < 14*time.Second && time.Since(a.began) >= 10*time.Second {
						return errDown
					}
					return nil
				}
			}, calls: "0s heartbeat, 10s heartbeat, 12s heartbeat, 14s heartbeat"},
		"no answer is no end": {until: 46 * time.Second, says: 1, change: func(a *api) { a.fails = func(string) error { return errDown } },
			calls: "15s show, 30s show, 45s show"},
		"ended by others, seen by a look": {until: time.Hour, change: func(a *api) { a.later[20*time.Second] = ends("revoked") },
			why: "it is revoking (revoked)", calls: "15s show, 30s show"},
		"ended by others, seen by a heartbeat": {heartbeat: 30, until: time.Hour, change: func(a *api) { a.later[15*time.Second] = ends("revoked") },
			why: "it is revoking (revoked)", calls: "0s heartbeat, 10s heartbeat, 20s heartbeat, 20s show"},
		"silent for too long": {heartbeat: 30, until: time.Hour, change: func(a *api) {
			a.fails = func(call string) error {
				if call == "heartbeat" {
					return &client.Problem{Status: http.StatusConflict, Detail: "it was silent"}
				}
				return nil
			}
		}, why: "it is revoking (heartbeat): it was silent", calls: "0s heartbeat, 0s show"},
		"the deadline": {until: time.Hour, change: func(a *api) { a.e.Deadline = a.began.Add(20 * time.Second) },
			why: "its deadline has passed", calls: "15s show"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, s := newAPI("active"), &said{}
				a.e.Heartbeat = c.heartbeat
				if c.change != nil {
					c.change(a)
				}
				ctx, cancel := context.WithTimeout(t.Context(), c.until)
				defer cancel()
				why := ""
				if o := holder(a, s).Keep(ctx, a.e); o != nil {
					why = o.Why
				}
				if why != c.why {
					t.Errorf("why = %q, want %q", why, c.why)
				}
				if got := strings.Join(a.calls, ", "); got != c.calls {
					t.Errorf("calls = %s, want %s", got, c.calls)
				}
				if len(s.lines) != c.says {
					t.Errorf("said %q, want %d lines", s.lines, c.says)
				}
			})
		})
	}
}

func TestAwait(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*api)
		want   string // of the error; empty: none
		took   time.Duration
	}{
		"granted":                {func(a *api) { a.later[2*time.Minute] = func(e *client.Elevation) { e.State = "active" } }, "", 2 * time.Minute},
		"denied":                 {func(a *api) { a.later[time.Minute] = func(e *client.Elevation) { e.State, e.Why = "denied", "no" } }, "it is denied: no", time.Minute},
		"never":                  {func(*api) {}, "context deadline exceeded", time.Hour},
		"refused":                {func(a *api) { a.fails = func(string) error { return &client.Problem{Status: 404, Detail: "none"} } }, "none", 0},
		"no answer for too long": {func(a *api) { a.fails = func(string) error { return errDown } }, errDown.Error(), 5 * time.Minute},
		"a short outage": {func(a *api) {
			a.later[2*time.Minute] = func(e *client.Elevation) { e.State = "active" }
			a.fails = func(string) error {
				if time.Since(a.began) < 90*time.Second {
					return errDown
				}
				return nil
			}
		}, "", 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI("requested")
				c.change(a)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				_, err := holder(a, &said{}).Await(ctx, a.e)
				if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
					t.Errorf("error = %v, want %q", err, c.want)
				}
				if took := time.Since(a.began); took < c.took || took > c.took+3*time.Second {
					t.Errorf("took %s, want %s", took, c.took)
				}
			})
		})
	}
}

func TestEnd(t *testing.T) {
	for name, c := range map[string]struct {
		state, believed string
		fails           func(*api) func(string) error
		late            func(*api) // at the deadline
		want, calls     string
		bad             bool
	}{
		"at its deadline": {state: "active", want: "revoking", calls: "0s show, 1s show",
			late: func(a *api) { a.later[time.Second] = ends("deadline") }},
		"at a deadline by a clock that is ahead": {state: "active", want: "revoking", calls: "0s show, 1s show, 2s show, 3s show, 4s end",
			late: func(*api) {}},
		"active":                     {state: "active", want: "revoking", calls: "0s end"},
		"not granted yet":            {state: "requested", want: "withdrawn", calls: "0s withdraw"},
		"granted meanwhile":          {state: "granting", believed: "approved", want: "revoking", calls: "0s withdraw, 500ms end"},
		"over before":                {state: "ended", want: "ended"},
		"taken at the third try":     {state: "active", want: "revoking", calls: "0s end, 500ms end, 1.5s end", fails: until(time.Second)},
		"never":                      {state: "active", want: "active", calls: "0s end, 500ms end, 1.5s end, 3.5s end, 7.5s end, 15.5s end", fails: until(time.Hour), bad: true},
		"refused, and not asked for": {state: "active", want: "active", calls: "0s end", bad: true, fails: func(*api) func(string) error { return func(string) error { return &client.Problem{Status: 403} } }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAPI(c.state)
				if c.fails != nil {
					a.fails = c.fails(a)
				}
				if c.late != nil {
					a.e.Deadline = a.began
					c.late(a)
				}
				e := a.e
				if c.believed != "" {
					e.State = c.believed
				}
				after, err := holder(a, &said{}).End(e)
				if after.State != c.want || (err != nil) != c.bad {
					t.Errorf("%s, %v; want %s", after.State, err, c.want)
				}
				if got := strings.Join(a.calls, ", "); got != c.calls {
					t.Errorf("calls = %s, want %s", got, c.calls)
				}
			})
		})
	}
}

// until makes every call fail for a while.
func until(d time.Duration) func(*api) func(string) error {
	return func(a *api) func(string) error {
		return func(string) error {
			if time.Since(a.began) < d {
				return errDown
			}
			return nil
		}
	}
}

func TestTicketFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ticket.json")
	if err := os.WriteFile(path, []byte("an older one"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := hold.Ticket{Elevation: id, Entitlement: "admin-30m", Principal: "arn:aws:iam::111122223333:role/engineer-deploy", Endpoint: "https://curfew.example.com"}
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := hold.ReadTicket(b); err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := want.Write(filepath.Join(t.TempDir(), "no such folder", "ticket.json")); err == nil {
		t.Error("written into a folder that is not there")
	}
}

func FuzzReadTicket(f *testing.F) {
	for _, s := range []string{`{"elevation":"` + id + `"}`, `{}`, `{"elevation":"../x"}`, `{"elevation":"` + id + `","more":1}`, `{"elevation":"` + id + `"}{}`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ticket, err := hold.ReadTicket(b)
		if err != nil {
			return
		}
		if len(ticket.Elevation) != len(id) || bytes.Count(b, []byte(ticket.Elevation)) == 0 && !bytes.ContainsRune(b, '\\') {
			t.Errorf("%q is %+v", b, ticket)
		}
	})
}

func TestTicketsThatAreNone(t *testing.T) {
	for name, text := range map[string]string{
		"empty": ``, "no id": `{}`, "a path for an id": `{"elevation":"../elevations"}`, "unknown members": `{"elevation":"` + id + `","token":"x"}`,
		"two ids": `{"elevation":"` + id + `","elevation":"` + id + `"}`, "two ids by case": `{"elevation":"` + id + `","Elevation":"` + id + `"}`,
		"two values": `{"elevation":"` + id + `"} {}`, "far too large": strings.Repeat(" ", 17<<10) + `{"elevation":"` + id + `"}`,
	} {
		if got, err := hold.ReadTicket([]byte(text)); err == nil {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}
