package httpapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzBody sends any body to every route that reads one: nothing panics, and nothing is a fault of ours.
func FuzzBody(f *testing.F) {
	for _, seed := range []string{askAdmin, askBackup, askIncident, decides("deny", strings.Repeat("a", 64)), `{"note": "read"}`, "{}", "",
		`{"everything": true, "count_only": true, "cursor": "e30"}`, `{"principal": "` + engineer + `", "reason": "x"}`,
		`{"reason":"\ud800"}`, `{"a":[[[[]]]]}`, `{"Reason":1}`, "\xff", with("1800", "1e999"), with("stuck", `\u202e`)} {
		f.Add(seed)
	}
	w := newWorld(f)
	id, _ := w.asked("ana", askAdmin)
	f.Fuzz(func(t *testing.T, body string) {
		for _, path := range []string{"/elevations", "/elevations/" + id + "/decisions", "/elevations/" + id + "/heartbeat", "/elevations/" + id + "/review",
			"/ends", "/suspensions", "/suspensions/lift", "/trials"} {
			r := httptest.NewRequest("POST", "/v1"+path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer cem")
			r.Header.Set("Content-Type", "application/json")
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code >= http.StatusInternalServerError {
				t.Errorf("%s = %d %s\n%s", path, rec.Code, rec.Body, w.log)
			}
		}
	})
}

// FuzzAuditQuery sends any query to the questions about evidence: nothing panics, nothing is a fault of ours, and eve sees nothing.
func FuzzAuditQuery(f *testing.F) {
	w := newWorld(f)
	ended, _, _ := w.threeLives()
	cursor := w.audited("dee", "account", "111122223333", "limit", "2").NextCursor
	for _, seed := range []string{"", "account=111122223333", "elevation=" + ended, "task=change%2FCHG-1042&limit=1", "account=111122223333&cursor=" + cursor,
		"caller=me&day=2026-10-05", "caller=a%23b&from=2026-10-05T00:00:00Z&to=2026-10-06T00:00:00Z", "requester=%23&kind=,,&day=9999-12-31", "account=%ff&account=2",
		"action=s3:GetObject&resource=*&at=2026-10-05T09:01:00Z&account=111122223333", "action=a:b&resource=arn:::::&at=0000-01-01T00:00:00Z&principal=x", "approver=me&to=9999-12-31T23:59:59Z"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, path := range []string{"/v1/audit", "/v1/audit/could"} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL.RawQuery = query
			r.Header.Set("Authorization", "Bearer eve")
			rec := httptest.NewRecorder()
			w.handler.ServeHTTP(rec, r)
			if rec.Code >= http.StatusInternalServerError || strings.Contains(rec.Body.String(), `"kind":"elevation.`) || strings.Contains(rec.Body.String(), `"answer"`) {
				t.Errorf("%s?%q = %d %s\n%s", path, query, rec.Code, rec.Body, w.log)
			}
		}
	})
}
