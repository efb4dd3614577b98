package iam

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/emulated"
	"curfew/shared/record"
	"curfew/shared/registry"
	"curfew/shared/task"
)

// The calls of one elevation: one approval, inline, ended at its deadline, on a role with an inline policy.
const (
	maxRequests = 26 // to DynamoDB, from Submit to ended; one reads the elevation that had the same slot before, two the registry, two what the principal has today, one the delegates of the requester
	maxIAM      = 8  // from Grant to ended
	maxWrites   = 2  // of maxIAM
)

func TestCallsOfOneElevation(t *testing.T) {
	cfg := emulated.Config(t, "DYNAMODB", "IAM")
	var ledger ledger
	recorded := cfg.Copy()
	onaws.Record(&recorded, ledger.add)
	life := newLife(t, cfg, recorded)

	life.signIn()
	ledger.forget("DynamoDB")
	life.request()
	ledger.forget("IAM") // Look for a request is not counted
	life.carryOut()

	requests, calls := ledger.of("DynamoDB"), ledger.of("IAM")
	var writes []string
	for _, c := range calls {
		if !strings.HasPrefix(c, "Get") && !strings.HasPrefix(c, "List") {
			writes = append(writes, c)
		}
	}
	t.Logf("DynamoDB requests %d, IAM calls from Grant to ended %d (write %d)\nDynamoDB: %s\nIAM: %s",
		len(requests), len(calls), len(writes), strings.Join(requests, " "), strings.Join(calls, " "))
	if len(requests) > maxRequests || len(calls) > maxIAM || len(writes) > maxWrites {
		t.Errorf("%d requests, %d calls, %d writes; want at most %d, %d, %d",
			len(requests), len(calls), len(writes), maxRequests, maxIAM, maxWrites)
	}
}

// ledger keeps recorded operations.
type ledger struct {
	mu    sync.Mutex // guards calls
	calls []onaws.Call
}

func (l *ledger) add(c onaws.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, c)
}

func (l *ledger) forget(service string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = slices.DeleteFunc(l.calls, func(c onaws.Call) bool { return c.Service == service })
}

func (l *ledger) of(service string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var operations []string
	for _, c := range l.calls {
		if c.Service == service {
			operations = append(operations, c.Operation)
		}
	}
	return operations
}

// life is one elevation on the state machine's approved path: request, grant, hold, revoke.
type life struct {
	t                     *testing.T
	svc                   *access.Service
	role                  string
	ahead                 time.Duration // how far the clock is ahead
	id, digest, principal string
}

func newLife(t *testing.T, cfg, recorded aws.Config) *life {
	own := onaws.AccountsConfig{Account: emulated.OwnAccount}
	w := &iamWorld{client: newClients(onaws.NewAccounts(cfg, own)).client(emulated.OwnAccount).(*iam.Client), account: emulated.OwnAccount}
	w.prepare(t)
	l := &life{t: t, role: w.role("engineer-counted")}
	w.delete(t, l.role)
	w.restore(t, l.role)
	w.put(t, l.role, "standing", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}]}`)

	settings := access.DefaultSettings()
	settings.Boundaries = []string{w.arn("policy/curfew-boundary")}
	cloud := New(onaws.InstallationConfig{Name: settings.Name}, onaws.NewAccounts(recorded, own))
	cloud.RoomUnread, cloud.Now = true, l.now
	l.svc = &access.Service{
		Base: record.Base{
			Store: dynamo.New(recorded, emulated.Tables(t, cfg)), Log: slog.New(slog.DiscardHandler), Now: l.now,
			NewID: func() string { return strings.ToLower(ulid.Make().String()) },
		},
		Cloud: cloud, Workflow: l, Decider: accesstest.NewCatalog(), Settings: settings,
	}
	add, err := registry.Rehearsed(emulated.OwnAccount, l.now())
	if err == nil {
		err = l.svc.Store.Write(t.Context(), add)
	}
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *life) now() time.Time { return time.Now().Add(l.ahead) }

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

// signIn has both people call once: the directory notes each caller once a day.
func (l *life) signIn() {
	l.t.Helper()
	l.request()
	_, err := l.svc.Decide(l.t.Context(), person("ben", "leads"), l.id, l.digest, false, "the first of today")
	must(l.t, err)
}

// request requests an elevation, which then waits for approval.
func (l *life) request() {
	l.t.Helper()
	t, e, err := l.svc.Submit(l.t.Context(), person("ana", "engineers"), access.Request{
		Entitlement: "admin", Principal: l.role, Task: task.Task{Kind: "change", ID: "CHG-1"},
		Reason: "the deployment is broken", Duration: time.Hour,
	})
	must(l.t, err)
	l.id, l.digest, l.principal = e.ID, t.Digest(), t.Principal.ID
	must(l.t, l.svc.Wait(l.t.Context(), access.WaitIn{Verb: "ask", ID: l.id, Token: "ask-token"}))
}

// carryOut approves, grants, holds and revokes it.
func (l *life) carryOut() {
	l.t.Helper()
	ctx := l.t.Context()
	_, err := l.svc.Decide(ctx, person("ben", "leads"), l.id, l.digest, true, "as they see it")
	must(l.t, err)
	execution := "arn:aws:states:us-east-1:" + emulated.OwnAccount + ":execution:elevation:" + l.id
	_, err = l.svc.Grant(ctx, access.GrantIn{ID: l.id, Execution: execution})
	must(l.t, err)
	must(l.t, l.svc.Wait(ctx, access.WaitIn{Verb: "hold", ID: l.id, Token: "hold-token", Execution: execution}))
	l.ahead = time.Hour + time.Second
	r, err := l.svc.Revoke(ctx, access.Order{ID: l.id, Account: emulated.OwnAccount, Principal: l.role, PrincipalID: l.principal, By: "workflow", OrderedAt: record.Instant(l.now())})
	must(l.t, err)
	if r.Cause != access.Deadline || r.Seen != "not there" {
		l.t.Errorf("receipt = %+v, want the deadline, and nothing there", r)
	}
}

// The test carries the elevation on itself.

func (l *life) Start(context.Context, string, string) error  { return nil }
func (l *life) Answer(context.Context, string, string) error { return nil }
func (l *life) Beat(context.Context, string) error           { return nil }
func (l *life) Revoke(context.Context, access.Order) error   { return nil }
func (l *life) Contain(context.Context, access.Order) error  { return nil }
func (l *life) Postpone(context.Context, access.Late) error  { return nil }
