package simulation

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
	"curfew/shared/sweep"
)

// newWorld returns a world for a cast. Close it after use.
func newWorld(d dice, s Schedule, c cast) (*world, error) {
	iam, err := startWorld()
	if err != nil {
		return nil, err
	}
	w := &world{dice: d, gate: newGate(d, s), began: time.Now(), events: map[Event]bool{}, iam: iam.Copy(), services: map[string]*access.Service{},
		pool: workerPool{make(chan func())}, budgets: c.budgets}
	for _, f := range s {
		e := f.Happening.Event
		if f.Kind == "" && (f.Happening.At == 0 || e == Deployed || e == RolledBack) {
			w.events[e] = true
			w.skewed = w.skewed || e == ClockSkew
		}
	}
	machine, err := parsed()
	if w.events[Deployed] || w.events[OldDefinition] || c.from.state != "" {
		machine, err = firstDefinition()
	}
	if err != nil {
		return nil, err
	}
	w.alive, w.end = context.WithCancel(context.Background())
	w.ids, w.names, w.starts = map[string]int{}, c.from.names(), map[int]time.Duration{}
	for _, l := range c.lives {
		w.starts[l.n] = l.startsAfter
	}
	for i := 1; i <= len(c.lives); i++ {
		w.ids[w.id(i)] = i
	}
	w.oracle = newOracle(w)
	w.build(machine)
	return w, nil
}

func (w *world) build(machine *asl.Machine) {
	ttl := w.gate.rows[ttlDelay].draw(w.dice.roll("ttl"))
	if w.events[TTLLate] {
		ttl = w.gate.rows[ttlDelay].Most
	}
	w.store = inprocess.NewStore(inprocess.StoreSettings{IndexLag: w.gate.rows[indexLag].draw(w.dice.roll("lag")), TTLDelay: ttl})
	if err := inprocess.Register(w.store, time.Now(), inprocess.AccountsOf(w.iam)...); err != nil {
		panic(err) // the store is new
	}
	iam := inprocess.IAMSettings{Propagation: w.draws(propagation), Replicas: replicas}
	if w.events[ReadsLag] {
		iam.StaleReads = w.draws(readLag)
	}
	w.iam.Set(iam)
	w.cloud = &inprocess.Cloud{IAM: w.iam, Name: "curfew", Boundaries: []string{accesstest.Boundary}, Jitter: func(below time.Duration) time.Duration { return below / 2 }}
	handlers := inprocess.Handlers{}
	jitter := jitters(w.dice)
	w.workflow = inprocess.NewWorkflow(machine, inprocess.Handlers{
		Wait:    w.function(fnWait, func(ctx context.Context, p []byte) ([]byte, error) { return handlers.Wait(ctx, p) }),
		Grant:   w.function(fnGrant, func(ctx context.Context, p []byte) ([]byte, error) { return handlers.Grant(ctx, p) }),
		Revoke:  w.function(fnRevoke, func(ctx context.Context, p []byte) ([]byte, error) { return handlers.Revoke(ctx, p) }),
		Contain: w.function(fnContain, func(ctx context.Context, p []byte) ([]byte, error) { return handlers.Contain(ctx, p) }),
	}, inprocess.WorkflowSettings{OnClose: w.executionClosed, Jitter: jitter})
	catalog := catalog(w.budgets)
	for _, fn := range []string{fnAPI, fnWait, fnGrant, fnRevoke, fnContain, fnReconcile, fnExpire, fnClosed, fnNotify, fnLate} {
		w.services[fn] = w.service(fn, catalog)
	}
	handlers.Wait = inprocess.HandlersOf(w.services[fnWait]).Wait
	handlers.Grant = inprocess.HandlersOf(w.services[fnGrant]).Grant
	handlers.Revoke = inprocess.HandlersOf(w.services[fnRevoke]).Revoke
	handlers.Contain = inprocess.HandlersOf(w.services[fnContain]).Contain
	w.store.Subscribe(w.handleChange)
	w.archive = inprocess.NewArchive(w.services[fnNotify].Base, w.store, inprocess.NewLog())
}

func (w *world) service(fn string, catalog access.Decider) *access.Service {
	settings := access.DefaultSettings()
	settings.Boundaries = []string{accesstest.Boundary}
	settings.Operators = []string{"group:security"}
	var skew time.Duration
	if w.skewed {
		skew = w.dice.span(-mostSkew, mostSkew+time.Second, "skew "+fn)
	}
	return &access.Service{
		Base: record.Base{
			Store: store{watchedStore{w.store, w.oracle}, w.gate}, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return time.Now().Add(skew) }, NewID: func() string { return "" },
		},
		Cloud:    cloud{watchedCloud{w.cloud, w.oracle}, w.gate},
		Workflow: workflow{w.workflow, w.gate}, Notifier: &inprocess.Notifier{}, Decider: catalog, Settings: settings,
	}
}

func (w *world) draws(row int) func() time.Duration {
	n := 0
	return func() time.Duration { // called with IAM's lock held
		n++
		return w.gate.rows[row].draw(w.dice.roll(w.gate.rows[row].What, n))
	}
}

func jitters(d dice) func() float64 {
	n := 0
	return func() float64 { // calls are serialized
		n++
		return toUnitInterval(d.roll("jitter", n))
	}
}

// function wraps a handler as Lambda runs it: twice, late, or crashing, as drawn.
func (w *world) function(name string, handle func(context.Context, []byte) ([]byte, error)) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, payload []byte) ([]byte, error) {
		id, by := member(payload, "id"), member(payload, "by")
		byExecution := name == fnWait || name == fnGrant || by == "workflow"
		if byExecution && w.gate.upFrom(statesStand).After(time.Now()) {
			return nil, fault.Errorf(fault.Transient, "no execution makes a step")
		}
		ctx = context.WithValue(ctx, orderKey{}, by)
		var first atomic.Pointer[[]byte] // the result of a duplicate is dropped
		err := w.run(ctx, name, w.ids[id], func(ctx context.Context) error {
			out, err := handle(ctx, payload)
			first.CompareAndSwap(nil, &out)
			return err
		})
		switch {
		case errors.Is(err, errDied):
			panic(err) // the engine sees a crash, as Step Functions does
		case err != nil:
			return nil, err
		}
		return *first.Load(), nil
	}
}

// member returns a top-level string of a payload. Payloads are compact JSON, and these strings have no escapes.
func member(payload []byte, name string) string {
	_, after, _ := bytes.Cut(payload, []byte(`"`+name+`":"`))
	text, _, _ := bytes.Cut(after, []byte(`"`))
	return string(text)
}

// run makes one invocation. A panic that is not a simulated crash is a finding about the product.
func (w *world) run(ctx context.Context, function string, life int, f func(context.Context) error) error {
	var err error
	w.pool.do(func() {
		err = invoke(ctx, w.gate, function, life, func(ctx context.Context) (err error) {
			defer func() {
				if p := recover(); p != nil {
					w.oracle.wrong("panic: %v", p)
					err = errDied
				}
			}()
			return survive(func() error { return f(ctx) })
		})
	})
	return err
}

func (w *world) handleChange(r inprocess.StreamRecord) {
	if w.alive.Err() != nil || r.Key.Table != record.AccessTable {
		return
	}
	life := w.lifeOf(r.Key.Partition)
	if r.TTL && sweep.IsExpiry(r.Key) {
		w.deliver(fnExpire, life, streamDelay, func(ctx context.Context) error { return sweep.New(w.services[fnExpire]).Expire(ctx, *r.Old) })
	}
	if r.Key.Sort == "elevation" || r.Key.Sort == "finding" { // other rows notify no caller
		w.deliver(fnNotify, life, streamDelay, func(ctx context.Context) error { return w.services[fnNotify].Notify(ctx, r.Old, r.New) })
	}
}

// executionClosed handles the event of a closed execution. The rule's pattern drops successes.
func (w *world) executionClosed(c asl.Closed) {
	if c.Status == asl.Succeeded || w.alive.Err() != nil {
		return
	}
	w.deliver(fnClosed, w.lifeOf("#"+c.Name), ruleDelay, func(ctx context.Context) error {
		return sweep.New(w.services[fnClosed]).ExecutionClosed(ctx, string(c.Status), c.Input)
	})
}

// deliver invokes a function for an event: late, twice, out of order or never, as in this world.
func (w *world) deliver(fn string, life, row int, f func(context.Context) error) {
	if w.events[EventsLost] {
		return
	}
	times := 1
	if w.events[EventsDoubled] {
		times = 2
	}
	for n := range times {
		after := w.gate.rows[row].draw(w.dice.roll("deliver "+fn, life, n))
		if up := w.gate.upFrom(fn + " " + invoked); up.After(time.Now()) {
			after += time.Until(up)
		}
		if w.events[EventsLate] {
			after = w.dice.span(0, 15*time.Minute, "late "+fn, life, n)
		}
		w.running.Go(func() {
			if pause(w.alive, after) {
				_ = w.run(w.alive, fn, life, f)
			}
		})
	}
}

// sweeps runs the sweep every minute plus the schedule's delay, and appends postponed evidence.
func (w *world) sweeps() {
	for n := 1; ; n++ {
		late := w.gate.rows[scheduleDelay].draw(w.dice.roll("sweep", n))
		if !pause(w.alive, time.Until(w.began.Add(time.Duration(n)*time.Minute+late))) {
			return
		}
		_ = w.run(w.alive, fnReconcile, 0, func(ctx context.Context) error {
			_, err := sweep.New(w.services[fnReconcile]).Reconcile(ctx)
			return err
		})
		for _, late := range w.workflow.TakeDeferred() {
			err := w.run(w.alive, fnLate, w.ids[late.Elevation], func(ctx context.Context) error { return w.services[fnLate].AppendLate(ctx, late.Body()) })
			if err != nil {
				_ = w.workflow.Postpone(w.alive, late)
			}
		}
	}
}

func (w *world) close() {
	w.end()
	w.workflow.Close()
	w.store.Close()
	w.running.Wait()
	close(w.pool.free) // callers run in w.running, or workflow.Close waited for them
}
