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
			"/ends", "/suspensions", "/suspensions/lift"} {
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

// FuzzCursor takes nothing but what was given.
func FuzzCursor(f *testing.F) {
	good := cursor{Filter: "0011223344556677", After: "01k6y3m1x80000000000000001"}.String()
	f.Add(good)
	f.Add(good + "=")
	f.Add("e30")
	f.Fuzz(func(t *testing.T, s string) {
		after, err := readCursor(s, "0011223344556677")
		if err == nil && (cursor{Filter: "0011223344556677", After: after}).String() != s {
			t.Errorf("%q was taken for a cursor after %q", s, after)
		}
	})
}
