package httpapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/api"
	"curfew/shared/baseline"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/record"
)

const (
	ordersLogs = "arn:aws:logs:eu-central-1:111122223333:log-group:orders:*"
	day        = "2026-10-05T"
)

func (w *world) could(who string, pairs ...string) (p api.PowerPage) {
	w.t.Helper()
	a := w.call(who, "GET", "/v1/audit/could?"+queryOf(pairs...), "").want(w.t, http.StatusOK)
	if err := json.Unmarshal(a.body, &p); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) instant() string { return w.now.Format(time.RFC3339) }

// surveyed keeps what the principals have by themselves.
func (w *world) surveyed() {
	w.t.Helper()
	page, err := w.svc.Cloud.Survey(w.t.Context(), "111122223333", "")
	if err == nil {
		err = baseline.Keep(w.t.Context(), w.svc.Store, baseline.Page{BeganAt: w.now, ReadAt: w.now, Account: page.Account, Entries: page.Own, Last: true})
	}
	if err != nil || page.Next != "" {
		w.t.Fatal(err, page.Next)
	}
}

// TestWhoCouldIsWhatIAMAllowed asks at each minute of a life, and the IAM in memory then.
func TestWhoCouldIsWhatIAMAllowed(t *testing.T) {
	w := newWorld(t)
	w.surveyed()
	w.now = w.now.Add(time.Minute)
	id, digest := w.asked("ana", askAdmin)
	w.call("ben", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest)).want(t, http.StatusOK)
	var at []time.Time
	allowed := map[time.Time]bool{}
	for minute := range 34 {
		w.now = w.now.Add(time.Minute)
		if minute == 2 {
			w.granted(id)
			w.now = w.now.Add(time.Minute)
		}
		at = append(at, w.now)
		allowed[w.now] = w.iam.Allowed(inprocess.DataCall{Principal: engineer, SessionName: "ana", Action: "logs:DeleteLogGroup", Resource: ordersLogs,
			Context: iampolicy.Context{"aws:ResourceAccount": {"111122223333"}}}).Outcome == iampolicy.Allowed
	}
	seen := map[bool]int{}
	for _, one := range at {
		p := w.could("dee", "action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", one.Format(time.RFC3339))
		if yes := len(p.Powers) == 1 && p.Powers[0].Answer == "yes"; yes != allowed[one] || len(p.Powers) > 1 {
			t.Errorf("at %s: %+v, IAM allowed it: %t", one, p.Powers, allowed[one])
		}
		seen[allowed[one]]++
	}
	if seen[true] != 29 || seen[false] != 5 {
		t.Errorf("%v, want 29 of the 34 with access", seen)
	}
}

func TestWhoCouldSaysWhoAndHowLong(t *testing.T) {
	w := newWorld(t)
	w.surveyed()
	id := w.active()
	w.now = w.now.Add(10 * time.Minute)
	golden(t, "could", w.call("dee", "GET", "/v1/audit/could?"+queryOf("action", "logs:GetLogEvents", "resource", ordersLogs, "at", w.instant()), ""))
	w.call("ana", "POST", "/v1/elevations/"+id+"/end", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Minute)
	if err := w.revoked(); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	for at, want := range map[string]string{
		"08:59:59": "",
		"09:00:00": "unknown: IAM may not have applied the grant yet",
		"09:00:10": "yes",
		"09:09:59": "yes",
		"09:10:00": "unknown: its end was ordered, and its absence was not proven yet",
		"09:11:00": "", // ended
	} {
		var got string
		for _, p := range w.could("dee", "action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", day+at+"Z").Powers {
			if got = p.Answer + strings.Join(append([]string{""}, p.Why...), ": "); p.Standing != "no" || len(p.Approvers) != 1 || p.Approvers[0].Name != "ben" || p.Until.Format("15:04") != "09:11" {
				t.Errorf("at %s: %+v", at, p)
			}
		}
		if got != want {
			t.Errorf("at %s: %q, want %q", at, got, want)
		}
	}
}

// TestWhatIsNotKnownIsUnknown: a key of the call, the policies of the principal, and what cannot be read.
func TestWhatIsNotKnownIsUnknown(t *testing.T) {
	w := newWorld(t)
	id := w.active()
	w.now = w.now.Add(time.Minute)
	ask := func(resource string) api.Power {
		t.Helper()
		p := w.could("dee", "action", "ec2:StopInstances", "resource", resource, "at", w.instant(), "principal", engineer)
		if len(p.Powers) != 1 {
			t.Fatalf("%+v", p)
		}
		return p.Powers[0]
	}
	if p := ask("arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"); p.Answer != "unknown" || p.Standing != "unknown" || p.StandingWhy == "" ||
		!slices.Equal(p.Why, []string{"what its own policies denied and its boundary allowed is not known"}) {
		t.Errorf("without a survey: %+v", p)
	}
	w.surveyed()
	w.now = w.now.Add(time.Minute)
	if p := ask("arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"); p.Answer != "yes" || p.Standing != "no" || p.StandingWhy != "as last seen at 2026-10-05T09:01:00Z" {
		t.Errorf("after a survey: %+v", p)
	}
	if p := w.could("dee", "action", "s3:GetObject", "resource", "arn:aws:s3:::bucket/key", "at", w.instant(), "principal", engineer).Powers; len(p) != 1 ||
		p[0].Answer != "unknown" || !slices.Equal(p[0].Why, []string{"it depends on aws:resourceaccount of the call"}) {
		t.Errorf("of a bucket, whose ARN has no account: %+v", p)
	}
	const instance = "arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"
	between := w.instant()
	w.now = w.now.Add(time.Minute)
	if err := w.iam.PutRolePolicyByHand(engineer, "own", `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"ec2:*","Resource":"*"}}`); err != nil {
		t.Fatal(err)
	}
	w.surveyed()
	if p := w.could("dee", "action", "ec2:StopInstances", "resource", instance, "at", w.instant()).Powers; len(p) != 0 {
		t.Errorf("its own policies deny it: %+v", p)
	}
	if p := w.could("dee", "action", "ec2:StopInstances", "resource", instance, "at", between).Powers; len(p) != 1 || p[0].Answer != "unknown" || p[0].Standing != "unknown" {
		t.Errorf("between two surveys that saw other policies: %+v", p)
	}
	l, err := w.svc.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	l.Terms.Policies[0] = "{}"
	row, err := record.Encode(access.TermsKey(id), 2, l.Terms)
	if err == nil {
		err = w.svc.Store.Write(t.Context(), record.Change{Row: row})
	}
	if err != nil {
		t.Fatal(err)
	}
	if p := ask("arn:aws:ec2:eu-central-1:111122223333:instance/i-0123456789abcdef0"); p.Answer != "unknown" || !strings.HasPrefix(p.Why[0], "its policies cannot be read") {
		t.Errorf("without policies: %+v", p)
	}
}

// A reader of one elevation could ask what its principal may do by itself, action by action.
func TestStandingPrivilegeIsToldToOperatorsAndOwnersOnly(t *testing.T) {
	w := newWorld(t)
	w.surveyed()
	w.active()
	w.now = w.now.Add(time.Minute)
	for who, want := range map[string]string{"dee": "no", "ana": "unknown"} {
		p := w.could(who, "action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", w.instant()).Powers
		if len(p) != 1 || p[0].Answer != "yes" || p[0].Standing != want || (p[0].StandingWhy == "only operators and owners are told") != (want == "unknown") {
			t.Errorf("%s: %+v, want standing %s", who, p, want)
		}
	}
}

// One damaged row failed every list that met it, also those of callers who may not see its elevation.
func TestADamagedElevationFailsNoList(t *testing.T) {
	for name, form := range map[string]int64{"its text": record.Form, "its form": 99} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ended, withdrawn, _ := w.threeLives()
			w.now = w.now.Add(time.Minute)
			w.store.Overwrite(record.Row{Key: access.TermsKey(ended), Version: 1, Body: []byte(`[]`)}, form)
			list := "/v1/elevations?" + queryOf("state", "ended,withdrawn")
			if a := w.call("cem", "GET", list, "").want(t, http.StatusOK); !strings.Contains(string(a.body), withdrawn) || strings.Contains(string(a.body), ended) {
				t.Errorf("cem's list: %s", a.body)
			}
			var page api.Page
			if err := json.Unmarshal(w.call("dee", "GET", list, "").want(t, http.StatusOK).body, &page); err != nil || len(page.Elevations) != 1 || !slices.Equal(page.Unreadable, []string{ended}) {
				t.Errorf("dee's list: %+v, %v", page, err)
			}
			pairs := []string{"action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", w.instant(), "principal", engineer}
			if p := w.could("dee", pairs...); !slices.Equal(p.Unreadable, []string{ended}) {
				t.Errorf("who could, to dee: %+v", p)
			}
			if p := w.could("ana", pairs...); len(p.Unreadable) > 0 {
				t.Errorf("who could, to ana: %+v", p)
			}
			if got := w.auditedAll("cem", "account", "111122223333"); !slices.Contains(got, withdrawn+" withdrawn") || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, ended) }) {
				t.Errorf("cem's evidence: %q", got)
			}
			for _, pairs := range [][]string{{"principal", engineer, "limit", "1"}, {"elevation", ended}, {"elevation", ended, "kind", "elevation.ended"}} {
				if got := w.auditedAll("dee", pairs...); len(got) < 2 || got[0] != ended+" unreadable" || got[len(got)-1] != ended+" ended" {
					t.Errorf("dee's evidence by %v: %q", pairs, got)
				}
			}
		})
	}
}

// TestWhoCouldHidesWhatListHides, and its cursor is of its caller.
func TestWhoCouldHidesWhatListHides(t *testing.T) {
	w := newWorld(t)
	w.surveyed()
	w.decider.overlap = true
	var want []string
	for _, task := range []string{"CHG-1", "CHG-2", "CHG-3"} {
		id, digest := w.asked("ana", strings.Replace(askAdmin, "CHG-1042", task, 1))
		w.call("ben", "POST", "/v1/elevations/"+id+"/decisions", decides("approve", digest)).want(t, http.StatusOK)
		w.granted(id)
		want = append([]string{id}, want...)
		w.now = w.now.Add(time.Second)
	}
	w.now = w.now.Add(time.Minute)
	pairs := []string{"action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", w.instant(), "limit", "1"}
	var got []string
	for next := ""; ; {
		p := w.could("dee", append(pairs, "cursor", next)[:8+min(2, 2*len(next))]...)
		for _, one := range p.Powers {
			got = append(got, one.Elevation)
		}
		if next = p.NextCursor; next == "" {
			break
		}
		w.call("ana", "GET", "/v1/audit/could?"+queryOf(append(pairs, "cursor", next)...), "").want(t, http.StatusBadRequest)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if p := w.could("eve", pairs...); len(p.Powers) > 0 || p.NextCursor != "" {
		t.Errorf("eve sees %+v", p)
	}
	if p := w.could("dee", "action", "logs:DeleteLogGroup", "resource", ordersLogs, "at", w.instant(), "account", "444455556666"); len(p.Powers) > 0 {
		t.Errorf("in another account: %+v", p)
	}
}

func TestWhoCouldNeedsOneCallAndAPlace(t *testing.T) {
	w := newWorld(t)
	good := map[string]string{"action": "s3:GetObject", "resource": "arn:aws:s3:::b/k", "at": "2026-10-05T08:00:00Z", "account": "111122223333"}
	for name, values := range map[string][]string{
		"action":    {"", "s3", "s3:*", "s3:Get?bject", "s3:GetObject,s3:PutObject", "s3:Get Object"},
		"resource":  {"", "b", "arn:aws:s3:::b/*", "arn:aws:s3", "**"},
		"at":        {"", "yesterday", "2026-10-05", "2026-10-05T10:00:00+01:00", "2026-10-05T09:00:01Z"},
		"account":   {""},
		"principal": {engineer},
		"limit":     {"0", "201", "-1", "x"},
		"cursor":    {"x"},
		"elevation": {"01m45mn5m00000000000000001"},
	} {
		for _, value := range values {
			var pairs []string
			for n, v := range good {
				if n != name {
					pairs = append(pairs, n, v)
				}
			}
			w.call("dee", "GET", "/v1/audit/could?"+queryOf(append(pairs, name, value)...), "").want(t, http.StatusBadRequest)
		}
	}
	for _, missing := range []string{"action", "resource", "at", "account"} {
		var pairs []string
		for n, v := range good {
			if n != missing {
				pairs = append(pairs, n, v)
			}
		}
		if a := w.call("dee", "GET", "/v1/audit/could?"+queryOf(pairs...), "").want(t, http.StatusBadRequest); !strings.Contains(string(a.body), missing) {
			t.Errorf("without %s: %s", missing, a.body)
		}
	}
}
