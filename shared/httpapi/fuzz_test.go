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
