package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/api"
	"curfew/shared/fault"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hash is masked: it says nothing to a reader, and changes with the example's catalog.
var hash = regexp.MustCompile(`[0-9a-f]{64}`)

// golden holds a whole answer against its file: status, headers, body.
func golden(t *testing.T, name string, a answer) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintln(&b, a.StatusCode, http.StatusText(a.StatusCode))
	for _, h := range slices.Sorted(maps.Keys(a.Header)) {
		fmt.Fprintf(&b, "%s: %s\n", h, strings.Join(a.Header[h], " | "))
	}
	b.WriteString("\n")
	if err := json.Indent(&b, a.body, "", "  "); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, a.body)
	}
	got := hash.ReplaceAll(b.Bytes(), []byte("<sha-256>"))
	file := filepath.Join("testdata", "golden", name+".http")
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s = \n%s\nwant\n%s\n(go test -update writes it anew)", file, got, want)
	}
}

func TestAnswersOfALife(t *testing.T) {
	w := newWorld(t)
	at := func(rest string) string { return "/v1/elevations/01m45mn5m00000000000000001" + rest }

	requested := w.call("ana", "POST", "/v1/elevations", askAdmin, "Idempotency-Key: k1")
	golden(t, "requested", requested)
	golden(t, "list", w.call("ana", "GET", "/v1/elevations", ""))
	w.now = w.now.Add(4 * time.Minute)
	golden(t, "approved", w.call("ben", "POST", at("/decisions"), decides("approve", requested.member(t, "digest"))))
	golden(t, "show-approved", w.call("ben", "GET", at(""), ""))
	w.granted("01m45mn5m00000000000000001")
	w.now = w.now.Add(2 * time.Minute)
	golden(t, "heartbeat", w.call("ana", "POST", at("/heartbeat"), ""))
	w.now = w.now.Add(time.Minute)
	golden(t, "ending", w.call("ana", "POST", at("/end"), "{}"))
	if err := w.revoked(); err != nil {
		t.Fatal(err)
	}
	golden(t, "show-ended", w.call("ana", "GET", at(""), ""))
}

func TestAnswersBesides(t *testing.T) {
	w := newWorld(t)
	golden(t, "me", w.call("ana", "GET", "/v1/me", ""))
	golden(t, "me-machine", w.call("backup-runner", "GET", "/v1/me", ""))
	golden(t, "entitlements", w.call("cem", "GET", "/v1/entitlements", ""))
	golden(t, "entitlements-none", w.call("eve", "GET", "/v1/entitlements", ""))
	golden(t, "entitlement", w.call("cem", "GET", "/v1/entitlements/incident-logs", ""))
	golden(t, "entitlement-none", w.call("eve", "GET", "/v1/entitlements/incident-logs", ""))
	golden(t, "list-none", w.call("eve", "GET", "/v1/elevations", ""))
	id, _ := w.asked("ana", askAdmin)
	golden(t, "withdrawn", w.call("ana", "POST", "/v1/elevations/"+id+"/withdraw", ""))
	id, _ = w.asked("backup-runner", askBackup)
	golden(t, "show-machine", w.call("backup-runner", "GET", "/v1/elevations/"+id, ""))
	golden(t, "trial", w.call("ana", "POST", "/v1/trials", askAdmin))
	golden(t, "trial-refused", w.call("ana", "POST", "/v1/trials", strings.Replace(askAdmin, "1800", "3600", 1)))
}

func TestAnswersOfBreakGlass(t *testing.T) {
	w := newWorld(t)
	id, _ := w.asked("cem", askIncident)
	golden(t, "show-break-glass", w.call("cem", "GET", "/v1/elevations/"+id, ""))
	w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Hour)
	golden(t, "reviewed", w.call("ben", "POST", "/v1/elevations/"+id+"/review", `{"note": "nothing was read"}`))
}

func TestAnswersOfReviews(t *testing.T) {
	w := newWorld(t)
	golden(t, "reviews-none", w.call("ben", "GET", "/v1/reviews", ""))
	id, _ := w.asked("cem", askIncident)
	w.granted(id)
	at := "/v1/elevations/" + id + "/review"
	w.call("cem", "GET", at, "").want(t, http.StatusOK)
	w.used(id, "logs:FilterLogEvents", "logs:FilterLogEvents", "logs:DescribeLogGroups")
	w.now = w.now.Add(time.Minute)
	w.call("dee", "POST", "/v1/elevations/"+id+"/end", "").want(t, http.StatusOK)
	w.now = w.now.Add(time.Minute)
	if err := w.revoked(); err != nil {
		t.Fatal(err)
	}
	w.foundAbout(id)
	golden(t, "review", w.call("ben", "GET", at, ""))
	golden(t, "reviews", w.call("ben", "GET", "/v1/reviews?mine=sign&limit=1", ""))
	for who, want := range map[string]string{"cem": "", "dee": "", "ana": "none", "eve": "none", "robot": ""} {
		listed := strings.Contains(string(w.call(who, "GET", "/v1/reviews", "").body), id)
		if listed != (want == "") {
			t.Errorf("%s sees it in the list: %v", who, listed)
		}
		if a := w.call(who, "GET", "/v1/reviews?mine=sign", ""); strings.Contains(string(a.body), id) {
			t.Errorf("%s may sign it: %s", who, a.body)
		}
	}
	w.call("eve", "GET", at, "").want(t, http.StatusNotFound)
	w.call("ana", "GET", at, "").want(t, http.StatusNotFound)
	if a := w.call("ben", "GET", "/v1/reviews?state=overdue", ""); strings.Contains(string(a.body), id) {
		t.Errorf("overdue at once: %s", a.body)
	}
	w.now = w.now.Add(8 * 24 * time.Hour)
	if a := w.call("ben", "GET", "/v1/reviews?state=overdue", ""); !strings.Contains(string(a.body), `"overdue":true`) {
		t.Errorf("not overdue after eight days: %s", a.body)
	}
	w.call("ben", "POST", at, `{"note": "seen"}`).want(t, http.StatusOK)
	if a := w.call("ben", "GET", "/v1/reviews", ""); strings.Contains(string(a.body), id) {
		t.Errorf("listed when signed: %s", a.body)
	}
	if a := w.call("ben", "GET", at, ""); a.member(t, "due") != "false" && strings.Contains(string(a.body), `"due":true`) {
		t.Errorf("due when signed: %s", a.body)
	}
	for _, query := range []string{"mine=me", "state=open", "limit=0", "limit=201", "cursor=x", "mine=sign&cursor=x"} {
		w.call("ben", "GET", "/v1/reviews?"+query, "").want(t, http.StatusBadRequest)
	}
}

// TestReviewsComeInPages: each once, the oldest first, and hidden ones leave no trace.
func TestReviewsComeInPages(t *testing.T) {
	w := newWorld(t)
	var ids, got []string
	for range 120 {
		id, _ := w.asked("cem", askIncident)
		w.call("cem", "POST", "/v1/elevations/"+id+"/withdraw", "").want(t, http.StatusOK)
		ids = append(ids, id)
		w.now = w.now.Add(time.Minute)
	}
	for next := ""; ; {
		a := w.call("ben", "GET", "/v1/reviews?limit=50"+next, "").want(t, http.StatusOK)
		for _, m := range regexp.MustCompile(`"elevation":"(01m[^"]*)","requester"`).FindAllStringSubmatch(string(a.body), -1) {
			got = append(got, m[1])
		}
		cursor := a.member(t, "next_cursor")
		if next = "&cursor=" + cursor; cursor == "" {
			break
		}
	}
	if !slices.Equal(got, ids) {
		t.Errorf("%d reviews in pages, want %d in order", len(got), len(ids))
	}
	if a := w.call("ana", "GET", "/v1/reviews?limit=50", ""); a.member(t, "next_cursor") != "" {
		t.Errorf("a cursor for hidden reviews: %s", a.body)
	}
}

func TestAnswerOfAcknowledge(t *testing.T) {
	w := newWorld(t)
	id := w.active()
	w.call("dee", "POST", "/v1/elevations/"+id+"/end", "").want(t, http.StatusOK)
	w.failIAM("iam:DeleteRolePolicy")
	w.now = w.now.Add(10 * time.Minute)
	if err := w.revoked(); err == nil {
		t.Fatal("the removal succeeded")
	}
	golden(t, "acknowledged", w.call("dee", "POST", "/v1/elevations/"+id+"/acknowledge", ""))
}

func TestAnswersOfFindings(t *testing.T) {
	w := newWorld(t)
	golden(t, "findings-none", w.call("dee", "GET", "/v1/findings", ""))
	id := w.found("x")
	w.now = w.now.Add(time.Minute)
	w.found("y")
	golden(t, "findings", w.call("dee", "GET", "/v1/findings?state=open,acknowledged&severity=high&limit=1", ""))
	golden(t, "finding-acknowledged", w.call("dee", "POST", "/v1/findings/"+id+"/acknowledge", `{}`))
	golden(t, "finding-closed", w.call("dee", "POST", "/v1/findings/"+id+"/close", `{"reason": "our deployment"}`))
	golden(t, "finding", w.call("dee", "GET", "/v1/findings/"+id, ""))
	for _, query := range []string{"state=shut", "severity=grave", "limit=0", "limit=201", "since=yesterday", "kind=", "cursor=x", "state=open&cursor=x"} {
		w.call("dee", "GET", "/v1/findings?"+query, "").want(t, http.StatusBadRequest)
	}
	w.call("ana", "GET", "/v1/findings", "").want(t, http.StatusForbidden)
	w.call("dee", "POST", "/v1/findings/"+id+"/close", `{}`).want(t, http.StatusBadRequest)
}

// TestProblems has one golden file a kind.
func TestProblems(t *testing.T) {
	broken := func(err error) func(*world) { return func(w *world) { w.decider.broken = func() error { return err } } }
	none := func(*world) {}
	reused := func(w *world) { w.call("ana", "POST", "/v1/elevations", askAdmin, "Idempotency-Key: k1").want(t, 201) }
	tests := []struct {
		name    api.Kind
		arrange func(*world)
		who     string
		method  string
		path    string
		body    string
	}{
		{api.Invalid, none, "ana", "POST", "/v1/elevations", strings.Replace(askAdmin, "deployment", `\u202e`, 1)},
		{unauthenticated, none, "", "GET", "/v1/me", ""},
		{api.Denied, none, "ana", "POST", "/v1/elevations", strings.Replace(askAdmin, "1800", "3600", 1)},
		{api.NotFound, none, "ana", "GET", "/v1/elevations/01m45mn5m00000000000000009", ""},
		{methodNotAllowed, none, "ana", "DELETE", "/v1/elevations", ""},
		{api.Conflict, func(w *world) { w.asked("ana", askAdmin) }, "ana", "POST", "/v1/elevations", askAdmin},
		{api.Quota, broken(fault.Errorf(fault.Quota, "no room")), "ana", "POST", "/v1/elevations", askAdmin},
		{tooLarge, none, "ana", "POST", "/v1/elevations", strings.Repeat(" ", maxBody+1)},
		{mediaType, none, "ana", "POST", "/v1/elevations", "reason=x"},
		{api.KeyReused, reused, "ana", "POST", "/v1/elevations", strings.Replace(askAdmin, "stuck", "slow", 1)},
		{api.Throttled, func(w *world) { w.svc.Settings.OpenRequests = 1; w.asked("cem", askIncident) }, "cem", "POST", "/v1/elevations", askAdmin},
		{api.Unavailable, broken(fault.Errorf(fault.Transient, "connection to 10.0.0.7 refused")), "ana", "POST", "/v1/elevations", askAdmin},
		{api.Internal, broken(fault.Errorf(fault.Internal, "table access has no row x")), "ana", "POST", "/v1/elevations", askAdmin},
	}
	var seen []string
	for _, test := range tests {
		t.Run(string(test.name), func(t *testing.T) {
			w := newWorld(t)
			test.arrange(w)
			headers := []string{"Idempotency-Key: k1"}
			if test.name == mediaType {
				headers = append(headers, "Content-Type: application/x-www-form-urlencoded")
			}
			a := w.call(test.who, test.method, test.path, test.body, headers...)
			if got, want := a.member(t, "type"), "urn:curfew:problem:"+string(test.name); got != want {
				t.Errorf("type = %s, want %s", got, want)
			}
			golden(t, "problem-"+string(test.name), a)
		})
		seen = append(seen, string(test.name))
	}
	if want := each(meanings(), func(m meaning) string { return string(m.kind) }); !slices.Equal(seen, want) {
		t.Errorf("the table has %v, want %v", seen, want)
	}
}
