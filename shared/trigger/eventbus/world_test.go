package eventbus_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/finding"
	"curfew/shared/iampolicy"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

const (
	account = "111122223333"
	another = "999988887777" // of the installation too, and not the trigger's
	machine = "arn:aws:states:us-east-1:" + account + ":stateMachine:elevation"
)

// readerWorld is a world with a reader of the bus.
type readerWorld struct {
	*accesstest.Story
	t      *testing.T
	reader *eventbus.Reader
	list   list
	facts  *facts
	jobs   *jobs
}

// tell tells a story on the day of the examples, with the trigger nightly.
func tell(t *testing.T, f func(h *readerWorld)) {
	accesstest.RunStory(t, accesstest.WorldSettings{}, func(s *accesstest.Story) {
		time.Sleep(time.Until(time.Date(2026, 8, 6, 12, 0, 0, 0, time.UTC)))
		h := &readerWorld{Story: s, t: t, list: list{nightlyTrigger()}, facts: &facts{}, jobs: &jobs{}}
		s.Catalog.Add(entitlement("nightly"))
		h.reader = &eventbus.Reader{
			Domain: access.Triggers{Service: s.Service}, Tasks: s.Service.Tasks(), Source: s.Service.Settings.Name,
			Triggers: &h.list, Facts: h.facts, Jobs: h.jobs, StateMachine: machine, Governs: governs(account, another),
		}
		f(h)
	})
}

func entitlement(name string) access.Entitlement {
	return access.Entitlement{
		Name: name, Owners: []string{"group:platform"}, Principals: []string{accesstest.Backup}, Requesters: []string{identity.TriggerID(name)},
		Tasks: []access.TaskRule{{Kind: "backup", Known: true}, {Kind: "workflow", Known: true}}, Max: 4 * time.Hour, Session: access.BindNone,
		Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`),
	}
}

func nightlyTrigger() trigger.Trigger {
	return trigger.Trigger{
		Name: "nightly", Entitlement: "nightly", Principals: []string{accesstest.Backup}, PrincipalAt: "detail.iamRoleArn",
		Accounts: []string{account}, Reason: "the nightly backup", Max: time.Hour,
		Start: []byte(`{"source":["aws.backup"],"detail":{"state":["RUNNING"]}}`),
	}
}

type list []trigger.Trigger

func (l *list) Triggers(context.Context) ([]trigger.Trigger, error) { return *l, nil }

// facts confirms all events, unless a test changes it.
type facts struct {
	mu           sync.Mutex
	confirmation eventbus.Confirmation
	since        time.Time
	err          error
	asked        []events.Signal
}

func (f *facts) Confirm(_ context.Context, s events.Signal) (eventbus.Fact, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, s)
	return eventbus.Fact{Confirmation: cmp.Or(f.confirmation, eventbus.Confirmed), Since: f.since}, f.err
}

// jobs keeps started jobs, once for each token.
type jobs struct {
	mu      sync.Mutex
	err     error
	started []string
}

func (j *jobs) Start(_ context.Context, job trigger.Job, _, token string) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil && !slices.Contains(j.started, token) {
		j.started = append(j.started, token)
	}
	return j.err
}

// take lets the reader take an event, and everything happen that follows at once.
func (h *readerWorld) take(raw []byte) ([]eventbus.Outcome, error) {
	h.t.Helper()
	out, err := h.reader.Take(h.Context(), raw)
	h.Advance(time.Second)
	return out, err
}

// wantStarted takes an event that should begin something for one trigger.
func (h *readerWorld) wantStarted(raw []byte, want trigger.StartOutcome) string {
	h.t.Helper()
	out, err := h.take(raw)
	if err != nil || len(out) != 1 || out[0].Started != want {
		h.t.Fatalf("%+v, %v; want one that %s", out, err, want)
	}
	return out[0].Elevation
}

// wantNothingStarted takes an event that should begin nothing, for the reason that has these words in it.
func (h *readerWorld) wantNothingStarted(raw []byte, why string) {
	h.t.Helper()
	out, err := h.take(raw)
	if err != nil || len(out) != 1 || out[0].Started != "" || !strings.Contains(out[0].Why, why) {
		h.t.Errorf("%+v, %v; want nothing, because %q", out, err, why)
	}
}

// findings are the subjects of all findings.
func (h *readerWorld) findings() []string {
	h.t.Helper()
	var subjects []string
	for _, row := range h.Store.All(record.AccessTable) {
		if row.Key.Sort != "finding" {
			continue
		}
		var f finding.Finding
		if err := json.Unmarshal(row.Body, &f); err != nil {
			h.t.Fatal(err)
		}
		subjects = append(subjects, f.Subject)
	}
	slices.Sort(subjects)
	return subjects
}

func (h *readerWorld) wantFindings(want ...string) {
	h.t.Helper()
	slices.Sort(want)
	if got := h.findings(); !slices.Equal(got, want) {
		h.t.Errorf("findings %q, want %q", got, want)
	}
}

// lives are all elevations there ever were.
func (h *readerWorld) lives() []access.Elevation {
	h.t.Helper()
	es, _, err := access.Lives(h.Store.All(record.AccessTable))
	if err != nil {
		h.t.Fatal(err)
	}
	return es
}

// event is an example with fields changed: the value at "detail.state" and so on; nil takes a field away.
func event(t testing.TB, example string, changes ...any) []byte {
	t.Helper()
	raw, err := events.Example(example)
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(raw, &whole); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		change(t, whole, changes[i].(string), changes[i+1])
	}
	out, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func change(t testing.TB, in map[string]any, path string, value any) {
	t.Helper()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		next, ok := in[name].(map[string]any)
		if !ok {
			t.Fatalf("the example has no %s", path)
		}
		in = next
	}
	if value == nil {
		delete(in, names[len(names)-1])
		return
	}
	in[names[len(names)-1]] = value
}

// parameterized has the entitlement nightly want a bucket.
func (h *readerWorld) parameterized() {
	h.Catalog.Change("nightly", func(e *access.Entitlement) {
		e.Parameters = map[string]iampolicy.ParameterType{"bucket": "bucket"}
		e.Policy = []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket}}/*"}]}`)
	})
}

// governs is a registry with these accounts.
func governs(accounts ...string) func(context.Context, string) (bool, error) {
	return func(_ context.Context, id string) (bool, error) { return slices.Contains(accounts, id), nil }
}
