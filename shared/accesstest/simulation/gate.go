package simulation

import (
	"context"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/backoff"
	"curfew/shared/record"
)

// mark is the function and elevation of a call, kept in its context.
type mark struct {
	function string
	life     int
}

type markKey struct{}

func withMark(ctx context.Context, function string, life int) context.Context {
	return context.WithValue(ctx, markKey{}, mark{function, life})
}

// disturbance is the time span of a fault, for one elevation or (life 0) all.
type disturbance struct {
	name        string
	life        int
	from, until time.Time
}

// outage is a time span in which operations fail for all callers.
type outage struct {
	prefix      string // of an operation, or of a function and operation, such as "reconcile invoke"
	from, until time.Time
}

// gate decides latency and fault of every port call and invocation.
type gate struct {
	dice dice
	rows []Latency
	plan map[Call]Kind

	mu       sync.Mutex    // guards the fields below
	counts   map[Call]*int // pointers: hash the long key once
	outages  []outage
	troubles []disturbance
	seen     []Call      // all calls in order, if keep is set
	seenAt   []time.Time // and their instants
	keep     bool
}

func newGate(d dice, s Schedule) *gate {
	g := &gate{dice: d, rows: Latencies(), plan: map[Call]Kind{}, counts: map[Call]*int{}}
	for _, f := range s {
		if f.Kind != "" {
			g.plan[f.Call] = f.Kind
		}
	}
	return g
}

func (g *gate) pass(ctx context.Context, op string, row int) (Kind, accesstest.Fault) {
	m, _ := ctx.Value(markKey{}).(mark)
	c := Call{Function: m.function, Life: m.life, Op: op}
	now := time.Now()
	g.mu.Lock()
	c.N = g.count(c)
	if g.keep {
		g.seen, g.seenAt = append(g.seen, c), append(g.seenAt, now)
	}
	kind, hit := g.plan[c]
	var late time.Duration
	if hit {
		late = g.rows[lateEffect].draw(g.dice.roll("late "+c.Function+op, c.Life, c.N))
		g.recordTrouble(kind, c, now, late)
	} else if g.isDown(c, now) {
		kind = ErrorBefore
	}
	g.mu.Unlock()
	time.Sleep(g.rows[row].draw(g.dice.ofCall(c)))
	return kind, accesstest.Fault{Failure: failures[kind], By: late}
}

// jitter draws the waits between two tries of an invocation.
func (g *gate) jitter(function string, life int) backoff.Jitter {
	c := Call{Function: function, Life: life, Op: "wait"}
	return func(below time.Duration) time.Duration {
		g.mu.Lock()
		c.N = g.count(c)
		g.mu.Unlock()
		return time.Duration(toUnitInterval(g.dice.ofCall(c)) * float64(below))
	}
}

// count returns how often this was called, this time included; g.mu is held.
func (g *gate) count(c Call) int {
	c.N = 0
	n := g.counts[c]
	if n == nil {
		n = new(int)
		g.counts[c] = n
	}
	*n++
	return *n
}

func (g *gate) recordTrouble(kind Kind, c Call, now time.Time, late time.Duration) {
	d := disturbance{string(kind), c.Life, now, now}
	switch kind {
	case EffectLate, Delayed:
		d.until = now.Add(late)
	case Frozen:
		d.until = now.Add(frozenFor)
	case Duplicate:
		d.until = now.Add(g.rows[retriedAsync].Most)
	case Throttled:
		d.until, d.life = now.Add(throttledFor), 0
		g.outages = append(g.outages, outage{c.Op, now, d.until})
	}
	g.troubles = append(g.troubles, d)
}

// isDown reports whether an outage covers a call; g.mu is held.
func (g *gate) isDown(c Call, now time.Time) bool {
	for _, o := range g.outages {
		if now.Before(o.from) || !now.Before(o.until) {
			continue
		}
		if o.prefix == everything || strings.HasPrefix(c.Op, o.prefix) || strings.HasPrefix(c.Function+" "+c.Op, o.prefix) {
			return true
		}
	}
	return false
}

// upFrom returns the end of an outage of exactly this prefix; zero: none.
func (g *gate) upFrom(prefix string) time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	var up time.Time
	for _, o := range g.outages {
		if o.prefix == prefix && !now.Before(o.from) && o.until.After(now) && o.until.After(up) {
			up = o.until
		}
	}
	return up
}

// happen records an event of the world. With a prefix, these operations fail.
func (g *gate) happen(name, prefix string, life int, from, until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.troubles = append(g.troubles, disturbance{name, life, from, until})
	if prefix != "" {
		g.outages = append(g.outages, outage{prefix, from, until})
	}
}

func (g *gate) troublesOf(life int, upTo time.Time) []disturbance {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []disturbance
	for _, d := range g.troubles {
		if (d.life == 0 || d.life == life) && !d.from.After(upTo) {
			all = append(all, d)
		}
	}
	return all
}

// quietFrom returns the instant after which no planned fault lasts.
func (g *gate) quietFrom() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	var last time.Time
	for _, d := range g.troubles {
		if d.until.After(last) {
			last = d.until
		}
	}
	return last
}

func callWithFault[P, T any](ctx context.Context, g *gate, op string, row int, port P, faulty func(P, *accesstest.Faults) P, do func(context.Context, P) (T, error)) (T, error) {
	kind, fault := g.pass(ctx, op, row)
	switch kind {
	case "":
		return do(ctx, port)
	case Duplicate:
		_, _ = do(ctx, port)
		return do(ctx, port)
	case Frozen:
		time.Sleep(frozenFor)
		return do(context.WithoutCancel(ctx), port) // it does not know how long it was frozen
	}
	return do(ctx, faulty(port, &accesstest.Faults{Interpose: func(string, int) accesstest.Fault { return fault }}))
}

type store struct {
	inner record.Store
	gate  *gate
}

var _ record.Store = store{}

func faultyStore(s record.Store, f *accesstest.Faults) record.Store {
	return &accesstest.FaultyStore{Store: s, Faults: f}
}

func (s store) Read(ctx context.Context, keys ...record.Key) (record.Rows, error) {
	return callWithFault(ctx, s.gate, "store.Read", storeCall, s.inner, faultyStore, func(ctx context.Context, s record.Store) (record.Rows, error) {
		return s.Read(ctx, keys...)
	})
}

func (s store) Partition(ctx context.Context, table record.Table, partition, prefix string) ([]record.Row, error) {
	return callWithFault(ctx, s.gate, "store.Partition", storeCall, s.inner, faultyStore, func(ctx context.Context, s record.Store) ([]record.Row, error) {
		return s.Partition(ctx, table, partition, prefix)
	})
}

func (s store) Write(ctx context.Context, changes ...record.Change) error {
	_, err := callWithFault(ctx, s.gate, "store.Write", storeCall, s.inner, faultyStore, func(ctx context.Context, s record.Store) (struct{}, error) {
		return struct{}{}, s.Write(ctx, changes...)
	})
	return err
}

func (s store) List(ctx context.Context, q record.Query) (record.Page, error) {
	return callWithFault(ctx, s.gate, "store.List", storeCall, s.inner, faultyStore, func(ctx context.Context, s record.Store) (record.Page, error) {
		return s.List(ctx, q)
	})
}

type cloud struct {
	inner access.Cloud
	gate  *gate
}

var _ access.Cloud = cloud{}

func faultyCloud(c access.Cloud, f *accesstest.Faults) access.Cloud {
	return &accesstest.FaultyCloud{Cloud: c, Faults: f}
}

func (c cloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	return callWithFault(ctx, c.gate, "cloud.Look", iamRead, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) (access.Sight, error) {
		return c.Look(ctx, arn)
	})
}

func (c cloud) Attach(ctx context.Context, g access.Grant) error {
	_, err := callWithFault(ctx, c.gate, "cloud.Attach", iamWrite, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) (struct{}, error) {
		return struct{}{}, c.Attach(ctx, g)
	})
	return err
}

func (c cloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	return callWithFault(ctx, c.gate, "cloud.Remove", iamWrite, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) ([]access.Call, error) {
		return c.Remove(ctx, p, grant)
	})
}

func (c cloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	return callWithFault(ctx, c.gate, "cloud.Read", iamRead, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) ([]string, error) {
		return c.Read(ctx, p, grant)
	})
}

func (c cloud) ReadOther(ctx context.Context, p access.Principal, policy string) (document string, there bool, err error) {
	there, err = callWithFault(ctx, c.gate, "cloud.Read", iamRead, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) (found bool, err error) {
		document, found, err = c.ReadOther(ctx, p, policy)
		return found, err
	})
	return document, there, err
}

func (c cloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	return callWithFault(ctx, c.gate, "cloud.Survey", iamRead, c.inner, faultyCloud, func(ctx context.Context, c access.Cloud) (access.Survey, error) {
		return c.Survey(ctx, account, after)
	})
}

type workflow struct {
	inner access.Workflow
	gate  *gate
}

var _ access.Workflow = workflow{}

func faultyWorkflow(w access.Workflow, f *accesstest.Faults) access.Workflow {
	return &accesstest.FaultyWorkflow{Workflow: w, Faults: f}
}

func (w workflow) call(ctx context.Context, op string, do func(context.Context, access.Workflow) error) error {
	_, err := callWithFault(ctx, w.gate, op, workflowCall, w.inner, faultyWorkflow, func(ctx context.Context, w access.Workflow) (struct{}, error) {
		return struct{}{}, do(ctx, w)
	})
	return err
}

func (w workflow) Start(ctx context.Context, id, input string) error {
	return w.call(ctx, "workflow.Start", func(ctx context.Context, w access.Workflow) error { return w.Start(ctx, id, input) })
}

func (w workflow) Answer(ctx context.Context, token, failure string) error {
	return w.call(ctx, "workflow.Answer", func(ctx context.Context, w access.Workflow) error { return w.Answer(ctx, token, failure) })
}

func (w workflow) Beat(ctx context.Context, token string) error {
	return w.call(ctx, "workflow.Beat", func(ctx context.Context, w access.Workflow) error { return w.Beat(ctx, token) })
}

func (w workflow) Revoke(ctx context.Context, o access.Order) error {
	return w.call(ctx, "workflow.Revoke", func(ctx context.Context, w access.Workflow) error { return w.Revoke(ctx, o) })
}

func (w workflow) Contain(ctx context.Context, o access.Order) error {
	return w.call(ctx, "workflow.Contain", func(ctx context.Context, w access.Workflow) error { return w.Contain(ctx, o) })
}

func (w workflow) Postpone(ctx context.Context, l access.Late) error {
	return w.call(ctx, "workflow.Postpone", func(ctx context.Context, w access.Workflow) error { return w.Postpone(ctx, l) })
}

// everything is the prefix of all operations.
const everything = "*"
