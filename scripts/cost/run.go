package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/onaws"
	"curfew/shared/record"
	"curfew/statemachines"
)

// life is one elevation to count: requested, granted for an hour, ended at its deadline.
type life struct {
	title, entitlement string
	approved           bool // by one person, ten minutes later
	mostTransitions    int
}

const (
	lasts  = time.Hour
	thinks = 10 * time.Minute
)

// installation is deployed with the functions' adapters and ports in memory; each function has its own log and ports.
type installation struct {
	meter, sweeps *meter
	store         *inprocess.Store
	evidence      evidenceOf
	rows          *table
	cloud         *inprocess.Cloud
	flow          *inprocess.Workflow
	notifier      *inprocess.Notifier
	newID         func() string
	alive         context.Context
	end           context.CancelFunc
}

func install() (*installation, error) {
	world, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		return nil, err
	}
	machine, err := asl.Parse(statemachines.Elevation(), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		return nil, err
	}
	i := &installation{
		meter: newMeter(), sweeps: newMeter(), rows: &table{rows: map[record.Key]record.Row{}},
		store: inprocess.NewStore(inprocess.StoreSettings{}), notifier: &inprocess.Notifier{}, newID: ids(),
		cloud: &inprocess.Cloud{IAM: world, Name: "curfew", Boundaries: []string{accesstest.Boundary}},
	}
	if err := inprocess.Register(i.store, time.Now(), inprocess.AccountsOf(world)...); err != nil {
		return nil, err
	}
	i.alive, i.end = context.WithCancel(context.Background())
	wait, waits := i.function("wait", i.meter)
	grant, grants := i.function("grant", i.meter)
	revoke, revokes := i.function("revoke", i.meter)
	i.flow = inprocess.NewWorkflow(machine, inprocess.Handlers{
		Wait:   i.invoked("wait", onaws.Task(waits, onaws.NoOutput(wait.Wait))),
		Grant:  i.invoked("grant", onaws.Task(grants, grant.Grant)),
		Revoke: i.invoked("revoke", revokes.Revoke(revoke)),
	}, inprocess.WorkflowSettings{})
	for _, s := range []*access.Service{wait, grant, revoke} {
		s.Workflow = i.flow
	}
	notify, _ := i.function("notify", i.meter)
	i.store.Subscribe(func(r inprocess.StreamRecord) { i.onChange(notify, r) })
	return i, nil
}

// function is one of them, with what it counts on.
func (i *installation) function(name string, m *meter) (*access.Service, *onaws.Function) {
	f := &onaws.Function{
		Log:     onaws.NewLog(m, name),
		Metrics: &onaws.Metrics{Out: m, Installation: "curfew", Function: name, Now: time.Now},
	}
	settings := access.DefaultSettings()
	settings.Boundaries, settings.Operators = i.cloud.Boundaries, []string{"group:security"}
	s := &access.Service{
		Base:  record.Base{Store: metered{Store: i.store, function: name, table: i.rows, meter: m}, Log: f.Log, Now: time.Now, NewID: i.newID},
		Cloud: i.cloud, Notifier: i.notifier, Decider: accesstest.NewCatalog(), Settings: settings,
	}
	if i.flow != nil {
		s.Workflow = i.flow
	}
	return s, f
}

// invoked counts the invocations of a function.
func (i *installation) invoked(function string, h onaws.Handler) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		i.meter.count(func(u *usage) { u.Invocations[function]++ })
		return h(ctx, payload)
	}
}

// onChange is the stream's mapping to notify, with its filter. Records arrive one at a time; AWS may need fewer
// invocations.
func (i *installation) onChange(notify *access.Service, r inprocess.StreamRecord) {
	i.evidence.add(r)
	if r.Key.Table != record.AccessTable || r.New == nil || r.Key.Sort != "elevation" && r.Key.Sort != "finding" {
		return
	}
	i.meter.count(func(u *usage) { u.Invocations["notify"]++ })
	if err := notify.Notify(i.alive, r.Old, r.New); err != nil {
		notify.Log.Error("record not handled", "error", err)
	}
}

func (i *installation) close() {
	i.end()
	i.flow.Close()
	i.store.Close()
}

// ids are the same in every run, as virtual time is.
func ids() func() string {
	n := byte(0)
	return func() string {
		n++
		var id ulid.ULID
		_ = id.SetTime(ulid.Timestamp(time.Now())) // fails beyond the year 10889
		id[15] = n
		return strings.ToLower(id.String())
	}
}

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

// call is one call of the people's door.
func (i *installation) call(function string, who identity.Caller, path string, body any) ([]byte, error) {
	s, f := i.function(function, i.meter)
	door := httpapi.API
	if function == "decide" {
		door = httpapi.Decisions
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(payload))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	i.meter.count(func(u *usage) { u.Calls++; u.Invocations[function]++ })
	door(s, func(*http.Request) (identity.Caller, error) { return who, nil }, f.Log).ServeHTTP(w, r)
	synctest.Wait()
	if w.Code >= http.StatusBadRequest {
		return nil, fmt.Errorf("%s: %d %s", path, w.Code, w.Body)
	}
	return w.Body.Bytes(), nil
}

// offerUnits are written once, when the renewal is offered: a transaction takes two for a small row.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
const offerUnits = 2

// run leads the life, and says what it used.
func (l life) run() (usage, error) {
	idle, err := l.sweepIdle()
	if err != nil {
		return usage{}, err
	}
	i, err := install()
	if err != nil {
		return usage{}, err
	}
	defer i.close()
	if _, err := i.sweep(1); err != nil {
		return usage{}, err
	}
	id, err := l.begin(i)
	if err != nil {
		return usage{}, err
	}
	swept, err := i.sweep(int(lasts / time.Minute))
	if err != nil {
		return usage{}, err
	}
	if n := swept.WriteUnits - idle.WriteUnits; n != offerUnits {
		return usage{}, fmt.Errorf("the sweeps wrote %d units more than without it: they should only have looked, and offered the renewal once with %d", n, offerUnits)
	}
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	x, err := i.flow.Engine().Describe(i.flow.Execution(id))
	if err != nil {
		return usage{}, err
	}
	if x.Status != asl.Succeeded || len(i.cloud.Grants()) > 0 {
		return usage{}, fmt.Errorf("the execution is %s by %v, and %d grants are left", x.Status, x.Path, len(i.cloud.Grants()))
	}
	u := i.meter.read()
	if u.Kept, err = i.enter(i.alive); err != nil {
		return usage{}, err
	}
	u.Transitions, u.History = x.Transitions, x.Events
	u.Events, u.Messages, u.IAM = len(i.notifier.Events()), len(i.notifier.Messages()), maps.Clone(i.cloud.IAM.Calls())
	u.Sweeps = int(lasts / time.Minute)
	u.SweepHalfReads = swept.HalfReads - idle.HalfReads
	return u, nil
}

// sweepIdle counts what the same sweeps use without any elevation.
func (l life) sweepIdle() (usage, error) {
	i, err := install()
	if err != nil {
		return usage{}, err
	}
	defer i.close()
	if _, err := i.sweep(1); err != nil {
		return usage{}, err
	}
	if l.approved {
		time.Sleep(thinks)
	}
	return i.sweep(int(lasts / time.Minute))
}

// begin asks, and has somebody approve if it needs that.
func (l life) begin(i *installation) (id string, err error) {
	answer, err := i.call("api", person("ana", "engineers"), "/v1/elevations", map[string]any{
		"entitlement": l.entitlement, "principal": accesstest.Engineer, "task": map[string]string{"kind": "change", "id": "CHG-1"},
		"reason": "the deployment is broken", "duration_seconds": int(lasts / time.Second),
	})
	if err != nil {
		return "", err
	}
	var e struct{ ID, Digest string }
	if err := json.Unmarshal(answer, &e); err != nil {
		return "", err
	}
	if l.approved {
		time.Sleep(thinks)
		_, err = i.call("decide", person("ben", "leads"), "/v1/elevations/"+e.ID+"/decisions",
			map[string]string{"decision": "approve", "digest": e.Digest, "reason": "as they see it"})
	}
	return e.ID, err
}

// sweep runs this many passes, each in the middle of a minute, and returns what all passes so far used.
func (i *installation) sweep(passes int) (usage, error) {
	s, f := i.function("reconcile", i.sweeps)
	h := f.Sweep(s, emptyQueue{})
	for range passes {
		time.Sleep(30 * time.Second)
		if _, err := h(i.alive, []byte(`{}`)); err != nil {
			return usage{}, fmt.Errorf("the sweep: %w", err)
		}
		synctest.Wait()
		time.Sleep(30 * time.Second)
	}
	return i.sweeps.read(), nil
}

// emptyQueue is the queue of late evidence, which is empty.
type emptyQueue struct{}

func (emptyQueue) Receive(context.Context) ([]onaws.LateMessage, error) { return nil, nil }
func (emptyQueue) Delete(context.Context, string) error                 { return nil }
