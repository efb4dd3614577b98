package inprocess

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
	"curfew/shared/sweep"
	"curfew/statemachines"
)

// System is the whole of Curfew in one process: the service over the ports of this package, the shipped state machine
// carrying it on, and all the nets hung under it but the sweep, which its owner calls or starts with [System.Sweep].
type System struct {
	Service  *access.Service
	Store    *Store
	Cloud    *Cloud
	Workflow *Workflow
	Notifier *Notifier

	alive context.Context
	end   context.CancelFunc
	nets  sync.WaitGroup
}

// SystemSettings are what a System is made of.
type SystemSettings struct {
	Access   access.Settings
	Store    StoreSettings
	Workflow WorkflowSettings
	IAM      *IAM
	Decider  access.Decider
	Log      *slog.Logger
	Now      func() time.Time
	NewID    func() string
}

// NewSystem makes a system and starts nothing but what its executions need. Close it.
func NewSystem(set SystemSettings) (*System, error) {
	machine, err := asl.Parse(statemachines.Elevation(), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		return nil, err
	}
	s := &System{
		Store:    NewStore(set.Store),
		Cloud:    &Cloud{IAM: set.IAM, Name: set.Access.Name, Boundaries: set.Access.Boundaries},
		Notifier: &Notifier{},
	}
	s.alive, s.end = context.WithCancel(context.Background())
	s.Service = &access.Service{
		Base:  record.Base{Store: s.Store, Log: set.Log, Now: set.Now, NewID: set.NewID},
		Cloud: s.Cloud, Notifier: s.Notifier, Decider: set.Decider, Settings: set.Access,
	}
	told := set.Workflow.OnClose
	set.Workflow.OnClose = func(c asl.Closed) {
		s.invoke("execution-closed", func() error { return sweep.New(s.Service).ExecutionClosed(s.alive, string(c.Status), c.Input) })
		if told != nil {
			told(c)
		}
	}
	s.Workflow = NewWorkflow(machine, HandlersOf(s.Service), set.Workflow)
	s.Service.Workflow = s.Workflow
	s.Store.Subscribe(s.onChange)
	return s, nil
}

// StateMachine is the ARN of the state machine whose executions carry elevations on.
func (s *System) StateMachine() string {
	return fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", workflowRegion, workflowAccount, workflowName)
}

// onChange is what the table's stream brings: the outbox to notify, and removals by TTL to expire.
func (s *System) onChange(r StreamRecord) {
	if s.alive.Err() != nil || r.Key.Table != record.AccessTable {
		return
	}
	if r.TTL && sweep.IsExpiry(r.Key) {
		s.nets.Go(func() { s.expire(*r.Old) })
	}
	s.invoke("notify", func() error { return s.Service.Notify(s.alive, r.Old, r.New) })
}

// expireTries are the waits before a record of the stream is brought to expire again, as its event source mapping does.
func expireTries() []time.Duration {
	return []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute}
}

func (s *System) expire(removed record.Row) {
	for _, wait := range append(expireTries(), 0) {
		var failed error
		s.invoke("expire", func() error {
			failed = errDied // unless it returns
			failed = sweep.New(s.Service).Expire(s.alive, removed)
			return failed
		})
		if failed == nil || wait == 0 {
			return
		}
		select {
		case <-s.alive.Done():
			return
		case <-time.After(wait):
		}
	}
}

var errDied = errors.New("the function died")

// invoke runs a function as Lambda does: one that fails, or dies, takes nothing else with it. The other nets go on, and
// the sweep comes back to what it left.
func (s *System) invoke(function string, f func() error) {
	defer func() {
		if died := recover(); died != nil {
			s.Service.Log.Error("function died", "function", function, "panic", died, "stack", string(debug.Stack()))
		}
	}()
	if err := f(); err != nil {
		s.Service.Log.Error("function failed", "function", function, "error", err)
	}
}

// Sweep runs the sweep every so often until the system is closed, and appends what was postponed.
func (s *System) Sweep(every time.Duration) {
	s.nets.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-s.alive.Done():
				return
			case <-tick.C:
				s.invoke("reconcile", func() error {
					_, err := sweep.New(s.Service).Reconcile(s.alive)
					return err
				})
				s.invoke("append-late", s.AppendLate)
			}
		}
	})
}

// AppendLate stores the evidence that was postponed; what still cannot be stored is kept.
func (s *System) AppendLate() error {
	var failed []error
	for _, late := range s.Workflow.TakeLate() {
		err := s.Service.AppendLate(s.alive, late)
		failed = append(failed, err)
		if err != nil && fault.KindOf(err) != fault.NotFound {
			failed = append(failed, s.Workflow.Postpone(s.alive, late))
		}
	}
	return errors.Join(failed...)
}

// Close ends everything, as if the machine had lost its power, and waits until it is over.
func (s *System) Close() {
	s.end()
	s.Workflow.Close()
	s.nets.Wait()
	s.Store.Close()
}
