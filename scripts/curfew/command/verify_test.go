package command_test

import (
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
)

func TestTermsThatAreNotThoseOfTheDigestAreNotApproved(t *testing.T) {
	for name, lie := range map[string]func(*client.Detail){
		"digest":      func(d *client.Detail) { d.Digest = strings.Repeat("0", 64) },
		"principal":   func(d *client.Detail) { d.Principal = strings.Replace(d.Principal, "deploy", "report", 1) },
		"entitlement": func(d *client.Detail) { d.Entitlement = "read-only" },
		"parameters":  func(d *client.Detail) { d.Terms.Parameters = map[string]string{"account": "444455556666"} },
		"requester":   func(d *client.Detail) { d.Requester.Name = "cem" },
		"task":        func(d *client.Detail) { d.Task.Known = false },
		"reason":      func(d *client.Detail) { d.Reason = "nothing to see" },
		"session":     func(d *client.Detail) { d.Session = &client.Session{Bind: "userid", Value: "cem"} },
		"times":       func(d *client.Detail) { d.LatestEnd = d.LatestEnd.Add(-time.Hour) },
		"approval":    func(d *client.Detail) { d.Approval.Need = 3 },
		"owners":      func(d *client.Detail) { d.Terms.Owners = []string{"group:security"} },
		"form":        func(d *client.Detail) { d.Terms.Contain = true },
		"policies":    func(d *client.Detail) { d.Terms.Policies[0] = []byte(`{"Version":"2012-10-17","Statement":[]}`) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t)
			s.env["CURFEW_TOKEN"] = "token-of-ana"
			if r := s.run(t.Context(), "request", "admin-30m", "--principal", role, "--task", "change/CHG-1", "--reason", "it is broken", "--for", "30m"); r.code != 0 {
				t.Fatalf("request: %+v", r)
			}
			d := s.api.elevations[0]
			lie(d)
			s.env["CURFEW_TOKEN"], s.stdin, s.ask = "token-of-ben", "yes\n", true
			r := s.run(t.Context(), "approve", d.ID)
			if r.code != 1 || !strings.Contains(r.stderr, "in its "+name+":") || len(d.Decisions) > 0 {
				t.Errorf("approve = %d %s, decisions %v: want it refused over its %s", r.code, r.stderr, d.Decisions, name)
			}
			if r := s.run(t.Context(), "show", d.ID); !strings.Contains(r.stdout, "terms: NOT those that the digest is of, checked here: "+name) {
				t.Errorf("show = %s, want it to say so", r.stdout)
			}
		})
	}
}
