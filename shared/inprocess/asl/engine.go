package asl

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"strings"
	"time"
)

// NewEngine returns an engine. Close it after use.
func NewEngine(m *Machine, c Config) *Engine {
	c = c.withDefaults()
	e := &Engine{
		machine:    m,
		machineARN: fmt.Sprintf("arn:aws:states:%s:%s:stateMachine:%s", c.Region, c.Account, c.Name),
		config:     c,
		executions: map[string]*execution{},
		tasks:      map[string]*openTask{},
	}
	_, _ = rand.Read(e.key[:]) // never fails
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

func (c Config) withDefaults() Config {
	if c.ErrorName == nil {
		c.ErrorName = func(error) string { return errFunctionUnknown }
	}
	if c.Jitter == nil {
		c.Jitter = mathrand.Float64
	}
	if c.OnClose == nil {
		c.OnClose = func(Closed) {}
	}
	if c.FunctionTimeout == nil {
		c.FunctionTimeout = func(string) time.Duration { return 30 * time.Second }
	}
	c.Account = orElse(c.Account, "000000000000")
	c.Region = orElse(c.Region, "us-east-1")
	c.Name = orElse(c.Name, "elevation")
	return c
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// Start starts an execution and returns its ARN. It is idempotent while the execution runs, for the same input. Another
// input or a closed execution is ErrExecutionAlreadyExists. A forgotten name can be used again.
// See https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html.
func (e *Engine) Start(name, input string) (arn string, err error) {
	if !validName(name) {
		return "", ErrInvalidName
	}
	tree, err := decode([]byte(input))
	if err != nil || input == "" || len(input) > limit {
		return "", ErrInvalidInput
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return "", ErrClosed
	}
	if x := e.executions[name]; x != nil {
		return x.startAgain(input)
	}
	x := newExecution(e.arn(name), name, input, tree, e.machine)
	e.executions[name] = x
	e.launch(x, 0)
	return x.arn, nil
}

// Update sets the definition for later starts. Executions keep their definition, also after a redrive.
// See https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html.
func (e *Engine) Update(m *Machine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.machine = m
}

// launch makes a run of an execution; e.mu is held.
func (e *Engine) launch(x *execution, redrive int) {
	r := &run{
		x: x, e: e, redrive: redrive,
		stopped:  make(chan struct{}),
		deadline: earlierOf(time.Now().Add(x.machine.timeout), x.startedAt.Add(year)),
	}
	x.mu.Lock()
	x.run = r
	x.mu.Unlock()
	e.all.Go(r.drive)
}

func (e *Engine) arn(name string) string {
	return strings.Replace(e.machineARN, ":stateMachine:", ":execution:", 1) + ":" + name
}

func validName(name string) bool {
	if len(name) == 0 || len(name) > 80 {
		return false
	}
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune("?*<>{}[]\"#%\\^|~`$&,;:/", r)
	})
}

func (e *Engine) find(arn string) (*execution, error) {
	name, ok := strings.CutPrefix(arn, e.arn(""))
	e.mu.Lock()
	defer e.mu.Unlock()
	if x := e.executions[name]; ok && x != nil {
		return x, nil
	}
	return nil, ErrExecutionDoesNotExist
}

// Stop closes an execution with ABORTED. A running function continues. Stop is a no-op on a closed execution.
func (e *Engine) Stop(arn, name, cause string) error {
	x, err := e.find(arn)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	if event, ok := x.abort(e.machineARN, name, cause); ok {
		e.all.Go(func() { e.config.OnClose(event) })
	}
	return nil
}

// Describe returns a description of an execution.
func (e *Engine) Describe(arn string) (Execution, error) {
	x, err := e.find(arn)
	if err != nil {
		return Execution{}, err
	}
	return x.describe(), nil
}

// Running returns the sorted ARNs of running executions.
func (e *Engine) Running() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var arns []string
	for _, x := range e.executions {
		if x.status() == Running {
			arns = append(arns, x.arn)
		}
	}
	slices.Sort(arns)
	return arns
}

// Forget drops the executions that closed at least this long ago, and returns their number.
func (e *Engine) Forget(olderThan time.Duration) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := len(e.executions)
	now := time.Now()
	maps.DeleteFunc(e.executions, func(_ string, x *execution) bool {
		stopped, ok := x.stoppedAt()
		return ok && now.Sub(stopped) >= olderThan
	})
	return before - len(e.executions)
}

// Redrive continues an execution that failed, timed out or was aborted, in its last state with that state's input.
// Retries count from zero. ErrExecutionNotRedrivable: it runs or succeeded, closed more than 14 days ago, is a year
// old, or its history is full.
// See https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html.
func (e *Engine) Redrive(arn string) error {
	x, err := e.find(arn)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return ErrClosed
	}
	redrive, err := x.reopen(time.Now())
	if err != nil {
		return err
	}
	e.launch(x, redrive)
	return nil
}

// Close stops all goroutines and waits for them and for running functions, whose contexts end. Executions keep their
// status. Do not call Close from a function or OnClose.
func (e *Engine) Close() {
	e.mu.Lock()
	e.closed = true
	for _, x := range e.executions {
		x.interrupt()
	}
	e.mu.Unlock()
	e.cancel()
	e.all.Wait()
}
