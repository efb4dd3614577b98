package accesstest

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess"
)

// NewWorld returns a world. At the end of the test it is checked once more and closed.
func NewWorld(t testing.TB, set WorldSettings) *World {
	t.Helper()
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	iam.Set(set.IAM)
	settings := access.DefaultSettings()
	settings.SurveyEvery = 0 // the stories of the survey set it
	settings.Boundaries = []string{Boundary}
	settings.Operators = []string{"group:security"}
	w := &World{Catalog: NewCatalog(), IAM: iam, t: t, began: time.Now()}
	w.System, err = inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, Store: set.Store, IAM: iam, Decider: w.Catalog,
		Log: slog.New(slog.NewTextHandler(logger{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: time.Now, NewID: newIDs(),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.lake = t.TempDir()
	w.Archive.KeepLake(&log.Folder{Path: w.lake})
	w.Archive.View = onlyJSON{w.Archive.View.(*lake.Follower)}
	eyes := *w.Service
	w.faultless = &eyes
	// Wrap the ports before anything runs; stories set faults later.
	w.faults = &Faults{}
	w.Service.Store = &FaultyStore{Store: w.Service.Store, Faults: w.faults}
	w.Service.Cloud = &FaultyCloud{Cloud: w.Service.Cloud, Faults: w.faults}
	w.Service.Workflow = &FaultyWorkflow{Workflow: w.Service.Workflow, Faults: w.faults}
	w.checker.slack = 60*time.Second + set.Slack
	w.checker.otherPolicies = otherPolicies(iam)
	t.Cleanup(func() {
		w.checker.audited = 0
		w.CheckWorld()
		w.checkLog()
		w.Close()
		w.faults.Wait() // delayed effects reach a closed world
	})
	return w
}

// newIDs returns ids that sort by time and are the same in every run.
func newIDs() func() string {
	var n atomic.Uint64
	return func() string {
		var id ulid.ULID
		if err := id.SetTime(ulid.Timestamp(time.Now())); err != nil {
			panic(err) // only after the year 10889
		}
		copy(id[6:], fmt.Sprintf("%010d", n.Add(1)))
		return strings.ToLower(id.String())
	}
}

// logger writes to the test's log.
type logger struct{ t testing.TB }

func (l logger) Write(b []byte) (int, error) {
	l.t.Logf("%s", bytes.TrimSuffix(b, []byte("\n")))
	return len(b), nil
}
