package eventbus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// scheduled is what EventBridge Scheduler puts into the queue.
func scheduled(t testing.TB, name, at string) []byte {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"version": "0", "id": "e1aedf47-0336-5ab6-a928-bbef5871d48e", "source": "curfew.schedule", "detail-type": "Scheduled", "account": account,
		"time": "2026-08-06T12:00:00Z", "region": "us-east-1", "resources": []string{}, "detail": map[string]string{"trigger": name, "at": at},
	})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestJobIsElevatedWhileItRuns(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.WantCan(accesstest.Backup, "any", false)
		id := h.wantStarted(event(t, running), trigger.Began)
		h.WantCan(accesstest.Backup, "any", true)
		if got := h.facts.asked[0].Role; got != accesstest.Backup {
			t.Errorf("confirmed for %s, want %s", got, accesstest.Backup)
		}
		if out, err := h.take(event(t, completed)); len(out) != 0 || err != nil {
			t.Errorf("%+v, %v; want an end to be taken in silence", out, err)
		}
		h.WantCan(accesstest.Backup, "any", false)
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		h.wantFindings()
		h.WantClean()
	})
}

func TestEventsDoubledAndReordered(t *testing.T) {
	tell(t, func(h *readerWorld) {
		id := h.wantStarted(event(t, running), trigger.Began)
		if again := h.wantStarted(event(t, running), trigger.Repeated); again != id {
			t.Errorf("taken twice: %s, want %s", again, id)
		}
		if again := h.wantStarted(event(t, running, "id", "another", "time", "2026-08-06T02:09:13Z"), trigger.Repeated); again != id {
			t.Errorf("told twice: %s, want %s", again, id)
		}
		h.take(event(t, completed))
		h.take(event(t, completed))
		h.wantStarted(event(t, running), trigger.TooLate)
		h.take(event(t, completed, "detail.backupJobId", "job-2"))
		h.wantStarted(event(t, running, "detail.backupJobId", "job-2"), trigger.TooLate)
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		if n := len(h.lives()); n != 1 {
			t.Errorf("%d elevations, want one", n)
		}
		h.wantFindings()
	})
}

// A start that its service denies is not known: other requests must not use it either.
func TestStartThatIsNotSoIsTakenBack(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.facts.confirmation = eventbus.Refuted
		h.wantNothingStarted(event(t, running), "denies it")
		_, err := h.As("backup").Tries("backup", time.Hour, func(r *access.Request) {
			r.Task = task.Task{Kind: "backup", ID: "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945"}
		})
		h.WantKind(err, fault.Denied)
		h.facts.confirmation = eventbus.Confirmed // the next start of the same id is another
		h.wantStarted(event(t, running, "detail.creationDate", "2026-08-06T11:00:00Z"), trigger.Began)
	})
}

func TestServiceThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.facts.err = errors.New("throttled")
		out, err := h.take(event(t, running))
		if fault.KindOf(err) != fault.Transient || len(out) != 1 || out[0].Started != "" {
			t.Errorf("%+v, %v; want it to be taken again", out, err)
		}
		h.wantFindings()
		h.facts.err = nil
		h.wantStarted(event(t, running), trigger.Began)
	})
}

func TestParametersComeFromTheEvent(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.parameterized()
		h.list[0].Parameters = map[string]string{"bucket": "{detail.bucket}"}
		for _, bad := range []string{"*", "${aws:username}", "a/*", "x", strings.Repeat("x", 100_000)} {
			raw := event(t, running, "detail.backupJobId", "job-x", "detail.bucket", bad)
			h.wantNothingStarted(raw, "bucket")
			if out, _ := h.take(raw); len(out) != 1 || len(out[0].Why) > 400 {
				t.Errorf("%d outcomes, the first of %d bytes; want one that is short", len(out), len(out[0].Why))
			}
		}
		h.wantFindings("event aws.backup of 111122223333 for trigger nightly: Invalid")
		h.WantClean()
		h.wantStarted(event(t, running, "detail.bucket", "nightly-copies"), trigger.Began)
	})
}

func TestEndPatternsEndWhatServesTheTask(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list[0].Ends = []trigger.End{{Pattern: []byte(`{"source":["shop.jobs"],"detail":{"over":[true]}}`), TaskAt: "detail.job"}}
		over := func(account, job string) []byte {
			return event(t, running, "source", "shop.jobs", "account", account, "detail.over", true, "detail.job", job)
		}
		id := h.wantStarted(event(t, running, "detail.backupJobId", "job-1"), trigger.Began)
		h.wantNothingStarted(over(another, "job-1"), "not one of its accounts")
		h.wantNothingStarted(over(account, "job 1 "), "cannot be the id of a task")
		h.take(over(account, "job-2"))
		h.WantCan(accesstest.Backup, "any", true)
		h.take(over(account, "job-1"))
		h.WantCan(accesstest.Backup, "any", false)
		h.Advance(2 * time.Minute)
		h.Want(id, "ended completed")
		h.wantFindings("event shop.jobs of 111122223333 for trigger nightly: task", "event shop.jobs of 999988887777 for trigger nightly: account")
	})
}

// An event about one task may be the end of another.
func TestEndPatternsMatchWhatTellsOfTasksToo(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list[0].Ends = []trigger.End{{Pattern: []byte(`{"detail-type":["Copy Job State Change"]}`), TaskAt: "detail.createdBy.job"}}
		h.wantStarted(event(t, running), trigger.Began)
		h.take(event(t, "copy-job-completed.json", "detail.createdBy", map[string]string{"job": "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945"}))
		h.WantCan(accesstest.Backup, "any", false)
	})
}

// The service is asked once, for the role that the event selects, in whatever field.
func TestServiceIsAskedForTheRoleThatIsPicked(t *testing.T) {
	tell(t, func(h *readerWorld) {
		other := nightlyTrigger()
		other.Name, other.Entitlement = "weekly", "weekly"
		h.Catalog.Add(entitlement("weekly"))
		h.list = append(h.list, other)
		for i := range h.list {
			h.list[i].PrincipalAt = "detail.assumes"
		}
		if out, err := h.take(event(t, running, "detail.iamRoleArn", accesstest.Agent, "detail.assumes", accesstest.Backup)); err != nil || len(out) != 2 {
			t.Errorf("%+v, %v; want two outcomes", out, err)
		}
		if got := h.facts.asked; len(got) != 1 || got[0].Role != accesstest.Backup {
			t.Errorf("asked %+v, want once, for %s", got, accesstest.Backup)
		}
	})
}

// A source that cannot be asked, and that no trigger lists, makes tasks known too: people ask for them.
func TestTasksAreKnownWithoutATrigger(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.list = nil
		h.wantNothingStarted(event(t, running, "detail.backupJobId", "job-1"), "it starts no trigger")
		_, err := h.As("backup").Tries("backup", time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "backup", ID: "job-1"} })
		h.WantKind(err, "")
	})
}

func TestManyJobsAreOneGrant(t *testing.T) {
	tell(t, func(h *readerWorld) {
		job := func(example string, n int) []byte {
			return event(t, example, "detail.backupJobId", fmt.Sprint("job-", n))
		}
		id := h.wantStarted(job(running, 0), trigger.Began)
		for n := 1; n < 20; n++ {
			if got := h.wantStarted(job(running, n), trigger.Joined); got != id {
				t.Errorf("job %d joined %s, want %s", n, got, id)
			}
		}
		for n := range 20 {
			h.WantCan(accesstest.Backup, "any", true)
			h.take(job(completed, n))
		}
		h.WantCan(accesstest.Backup, "any", false)
	})
}

// interleavedCloud is a cloud in which something happens while Grant uses it.
type interleavedCloud struct {
	access.Cloud
	looks, attaches func()
}

func (m *interleavedCloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	m.looks()
	return m.Cloud.Look(ctx, arn)
}

func (m *interleavedCloud) Attach(ctx context.Context, g access.Grant) error {
	m.attaches()
	return m.Cloud.Attach(ctx, g)
}

// A second job's event comes while the first one's grant is made: neither loses it.
func TestJobThatJoinsWhileItIsGranted(t *testing.T) {
	for _, name := range []string{"before granting is stored", "before active is stored"} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				joins := sync.OnceFunc(func() {
					out, err := h.reader.Take(h.Context(), event(t, running, "detail.backupJobId", "job-2"))
					if err != nil || len(out) != 1 || out[0].Started != trigger.Joined {
						t.Errorf("%+v, %v; want it to join", out, err)
					}
				})
				looks := 0
				cloud := &interleavedCloud{Cloud: h.Service.Cloud, looks: func() {}, attaches: func() {}}
				if name == "before active is stored" {
					cloud.attaches = joins
				} else {
					cloud.looks = func() {
						if looks++; looks == 2 { // the first is the request's
							joins()
						}
					}
				}
				h.Service.Cloud = cloud
				id := h.wantStarted(event(t, running), trigger.Began)
				h.Advance(10 * time.Second)
				h.WantCan(accesstest.Backup, "any", true)
				if got := h.Elevation(id); got.State != access.Active || len(got.Tasks) != 2 {
					t.Errorf("%s, serving %q; want it active, for both", got.State, got.Tasks)
				}
			})
		})
	}
}
