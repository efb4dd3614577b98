package command_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"curfew/scripts/curfew/client"
)

// commandsThatAsk are the commands that make a request.
func commandsThatAsk() map[string]string {
	return map[string]string{
		"request": request,
		"run":     strings.Replace(request, "curfew request admin-30m", "curfew run --no-wait --entitlement admin-30m", 1),
	}
}

func TestRequesterIsWarnedOfSessionsThatHaveNoMFA(t *testing.T) {
	for name, ask := range commandsThatAsk() {
		for what, c := range map[string]struct {
			session     client.Session
			shown, told string
		}{
			"in calls":   {client.Session{Bind: "userid", Value: "ana", MFA: true}, "; calls need MFA\n", "AWS allows only calls with MFA: of a session that a user began with a code."},
			"at sign-in": {client.Session{Bind: "userid", Value: "ana", MFASignIn: true}, "; MFA at sign-in only\n", ""},
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newShell(t)
					s.api.changes = func(e *client.Elevation) { e.Session = &c.session }
					if got := s.tell(t, "ana: "+ask); strings.Contains(got, "calls with MFA") != (c.told != "") || !strings.Contains(got, c.told) {
						t.Errorf("told %s", got)
					}
					if got := s.tell(t, "ana: curfew show "+first); !strings.Contains(got, c.shown) || !strings.Contains(got, "terms: match the digest") {
						t.Errorf("shown %s, want %s", got, c.shown)
					}
				})
			})
		}
	}
}

func TestRequesterIsToldWhenApproversAreToldLater(t *testing.T) {
	for name, ask := range commandsThatAsk() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newShell(t)
				s.api.changes = func(e *client.Elevation) { e.Withdrew, e.ToldAt = 3, e.RequestedAt.Add(15*time.Minute) }
				const want = "curfew: approvers are told at 2000-01-01T00:15:00Z (in 15 min): you withdrew 3 requests in this hour\n"
				if got := s.tell(t, "ana: "+ask); !strings.Contains(got, want) {
					t.Errorf("told %s", got)
				}
			})
		})
	}
}
