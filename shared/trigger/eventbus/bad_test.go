package eventbus_test

import (
	"bytes"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/task"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

const (
	running   = "backup-job-running.json"
	completed = "backup-job-completed.json"
)

// A bad event begins nothing, blocks nothing, and is a finding where a person should look.
func TestBadEventsBeginNothing(t *testing.T) {
	for name, c := range map[string]struct {
		event   []byte
		trigger func(*trigger.Trigger)
		facts   eventbus.Confirmation
		why     string
		finding string // its subject; empty: none
		asked   int    // how often
	}{
		"no JSON":                 {event: []byte(`{`), why: "unexpected end", finding: "event"},
		"nothing at all":          {event: nil, why: "unexpected end", finding: "event"},
		"too large":               {event: bytes.Repeat([]byte(" "), 1<<20), why: "bytes", finding: "event"},
		"a missing field":         {event: event(t, running, "detail.backupJobId", nil), why: "missing", finding: "event aws.backup Backup Job State Change detail.backupJobId"},
		"another shape":           {event: event(t, running, "detail.backupJobId", []int{1}), why: "want a string", finding: "event aws.backup Backup Job State Change detail.backupJobId"},
		"a state that is unknown": {event: event(t, running, "detail.state", "RUNING"), why: "unknown state", finding: "event aws.backup Backup Job State Change detail.state"},
		"an account that is none": {event: event(t, running, "account", "1111"), why: "account", finding: "event aws.backup Backup Job State Change account"},
		"an account that is not listed": {
			event: event(t, running, "account", another), why: another, finding: "event aws.backup of " + another + " for trigger nightly: account",
		},
		"an account of strangers": {event: event(t, running, "account", "444455556666"), why: "does not belong to this installation", finding: "event aws.backup of 444455556666: account"},
		"a principal that is not listed": {
			event: event(t, running, "detail.iamRoleArn", accesstest.Engineer), why: "not one of its principals", finding: "event aws.backup of 111122223333 for trigger nightly: principal",
		},
		"no principal":              {event: event(t, running, "detail.iamRoleArn", nil), why: "missing", finding: "event aws.backup of 111122223333 for trigger nightly: principal"},
		"an empty principal":        {event: event(t, running, "detail.iamRoleArn", ""), why: "want a text", finding: "event aws.backup of 111122223333 for trigger nightly: principal"},
		"a principal's case":        {event: event(t, running, "detail.iamRoleArn", "arn:aws:iam::111122223333:role/Backup-runner"), why: "not one of", finding: "event aws.backup of 111122223333 for trigger nightly: principal"},
		"a principal twice":         {event: bytes.Replace(event(t, running), []byte(`"iamRoleArn":`), []byte(`"iamRoleArn":"`+accesstest.Backup+`","iamRoleArn":`), 1), why: "the same name twice", finding: "event aws.backup Backup Job State Change detail"},
		"a source that is not read": {event: event(t, running, "source", "my.backup"), why: ""},
		"an instant to come":        {event: event(t, running, "detail.creationDate", "2026-08-07T00:00:00Z"), why: "is in the future", finding: "event aws.backup of 111122223333: Invalid"},
		"a state that is neither":   {event: event(t, "backup-job-pending.json"), why: ""},
		"a shape that is unconfirmed": {
			event: event(t, "rotation-started.json"), trigger: rotates, why: "AWS does not document its shape", finding: "event aws.secretsmanager of 111122223333 for trigger nightly: shape",
		},
		"a parameter that is missing": {
			event: event(t, running), trigger: func(tr *trigger.Trigger) { tr.Parameters = map[string]string{"bucket": "{detail.bucket}"} },
			why: "detail.bucket: missing", finding: "event aws.backup of 111122223333 for trigger nightly: parameter bucket",
		},
		"a parameter that is none": {
			event: event(t, running), trigger: func(tr *trigger.Trigger) { tr.Parameters = map[string]string{"bucket": "x"} },
			why: "no such parameter", finding: "event aws.backup of 111122223333 for trigger nightly: Invalid", asked: 1,
		},
		"principals without a place": {
			event: event(t, running), trigger: func(tr *trigger.Trigger) {
				tr.PrincipalAt, tr.Principals = "", []string{accesstest.Backup, accesstest.Agent}
			},
			why: "2 principals", finding: "event aws.backup of 111122223333 for trigger nightly: principal",
		},
		"a pattern that is none": {
			event: event(t, running), trigger: func(tr *trigger.Trigger) { tr.Start = []byte(`{"source":"aws.backup"}`) },
			why: "pattern cannot be read", finding: "event aws.backup of 111122223333 for trigger nightly: pattern",
		},
		"what the service denies":        {event: event(t, running), facts: eventbus.Refuted, why: "denies it", finding: "event aws.backup of 111122223333 for trigger nightly: not so", asked: 1},
		"what the service cannot say":    {event: event(t, running), facts: eventbus.Unconfirmable, why: "has no way to confirm it", finding: "event aws.backup of 111122223333 for trigger nightly: cannot be asked", asked: 1},
		"what the service says is over":  {event: event(t, running), facts: eventbus.Finished, why: "is over", asked: 1},
		"what the service says in doubt": {event: event(t, running), facts: "perhaps", why: "denies it", finding: "event aws.backup of 111122223333 for trigger nightly: not so", asked: 1},
		"what policy denies": {
			event: event(t, running), trigger: func(tr *trigger.Trigger) { tr.Entitlement = "admin" }, why: "curfew.entitlement", asked: 1,
		},
		"our own state machine": {event: event(t, "states-execution-running.json", "detail.stateMachineArn", machine), trigger: matchAnything, why: "own state machine"},
		"our own execution": {
			event: event(t, "states-execution-running.json", "detail.executionArn", "arn:aws:states:us-east-1:"+account+":execution:elevation:x"), trigger: matchAnything, why: "own state machine",
		},
		"our own announcement":   {event: event(t, "elevation-active.json"), trigger: matchAnything, why: ""},
		"a schedule of no type":  {event: event(t, "elevation-active.json", "source", "curfew.schedule"), why: "not of type", finding: "event curfew.schedule of 111122223333: schedule"},
		"a schedule of no time":  {event: scheduled(t, "nightly", "soon"), why: "not a time", finding: "event curfew.schedule of 111122223333: detail.at"},
		"a schedule for nothing": {event: scheduled(t, "nightly", "2026-08-06T12:00:00Z"), why: "no trigger of this name with a schedule"},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				if c.trigger != nil {
					c.trigger(&h.list[0])
				}
				h.facts.confirmation = c.facts
				if c.why != "" {
					h.wantNothingStarted(c.event, c.why)
				} else if out, err := h.take(c.event); len(out) != 0 || err != nil {
					t.Errorf("%+v, %v; want nothing to be said of it", out, err)
				}
				if c.finding != "" {
					h.wantFindings(c.finding)
				} else {
					h.wantFindings()
				}
				if got := len(h.facts.asked); got != c.asked {
					t.Errorf("the service was asked %d times, want %d", got, c.asked)
				}
				h.WantClean()
			})
		})
	}
}

func TestStrangersMakeNoTaskKnownAndNoneOver(t *testing.T) {
	strangers := func(example string) []byte { return event(t, example, "account", "444455556666") }
	tell(t, func(h *readerWorld) {
		h.wantNothingStarted(strangers(running), "does not belong to this installation")
		_, err := h.As("backup").Tries("backup", time.Hour, func(r *access.Request) {
			r.Task = task.Task{Kind: "backup", ID: "B6EC38D2-CB3C-EF0A-F5A4-3CF324EF4945"}
		})
		h.WantKind(err, fault.Denied)
		id := h.wantStarted(event(t, running), trigger.Began)
		h.Advance(time.Minute)
		h.wantNothingStarted(strangers("backup-job-completed.json"), "does not belong to this installation")
		h.Want(id, "active")
	})
}

// The administrator of another account can trigger their own alarm.
func TestTaskOfAnotherAccountIsNotKnownToWhoAsks(t *testing.T) {
	for name, c := range map[string]struct {
		account string
		refused fault.Kind
	}{"of another account": {another, fault.Denied}, "of the principal's": {account, ""}} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				h.Catalog.Change("incident", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "incident", Known: true}} })
				arn := "arn:aws:cloudwatch:us-east-1:" + c.account + ":alarm:mine"
				_, err := h.take(event(t, "alarm-alarm.json", "account", c.account, "resources", []string{arn}))
				h.WantKind(err, "")
				_, err = h.As("ana").Tries("incident", time.Hour, func(r *access.Request) { r.Task.ID = arn })
				h.WantKind(err, c.refused)
			})
		})
	}
}

func TestUnconfirmedShapeMakesNoTaskKnownToWhoAsks(t *testing.T) {
	tell(t, func(h *readerWorld) {
		h.Catalog.Change("deploy", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "rotation", Known: true}} })
		const arn = "arn:aws:secretsmanager:us-east-1:" + account + ":secret:mine-AbCdEf"
		_, err := h.take(event(t, "rotation-called.json", "detail.responseElements.arn", arn))
		h.WantKind(err, "")
		_, err = h.As("ana").Tries("deploy", time.Hour, func(r *access.Request) { r.Task = task.Task{Kind: "rotation", ID: arn} })
		h.WantKind(err, fault.Denied)
	})
}

func rotates(tr *trigger.Trigger) {
	tr.PrincipalAt, tr.Start = "", []byte(`{"source":["aws.secretsmanager"]}`)
}

// matchAnything lets every event start it for the one principal.
func matchAnything(tr *trigger.Trigger) {
	tr.PrincipalAt, tr.Unconfirmed, tr.Start = "", true, []byte(`{"source":[{"exists":true}]}`)
}

func TestPoisonBlocksNoBatch(t *testing.T) {
	tell(t, func(h *readerWorld) {
		good := func(id string) []byte { return event(t, running, "detail.backupJobId", id) }
		batch := [][]byte{good("job-1"), []byte(`{"source":"aws.backup"`), event(t, running, "detail.state", 7), nil, good("job-2")}
		for _, raw := range batch {
			if _, err := h.take(raw); err != nil {
				t.Errorf("%.40s: %v, want nothing to be taken again", raw, err)
			}
		}
		es := h.lives()
		if len(es) != 1 || len(es[0].Tasks) != 2 || es[0].State != access.Active {
			t.Errorf("elevations %+v, want one that serves both good ones", es)
		}
		h.wantFindings("event", "event aws.backup Backup Job State Change detail.state")
	})
}

// A sender invented sources and detail-types. Each made another finding.
func TestBrokenEventsOfInventedSourcesAreOneFinding(t *testing.T) {
	tell(t, func(h *readerWorld) {
		for _, source := range []string{"my.jobs", "my.tasks", "aws.invented"} {
			h.take(event(t, running, "source", source, "detail-type", source, "account", "<account>"))
		}
		h.take(event(t, running, "account", "<account>"))
		h.wantFindings("event account", "event aws.backup Backup Job State Change account")
	})
}

// The second trigger begins even if the first fails. Only what may succeed later is an error.
func TestOneTriggerKeepsNoOtherFromBeginning(t *testing.T) {
	for name, spoil := range map[string]func(h *readerWorld, tr *trigger.Trigger){
		"denied":     func(_ *readerWorld, tr *trigger.Trigger) { tr.Entitlement = "admin" },
		"suspect":    func(_ *readerWorld, tr *trigger.Trigger) { tr.Accounts = nil },
		"unreadable": func(_ *readerWorld, tr *trigger.Trigger) { tr.Start = []byte(`x`) },
		"fails now": func(h *readerWorld, _ *trigger.Trigger) {
			h.Faults(accesstest.Once("store.Write", 2, accesstest.Fault{Failure: accesstest.ErrorBefore})) // the first is the task's
		},
	} {
		t.Run(name, func(t *testing.T) {
			tell(t, func(h *readerWorld) {
				other := nightlyTrigger()
				other.Name, other.Entitlement = "weekly", "weekly"
				h.Catalog.Add(entitlement("weekly"))
				h.list = append(h.list, other)
				spoil(h, &h.list[0])
				out, err := h.take(event(t, running))
				if len(out) != 2 || out[0].Started != "" || out[1].Started != trigger.Began {
					t.Errorf("%+v, %v; want the second to begin", out, err)
				}
				if got, want := fault.KindOf(err), map[bool]fault.Kind{true: fault.Transient}[name == "fails now"]; got != want {
					t.Errorf("error %v, want %q", err, want)
				}
				h.Faults(nil)
				if name == "fails now" {
					out, err = h.take(event(t, running))
					if err != nil || out[0].Started != trigger.Began || out[1].Started != trigger.Repeated {
						t.Errorf("taken again: %+v, %v; want the first to begin and the second not again", out, err)
					}
				}
			})
		})
	}
}
