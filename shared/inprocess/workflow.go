package inprocess

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/inprocess/asl"
)

// Handlers are the Lambda functions: JSON in, JSON out. The state machine calls Wait, Grant and Revoke.
// [Workflow.Revoke] and [Workflow.Contain] invoke Revoke and Contain with an [access.Order].
type Handlers struct {
	Wait, Grant, Revoke, Contain func(ctx context.Context, payload []byte) ([]byte, error)
}

// WorkflowSettings configure a [Workflow]. The zero value is valid.
type WorkflowSettings struct {
	// OnClose is called for every closed execution.
	OnClose func(asl.Closed)
	// Jitter returns numbers in [0,1) for the retries of the state machine; nil: random.
	Jitter func() float64
	// FunctionTimeout is the time-out of each function; zero: 30 s.
	FunctionTimeout time.Duration
}

// Workflow is [access.Workflow] over an engine in this process. Close it after use.
type Workflow struct {
	engine   *asl.Engine
	handlers Handlers
	settings WorkflowSettings

	lifetime context.Context // ends with Close
	end      context.CancelFunc
	running  sync.WaitGroup // asynchronous invocations
	waiting  chan struct{}  // capacity 1: deferred is not empty

	mu       sync.Mutex // guards the fields below
	closed   bool
	deferred []access.Late
	dead     []access.Order
}

var _ access.Workflow = (*Workflow)(nil)

// Parts of the ARNs.
const (
	workflowAccount = "111122223333"
	workflowRegion  = "us-east-1"
	workflowName    = "elevation"
)

// retryAfter are Lambda's delays between the attempts of an asynchronous invocation. Then it goes to the dead-letter
// queue.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
func retryAfter() []time.Duration { return []time.Duration{time.Minute, 2 * time.Minute} }

// NewWorkflow starts an engine for the machine.
func NewWorkflow(m *asl.Machine, h Handlers, s WorkflowSettings) *Workflow {
	if s.FunctionTimeout == 0 {
		s.FunctionTimeout = 30 * time.Second
	}
	w := &Workflow{handlers: h, settings: s, waiting: make(chan struct{}, 1)}
	w.lifetime, w.end = context.WithCancel(context.Background())
	w.engine = asl.NewEngine(m, asl.Config{
		Functions:       map[string]asl.Function{"wait": h.Wait, "grant": h.Grant, "revoke": h.Revoke},
		ErrorName:       fault.ErrorName,
		Jitter:          s.Jitter,
		OnClose:         s.OnClose,
		FunctionTimeout: func(string) time.Duration { return s.FunctionTimeout },
		Account:         workflowAccount, Region: workflowRegion, Name: workflowName,
	})
	return w
}

// Close stops all executions and invocations at once, like a power loss, and waits for them.
func (w *Workflow) Close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.end()
	w.engine.Close()
	w.running.Wait()
}

// Execution returns the ARN for an execution id. The execution need not exist.
func (w *Workflow) Execution(id string) string {
	return fmt.Sprintf("arn:aws:states:%s:%s:execution:%s:%s", workflowRegion, workflowAccount, workflowName, id)
}

// Engine returns the engine, to stop, redrive or describe executions.
func (w *Workflow) Engine() *asl.Engine { return w.engine }

// Start is [access.Workflow.Start].
func (w *Workflow) Start(ctx context.Context, id, input string) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	_, err := w.engine.Start(id, input)
	if err == nil {
		return nil
	}
	if !errors.Is(err, asl.ErrExecutionAlreadyExists) {
		return fault.Errorf(fault.Transient, "starting %s: %w", id, err)
	}
	x, err := w.engine.Describe(w.Execution(id))
	if err != nil {
		return fault.Errorf(fault.Transient, "describing the execution of %s: %w", id, err)
	}
	if x.Status != asl.Running {
		return fault.Errorf(fault.Over, "the execution of %s is closed: %s", id, x.Status)
	}
	return nil
}

// Answer is [access.Workflow.Answer]. Invalid: not a token.
func (w *Workflow) Answer(ctx context.Context, token, failure string) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	var err error
	if failure == "" {
		err = w.engine.Success(token, []byte("{}"))
	} else {
		err = w.engine.Failure(token, failure, "")
	}
	return fault.Unless(tokenError(err), fault.Over)
}

// Beat is [access.Workflow.Beat]. Invalid: not a token.
func (w *Workflow) Beat(ctx context.Context, token string) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	return tokenError(w.engine.Heartbeat(token))
}

// tokenError maps an engine error to a fault. Its text never contains the token.
func tokenError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, asl.ErrTaskTimedOut), errors.Is(err, asl.ErrTaskDoesNotExist):
		return fault.Errorf(fault.Over, "the task is over: %w", err)
	case errors.Is(err, asl.ErrInvalidToken):
		return fault.Errorf(fault.Invalid, "not a task token: %w", err)
	}
	return fault.Errorf(fault.Transient, "answering a task: %w", err)
}

// Revoke is [access.Workflow.Revoke]: an asynchronous invocation with two retries, then the dead-letter queue. NotYet
// is a failure too.
func (w *Workflow) Revoke(ctx context.Context, o access.Order) error {
	return w.order(ctx, o, w.handlers.Revoke)
}

// Contain is [access.Workflow.Contain], invoked like Revoke.
func (w *Workflow) Contain(ctx context.Context, o access.Order) error {
	return w.order(ctx, o, w.handlers.Contain)
}

func (w *Workflow) order(ctx context.Context, o access.Order, function asl.Function) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	payload, err := json.Marshal(o)
	if err != nil {
		return fault.Errorf(fault.Invalid, "order for %s: %w", o.ID, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return fault.Errorf(fault.Transient, "the workflow is closed")
	}
	w.running.Go(func() { w.carryOut(o, function, payload) })
	return nil
}

func (w *Workflow) carryOut(o access.Order, function asl.Function, payload []byte) {
	for _, after := range append(retryAfter(), 0) {
		if w.invoke(function, payload) == nil || w.lifetime.Err() != nil {
			return
		}
		if after > 0 && backoff.Pause(w.lifetime, after) != nil {
			return
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = append(w.dead, o)
}

func (w *Workflow) invoke(function asl.Function, payload []byte) (err error) {
	ctx, cancel := context.WithTimeout(w.lifetime, w.settings.FunctionTimeout)
	defer cancel()
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("the function crashed: %v", crash)
		}
	}()
	_, err = function(ctx, payload)
	return err
}

// DeadLetters returns the orders that failed three times.
func (w *Workflow) DeadLetters() []access.Order {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.dead)
}

// Postpone is [access.Workflow.Postpone].
func (w *Workflow) Postpone(ctx context.Context, l access.Late) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	w.deferred = append(w.deferred, l)
	w.mu.Unlock()
	select {
	case w.waiting <- struct{}{}:
	default: // a signal is pending already
	}
	return nil
}

// Late returns a channel that signals postponed evidence.
func (w *Workflow) Late() <-chan struct{} { return w.waiting }

// TakeDeferred removes and returns all postponed evidence in order. A caller that cannot store it postpones it again.
func (w *Workflow) TakeDeferred() []access.Late {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.deferred
	w.deferred = nil
	return l
}
