package eventbus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/trigger/eventbus"
	"curfew/statemachines"
)

// floor is a whole Curfew without a checker and a log, for what is counted and measured: roles job-0, job-1 … that the
// trigger nightly elevates.
type floor struct {
	*inprocess.System
	iam    *inprocess.IAM
	reader *eventbus.Reader
	watch  *watchingCloud
}

func newFloor(tb testing.TB, roles int) *floor {
	tb.Helper()
	iam, err := inprocess.LoadWorld(bytes.NewReader(worldOf(tb, roles)), "roles.json")
	if err != nil {
		tb.Fatal(err)
	}
	catalog := accesstest.NewCatalog()
	e := entitlement("nightly")
	e.Principals, e.Requesters = []string{role("*")}, []string{identity.TriggerID("nightly"), identity.TriggerID("opens")}
	catalog.Add(e)
	settings := access.DefaultSettings()
	settings.Boundaries = []string{accesstest.Boundary}
	settings.StartsWithin = 100 * 365 * 24 * time.Hour // the examples are of one day
	sys, err := inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: catalog, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
	if err != nil {
		tb.Fatal(err)
	}
	f := &floor{System: sys, iam: iam, watch: &watchingCloud{Cloud: sys.Service.Cloud, put: map[string]time.Time{}, gone: map[string]time.Time{}}}
	sys.Service.Cloud = f.watch
	tr := nightlyTrigger()
	tr.Principals = nil
	for n := range roles {
		tr.Principals = append(tr.Principals, role(fmt.Sprint(n)))
	}
	f.reader = &eventbus.Reader{
		Domain: access.Triggers{Service: sys.Service}, Tasks: sys.Service.Tasks(), Source: sys.Service.Settings.Name,
		Triggers: &list{tr}, Facts: &facts{}, Jobs: &jobs{}, StateMachine: machine, Governs: governs(account),
	}
	return f
}

func role(n string) string { return "arn:aws:iam::" + account + ":role/job-" + n }

// worldOf is the example world with its backup role so many times.
func worldOf(tb testing.TB, roles int) []byte {
	tb.Helper()
	var world map[string]any
	if err := json.Unmarshal(inprocess.ExampleWorld(), &world); err != nil {
		tb.Fatal(err)
	}
	var all []any
	for _, r := range world["RoleDetailList"].([]any) {
		if r.(map[string]any)["Arn"] != accesstest.Backup {
			continue
		}
		for n := range roles {
			one := map[string]any{}
			for k, v := range r.(map[string]any) {
				one[k] = v
			}
			one["Arn"], one["RoleName"], one["RoleId"] = role(fmt.Sprint(n)), fmt.Sprint("job-", n), fmt.Sprintf("AROAEXAMPLE1%09d", n)
			all = append(all, one)
		}
	}
	world["RoleDetailList"] = all
	out, err := json.Marshal(world)
	if err != nil {
		tb.Fatal(err)
	}
	return out
}

// job is an event of job n, on role r.
func job(tb testing.TB, example string, n, r int, at time.Time) []byte {
	tb.Helper()
	stamp := at.UTC().Format(time.RFC3339)
	return event(tb, example, "detail.backupJobId", fmt.Sprint("job-", n), "detail.iamRoleArn", role(fmt.Sprint(r)),
		"detail.creationDate", stamp, "detail.completionDate", stamp, "time", stamp)
}

// watchingCloud is a cloud that remembers when each principal's grant was first there, and first gone.
type watchingCloud struct {
	access.Cloud
	mu        sync.Mutex // guards the fields below
	put, gone map[string]time.Time
	changes   chan string // gets each principal with a grant; nil: no reader
}

func (w *watchingCloud) Attach(ctx context.Context, g access.Grant) error {
	err := w.Cloud.Attach(ctx, g)
	if err == nil {
		w.first(w.put, g.Principal.ARN)
		if w.changes != nil {
			w.changes <- g.Principal.ARN
		}
	}
	return err
}

func (w *watchingCloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	calls, err := w.Cloud.Remove(ctx, p, grant)
	if err == nil {
		w.first(w.gone, p.ARN)
	}
	return calls, err
}

func (w *watchingCloud) first(in map[string]time.Time, arn string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := in[arn]; !ok {
		in[arn] = time.Now()
	}
}

// limit is a function's reserved concurrency, and how long each invocation takes.
type limit struct {
	most     int
	duration time.Duration

	mu                       sync.Mutex // guards the fields below
	running, peak, throttled int
}

type function = func(context.Context, []byte) ([]byte, error)

// of is a function under the limit. An invocation beyond it is refused as Lambda refuses it.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
func (l *limit) of(f function) function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		if !l.enter() {
			return nil, fault.Errorf("Lambda.TooManyRequestsException", "throttled")
		}
		defer l.leave()
		time.Sleep(l.duration)
		return f(ctx, payload)
	}
}

func (l *limit) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.running == l.most {
		l.throttled++
		return false
	}
	l.running++
	l.peak = max(l.peak, l.running)
	return true
}

func (l *limit) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
}

// limitFunctions puts the functions grant and revoke under limits of their own. The state machine's retries come in the
// middle of what their jitter allows, so that every run is the same.
func (f *floor) limitFunctions(tb testing.TB, grant, revoke *limit) {
	tb.Helper()
	m, err := asl.Parse(statemachines.Elevation(), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		tb.Fatal(err)
	}
	h := inprocess.HandlersOf(f.Service)
	h.Grant, h.Revoke = grant.of(h.Grant), revoke.of(h.Revoke)
	f.Workflow.Close()
	f.Workflow = inprocess.NewWorkflow(m, h, inprocess.WorkflowSettings{Jitter: func() float64 { return 0.5 }})
	f.Service.Workflow = f.Workflow
}
