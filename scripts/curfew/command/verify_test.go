package command_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/command"
	"curfew/shared/evidence"
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
			if r.code != 3 || !strings.Contains(r.stderr, "digest ("+name+"):") || len(d.Decisions) > 0 {
				t.Errorf("approve = %d %s, decisions %v: want it refused over its %s", r.code, r.stderr, d.Decisions, name)
			}
			if r := s.run(t.Context(), "show", d.ID); r.code != 3 || !strings.Contains(r.stdout, "terms: do NOT match the digest (checked locally): "+name) {
				t.Errorf("show = %d %s, want it to say so", r.code, r.stdout)
			}
		})
	}
}

// textOfFirst is an API that changes the text of the first record.
func textOfFirst(old, new string) func(*client.Detail) {
	return func(d *client.Detail) {
		d.Timeline[0] = evidence.DecodeLenient([]byte(strings.Replace(string(d.Timeline[0].Text()), old, new, 1)))
	}
}

func TestEvidenceThatFailsIsNotSuccess(t *testing.T) {
	for name, c := range map[string]struct {
		lie  func(*client.Detail)
		want evidence.State
	}{
		"an actor changed":       {textOfFirst("person:", "Person:"), evidence.Broken},
		"a space added":          {textOfFirst(`"time":`, `"time": `), evidence.Broken},
		"its tail cut":           {func(d *client.Detail) { d.Timeline = d.Timeline[:0] }, evidence.Truncated},
		"its tail and head cut":  {func(d *client.Detail) { d.Timeline, d.Evidence.Head = d.Timeline[:0], evidence.Head{} }, evidence.Truncated},
		"ended without a record": {func(d *client.Detail) { d.State = "ended" }, evidence.Truncated},
		"the API says so": {func(d *client.Detail) {
			d.Evidence.Verdict = evidence.Verdict{State: evidence.Truncated, Why: "record 7"}
		}, evidence.Truncated},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShell(t)
			s.env["CURFEW_TOKEN"] = "token-of-ana"
			if r := s.run(t.Context(), "request", "admin-30m", "--principal", role, "--task", "change/CHG-1", "--reason", "it is broken", "--for", "30m"); r.code != 0 {
				t.Fatalf("request: %+v", r)
			}
			d := s.api.elevations[0]
			c.lie(d)
			r := s.run(t.Context(), "show", d.ID)
			if r.code != command.EvidenceFails || !strings.Contains(r.stdout, "evidence: "+strings.ToUpper(string(c.want))+": ") || !strings.Contains(r.stderr, "its evidence is "+string(c.want)) || strings.Count(r.stderr, "by the API: ") > 1 {
				t.Errorf("show = %d %s %s", r.code, r.stdout, r.stderr)
			}
			r = s.run(t.Context(), "show", d.ID, "-o", "json")
			var shown client.Detail
			if err := json.Unmarshal([]byte(r.stdout), &shown); err != nil || r.code != command.EvidenceFails || shown.Evidence.State != c.want || shown.Evidence.Why == "" {
				t.Errorf("show -o json = %d %+v, %v", r.code, shown.Evidence, err)
			}
			s.env["CURFEW_TOKEN"], s.stdin, s.ask = "token-of-ben", "yes\n", true
			if r := s.run(t.Context(), "approve", d.ID); r.code != command.EvidenceFails || len(d.Decisions) > 0 {
				t.Errorf("approve = %d %s, decisions %v", r.code, r.stderr, d.Decisions)
			}
		})
	}
}
