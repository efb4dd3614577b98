package asl

import (
	"context"
	"sync"
	"time"
)

// Machine is a valid, parsed state machine. It is immutable, and may serve many engines.
type Machine struct {
	start   *state
	timeout time.Duration
}

// year is the longest time of an execution.
const year = 365 * 24 * time.Hour

// state is one state of a machine, compiled.
type state struct {
	name   string
	input  selector
	output selector
	next   *target // nil: end
	work   work
}

// work is the behaviour of a state type. It takes the state's raw input and returns its output and the next state; nil
// ends the execution.
type work interface {
	run(s scope) (out any, next *target, fail *failure)
}

// target is the end of a transition.
type target struct {
	name  string
	state *state
}

// Engine runs the executions of one machine. All methods except Close are safe for concurrent use, also from functions.
// Under testing/synctest make, use and close it in one bubble.
type Engine struct {
	machineARN string
	config     Config
	key        [32]byte // signs tokens

	// ctx is the parent of the functions' contexts. They outlive tasks and executions, but not the engine.
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup // executions, functions and calls of OnClose

	random sync.Mutex // held during Jitter

	mu         sync.Mutex            // guards the fields below
	machine    *Machine              // for later starts
	closed     bool                  // no more starts
	executions map[string]*execution // by name
	tasks      map[string]*openTask  // open, by token
}

// execution is one execution with all its runs.
type execution struct {
	arn, name, input string
	machine          *Machine // the definition at its start
	inputTree        any
	startedAt        time.Time

	mu   sync.Mutex // guards the fields below; locked after Engine.mu, never before
	run  *run       // the newest run; earlier ones are void
	now  Execution
	at   *state    // current state
	data any       // input of that state
	in   time.Time // when entered; zero: not yet
}

// run is one run of an execution, from start or redrive to its end, in one goroutine.
type run struct {
	x        *execution
	e        *Engine
	redrive  int
	stopped  chan struct{} // closed from outside: stop, the run is void
	deadline time.Time     // of the execution
}

// scope is what a state's paths can read: its data, and with $$ the context object.
type scope struct {
	data    any
	run     *run
	state   *state
	entered time.Time
	retries int
	token   string
}

// openTask waits for the answer of one task.
type openTask struct {
	token   string
	answers chan answer   // capacity 1; the goroutine that removes the token from the engine's map sends
	beats   chan struct{} // capacity 1: an unseen heartbeat
}

// answer is how a task ended.
type answer struct {
	result any    // of a token
	output []byte // of a function: JSON or empty
	fail   *failure
}
