package console

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

var pictures = flag.String("pictures", "", "`folder` for the pictures of the README; empty: none is made")

// mostPicture is in bytes: a README is read on slow lines too.
const mostPicture = 150_000

// TestPictures writes what a lead sees before a decision, and what an engineer has afterwards, where -pictures says.
func TestPictures(t *testing.T) {
	folder := *pictures
	if folder == "" {
		folder = t.TempDir()
	}
	r, ben, ana := alone(t), newTab(t), newTab(t)
	r.happens(t, "curfew-task-started.json")
	request := askAdmin(taskID(t, "curfew-task-started.json"))
	var e struct{ ID string }
	if status := r.call(t, "ana", http.MethodPost, "/v1/elevations", request, &e); status != http.StatusCreated {
		t.Fatalf("the request: %d", status)
	}
	ben.on(screen{"README", 1100, 1400, false})
	ben.signIn(r, "ben")
	ben.show("decide/" + e.ID)
	ben.find("button", "Approve")
	ben.picture(folder, "decide")
	ben.click("button", "Approve")
	ben.sees("there is nothing to decide")
	ana.on(screen{"README", 1100, 700, false})
	ana.signIn(r, "ana")
	ana.find("button", "End it now")
	ana.picture(folder, "active")
	ana.click("button", "End it now")
	ana.find("dialog", "End it now?")
	ana.click("button", "End it now")
	await(t, "the end", func() bool {
		var now struct{ State string }
		r.call(t, "ana", http.MethodGet, "/v1/elevations/"+e.ID, nil, &now)
		return now.State == "ended"
	})
	for _, name := range []string{"decide", "active"} {
		file, err := os.Stat(filepath.Join(folder, name+".png"))
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %d bytes (at most %d)", file.Name(), file.Size(), mostPicture)
		if file.Size() > mostPicture {
			t.Errorf("%s has %d bytes", file.Name(), file.Size())
		}
	}
}
