package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/accountreview"
	"curfew/shared/archive"
	"curfew/shared/backoff"
	"curfew/shared/correlate"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/onaws"
	"curfew/shared/onaws/cloudtrail"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/shared/trail"
	"curfew/shared/trigger/eventbus"
)

// Names of the deployment in the template.
const (
	installation = "curfew"
	region       = "us-east-1"
	account      = "444455556666"
	machine      = "arn:aws:states:" + region + ":" + account + ":stateMachine:" + installation + "-elevation"
	member       = "111122223333"
)

// plant is all of Curfew and its environment.
type plant struct {
	watch    *cloudWatch
	template template
	store    *inprocess.Store
	iam      *inprocess.IAM
	cloud    *inprocess.Cloud
	flow     *inprocess.Workflow
	catalog  *accesstest.Catalog
	notifier *inprocess.Notifier
	ports    *accesstest.Faults
	lambdas  map[string]*lambda
	doors    map[string]http.Handler // the functions api and decide
	queues   map[string]*queue

	alive   context.Context
	end     context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	down    map[string]int
	ids     byte
	hooks   map[access.Net]func() // called once: when a canary of the net begins, or at a removal by TTL
	refused int                   // requests
}

var errDown = fault.Errorf(fault.Transient, "the service is not available")

func (p *plant) isDown(what string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.down[what] > 0
}

func (p *plant) turn(what string, by int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down[what] += by
}

// awaits returns when the service works.
func (p *plant) awaits(what string) error {
	for p.isDown(what) {
		if err := backoff.Pause(p.alive, 5*time.Second); err != nil {
			return err
		}
	}
	return p.alive.Err()
}

// interpose fails calls of a port: "store", "cloud" or "workflow".
func (p *plant) interpose(op string, _ int) accesstest.Fault {
	port, _, _ := strings.Cut(op, ".")
	if p.isDown(port) {
		return accesstest.Fault{Failure: accesstest.ErrorBefore}
	}
	return accesstest.Fault{}
}

func (p *plant) newID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids++
	var id ulid.ULID
	_ = id.SetTime(ulid.Timestamp(time.Now())) // fails beyond the year 10889
	id[15] = p.ids
	return strings.ToLower(id.String())
}

// ttlDelay: "within a few days". https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
const ttlDelay = 3 * time.Hour

func newPlant(t template) (*plant, error) {
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		return nil, err
	}
	p := &plant{
		watch: &cloudWatch{began: time.Now(), all: map[metric]*series{}}, template: t, iam: iam, catalog: accesstest.NewCatalog(), notifier: &inprocess.Notifier{},
		store: inprocess.NewStore(inprocess.StoreSettings{TTLDelay: ttlDelay}), down: map[string]int{}, hooks: map[access.Net]func(){},
		lambdas: map[string]*lambda{}, queues: map[string]*queue{},
	}
	p.cloud = &inprocess.Cloud{IAM: iam, Name: installation, Boundaries: []string{accesstest.Boundary}}
	p.ports = &accesstest.Faults{Interpose: p.interpose}
	p.alive, p.end = context.WithCancel(context.Background())
	if err := inprocess.Register(p.store, time.Now(), member); err != nil {
		return nil, err
	}
	p.catalog.Add(access.Entitlement{
		Name: access.CanaryEntitlement, Owners: []string{"group:platform"}, Principals: []string{canaryRole}, Requesters: []string{"group:canary"},
		Tasks: []access.TaskRule{{Kind: "change"}}, Max: 5 * time.Minute, Session: access.BindNone,
		Policy: []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}]}`),
	})
	p.catalog.Change("backup", func(e *access.Entitlement) { e.Tasks = []access.TaskRule{{Kind: "change", Known: true}} })
	first, err := definition()
	if err != nil {
		return nil, err
	}
	p.flow = inprocess.NewWorkflow(first, inprocess.Handlers{
		Wait: p.step("wait"), Grant: p.step("grant"), Revoke: p.step("revoke"),
	}, inprocess.WorkflowSettings{OnClose: p.executionClosed, Jitter: func() float64 { return 0.5 }})
	p.makeQueues()
	p.makeFunctions()
	p.queues["triggers"].to, p.queues["trail"].to, p.queues["reviews"].to = p.lambdas["trigger"], p.lambdas["correlate"], p.lambdas["review"]
	p.makeMappings()
	return p, nil
}

// canaryRole is a role that no other entitlement has.
const canaryRole = accesstest.Responder

// step invokes a function for an execution. Without Step Functions no execution makes a step.
func (p *plant) step(function string) asl.Function {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		if p.isDown("workflow") || p.isDown("step "+function) {
			return nil, errDown
		}
		return p.lambdas[function].invoke(ctx, payload)
	}
}

func (p *plant) makeQueues() {
	for _, q := range p.template.queues {
		name := strings.TrimPrefix(q.QueueName, installation+"-")
		p.queues[name] = &queue{plant: p, name: name, hidden: time.Duration(q.VisibilityTimeout) * time.Second, tries: q.RedrivePolicy.Tries}
	}
}

func (p *plant) service(name string) (*onaws.Function, *access.Service) {
	f := &onaws.Function{
		Log:     onaws.NewLog(io.Discard, name),
		Metrics: &onaws.Metrics{Out: p.watch, Installation: installation, Function: name, Now: time.Now},
	}
	settings := access.DefaultSettings()
	settings.Boundaries, settings.Operators = p.cloud.Boundaries, []string{"group:security"}
	settings.Canary = onaws.CanaryConfig{CanaryPrincipal: canaryRole}.Canary()
	s := &access.Service{
		Base:  record.Base{Store: &store{p.store, p}, Log: f.Log, Now: time.Now, NewID: p.newID},
		Cloud: &accesstest.FaultyCloud{Cloud: p.cloud, Faults: p.ports}, Notifier: p.notifier, Decider: p.catalog, Settings: settings,
		Workflow: &accesstest.FaultyWorkflow{Workflow: orders{p.flow, p}, Faults: &accesstest.Faults{Interpose: func(op string, n int) accesstest.Fault {
			if op == "workflow.Revoke" || op == "workflow.Contain" || op == "workflow.Postpone" {
				return accesstest.Fault{} // these are Lambda and SQS
			}
			return p.interpose(op, n)
		}}},
	}
	return f, s
}

func (p *plant) makeFunctions() {
	add := func(name string, handle func(*onaws.Function, *access.Service) onaws.Handler) {
		f, s := p.service(name)
		p.lambdas[name] = &lambda{plant: p, name: name, handle: handle(f, s)}
	}
	add("wait", func(f *onaws.Function, s *access.Service) onaws.Handler { return onaws.Task(f, onaws.NoOutput(s.Wait)) })
	add("grant", func(f *onaws.Function, s *access.Service) onaws.Handler { return onaws.Task(f, s.Grant) })
	add("revoke", func(f *onaws.Function, s *access.Service) onaws.Handler { return f.Revoke(s) })
	add("contain", func(f *onaws.Function, s *access.Service) onaws.Handler {
		return onaws.Task(f, onaws.NoOutput(s.Contain))
	})
	add("reconcile", func(f *onaws.Function, s *access.Service) onaws.Handler { return f.Sweep(s, p.queues["late"]) })
	add("expire", dynamo.Expire)
	add("notify", dynamo.Notify)
	add("archive", p.archiveHandler)
	add("trigger", func(f *onaws.Function, s *access.Service) onaws.Handler {
		r := &eventbus.Reader{Domain: access.Triggers{Service: s}, Tasks: s.Tasks(), Source: installation, Triggers: noTriggers{}, Facts: says{}, Jobs: noJobs{},
			Governs: access.Accounts(s).IsGoverned, StateMachine: machine}
		return onaws.Messages(f, r.Take, func(eventbus.Outcome) string { return "nothing" })
	})
	correlation := func(s *access.Service) *correlate.Service {
		own := func(context.Context, string, time.Time, time.Time) ([]trail.Baseline, error) { return nil, nil }
		return correlate.New(s, []string{member}, own, correlate.Installation{Name: installation, Home: account}, nil)
	}
	add("correlate", func(f *onaws.Function, s *access.Service) onaws.Handler {
		return onaws.Batch(f, correlation(s).Deliver)
	})
	add("backfill", func(f *onaws.Function, s *access.Service) onaws.Handler {
		// As cloudtrail.Backfill, which needs a bucket.
		return onaws.Task(f, func(ctx context.Context, _ struct{}) (correlate.BackfillResult, error) {
			done, err := correlation(s).Backfill(ctx, noFiles{})
			if err == nil {
				f.Metrics.Beat(cloudtrail.Beat)
			}
			return done, err
		})
	})
	add("review", func(f *onaws.Function, s *access.Service) onaws.Handler {
		r := &accountreview.Service{Service: s, Reader: inprocess.Reader{Cloud: p.cloud}, Queue: p.queues["reviews"], Use: correlate.UsageOf(s.Base)}
		return onaws.Messages(f, r.Handle, func(o accountreview.Outcome) string { return string(o) })
	})
	p.makeDoors()
}

func (p *plant) makeMappings() {
	expire := &mapping{lambda: p.lambdas["expire"], matches: func(r inprocess.StreamRecord) bool { return r.TTL && r.Key.Sort == "expiry" }}
	notify := &mapping{lambda: p.lambdas["notify"], matches: func(r inprocess.StreamRecord) bool {
		return r.New != nil && (r.Key.Sort == "elevation" || r.Key.Sort == "finding")
	}}
	archived := &mapping{lambda: p.lambdas["archive"], matches: func(r inprocess.StreamRecord) bool { return archive.IsEvidence(r.Key) }}
	for _, m := range []*mapping{expire, notify, archived} {
		m.set, m.records = p.template.streams[m.name], make(chan streamed, 1<<20)
		p.running.Go(m.run)
	}
	p.store.Subscribe(func(r inprocess.StreamRecord) {
		archived.records <- streamed{r, time.Now()}
		if r.Key.Table != record.AccessTable {
			return
		}
		p.tellHooks(r)
		expire.records <- streamed{r, time.Now()}
		notify.records <- streamed{r, time.Now()}
	})
}

// tellHooks calls what waits for this record, once.
func (p *plant) tellHooks(r inprocess.StreamRecord) {
	p.mu.Lock()
	defer p.mu.Unlock()
	net := access.Net("")
	if r.TTL && r.Key.Sort == "expiry" {
		net = removal
	} else if r.Key == access.CanaryKey() && r.New != nil {
		if c, err := record.Decode[sweep.Canary](*r.New); err == nil && c.EndedBy == "" {
			net = c.Net
		}
	}
	if p.hooks[net] != nil {
		p.hooks[net]()
		delete(p.hooks, net)
	}
}

func (p *plant) close() {
	p.end()
	p.flow.Close()
	p.store.Close()
	p.running.Wait()
}

// store is DynamoDB: it fails as a whole.
type store struct {
	record.Store
	plant *plant
}

func (s *store) check() error {
	if s.plant.isDown("store") {
		return errDown
	}
	return nil
}

// Read is [record.Store.Read].
func (s *store) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return s.Store.Read(ctx, keys...)
}

// Partition is [record.Store.Partition].
func (s *store) Partition(ctx context.Context, t record.Table, partition, prefix string) ([]record.Row, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	return s.Store.Partition(ctx, t, partition, prefix)
}

// Write is [record.Store.Write].
func (s *store) Write(ctx context.Context, changes ...record.Change) error {
	if err := s.check(); err != nil {
		return err
	}
	return s.Store.Write(ctx, changes...)
}

// List is [record.Store.List].
func (s *store) List(ctx context.Context, q record.Query) (record.Page, error) {
	if err := s.check(); err != nil {
		return record.Page{}, err
	}
	return s.Store.List(ctx, q)
}

// orders invokes revoke and contain as Lambda does, and keeps late evidence in its queue.
type orders struct {
	*inprocess.Workflow
	plant *plant
}

// Revoke is [access.Workflow.Revoke].
func (o orders) Revoke(_ context.Context, order access.Order) error {
	o.plant.lambdas["revoke"].async(encode(order))
	return nil
}

// Contain is [access.Workflow.Contain].
func (o orders) Contain(_ context.Context, order access.Order) error {
	o.plant.lambdas["contain"].async(encode(order))
	return nil
}

// Postpone is [access.Workflow.Postpone].
func (o orders) Postpone(_ context.Context, l access.Late) error {
	if o.plant.isDown("sqs") {
		return errDown
	}
	o.plant.queues["late"].send(string(encode(l)))
	return nil
}

// Start is [access.Workflow.Start].
func (o orders) Start(ctx context.Context, id, input string) error {
	_, err := o.Engine().Describe(o.Execution(id))
	isNew := err != nil
	if err := o.Workflow.Start(ctx, id, input); err != nil {
		return err
	}
	if isNew {
		o.plant.ofMachine("ExecutionsStarted")
	}
	return nil
}

// noFiles is an empty folder.
type noFiles struct{}

func (noFiles) List(context.Context, string, time.Time) ([]string, error) { return nil, nil }

func (noFiles) Open(context.Context, string) (io.ReadCloser, error) { return nil, errDown }
