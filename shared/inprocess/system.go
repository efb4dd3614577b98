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
	"curfew/shared/evidence/log"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
	"curfew/shared/registry"
	"curfew/shared/sweep"
	"curfew/statemachines"
)

// System is all of Curfew in one process: the service over these ports, the shipped state machine, and every backstop
// except the sweep. The caller runs the sweep or starts it by [System.Sweep].
type System struct {
	Service  *access.Service
	Store    *Store
	Cloud    *Cloud
	Workflow *Workflow
	Notifier *Notifier
	Archive  *Archive

	lifetime context.Context
	end      context.CancelFunc
	nets     sync.WaitGroup
}

// SystemSettings configure a System.
type SystemSettings struct {
	Access   access.Settings
	Store    StoreSettings
	Workflow WorkflowSettings
	IAM      *IAM
	Decider  access.Decider
	Evidence *log.Log // nil: in memory
	Log      *slog.Logger
	Now      func() time.Time
	NewID    func() string
}

// NewSystem returns a system. Only its executions start goroutines. Close it after use.
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
	s.lifetime, s.end = context.WithCancel(context.Background())
	s.Service = &access.Service{
		Base:  record.Base{Store: s.Store, Log: set.Log, Now: set.Now, NewID: set.NewID},
		Cloud: s.Cloud, Notifier: s.Notifier, Decider: set.Decider, Settings: set.Access,
	}
	told := set.Workflow.OnClose
	set.Workflow.OnClose = func(c asl.Closed) {
		s.invoke("execution-closed", func() error { return sweep.New(s.Service).ExecutionClosed(s.lifetime, string(c.Status), c.Input) })
		if told != nil {
			told(c)
		}
	}
	if err := Register(s.Store, set.Now(), AccountsOf(set.IAM)...); err != nil {
		return nil, err
	}
	s.Workflow = NewWorkflow(machine, HandlersOf(s.Service), set.Workflow)
	s.Service.Workflow = s.Workflow
	s.Store.Subscribe(s.onChange)
	if set.Evidence == nil {
		set.Evidence = NewLog()
	}
	s.Archive = NewArchive(s.Service.Base, s.Store, set.Evidence)
	return s, nil
}

// Register makes accounts members of the registry, without evidence.
func Register(s record.Store, now time.Time, accounts ...string) error {
	for _, id := range accounts {
		add, err := registry.Rehearsed(id, now)
		if err == nil {
			err = s.Write(context.Background(), add)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// StateMachine returns the ARN of the state machine.
func (s *System) StateMachine() string {
	return fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", workflowRegion, workflowAccount, workflowName)
}

func (s *System) onChange(r StreamRecord) {
	if s.lifetime.Err() != nil || r.Key.Table != record.AccessTable {
		return
	}
	if r.TTL && sweep.IsExpiry(r.Key) {
		s.nets.Go(func() { s.expire(*r.Old) })
	}
	s.invoke("notify", func() error { return s.Service.Notify(s.lifetime, r.Old, r.New) })
}

// expireTries are the retry delays of expire, as in its event source mapping.
func expireTries() []time.Duration {
	return []time.Duration{time.Second, 5 * time.Second, 15 * time.Second, time.Minute, 5 * time.Minute}
}

func (s *System) expire(removed record.Row) {
	for _, wait := range append(expireTries(), 0) {
		var failed error
		s.invoke("expire", func() error {
			failed = errDied // if it panics
			failed = sweep.New(s.Service).Expire(s.lifetime, removed)
			return failed
		})
		if failed == nil || wait == 0 {
			return
		}
		select {
		case <-s.lifetime.Done():
			return
		case <-time.After(wait):
		}
	}
}

var errDied = errors.New("the function died")

// invoke runs a function as Lambda does: an error or panic stops only that function. The sweep repairs the rest.
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

// Sweep runs the sweep at this interval and appends postponed evidence, until Close.
func (s *System) Sweep(interval time.Duration) {
	s.every(interval, func() {
		s.invoke("reconcile", func() error {
			_, err := sweep.New(s.Service).Reconcile(s.lifetime)
			return err
		})
		s.invoke("append-late", s.AppendLate)
	})
}

// KeepLog enters evidence in the log at this interval, until Close. Without it, the caller calls [Archive.TakeAll].
func (s *System) KeepLog(interval time.Duration) {
	s.every(interval, func() {
		s.invoke("archive", func() error { return s.Archive.TakeAll(s.lifetime) })
	})
}

func (s *System) every(interval time.Duration, do func()) {
	s.nets.Go(func() {
		tick := time.NewTicker(interval)
		defer tick.Stop()
		for {
			select {
			case <-s.lifetime.Done():
				return
			case <-tick.C:
				do()
			}
		}
	})
}

// AppendLate stores postponed evidence, and postpones it again on an error.
func (s *System) AppendLate() error {
	var failed []error
	for _, late := range s.Workflow.TakeDeferred() {
		err := s.Service.AppendLate(s.lifetime, late.Body())
		failed = append(failed, err)
		if err != nil {
			failed = append(failed, s.Workflow.Postpone(s.lifetime, late))
		}
	}
	return errors.Join(failed...)
}

// Close stops everything at once, like a power loss, and waits for the goroutines.
func (s *System) Close() {
	s.end()
	s.Workflow.Close()
	s.nets.Wait()
	s.Store.Close()
}
