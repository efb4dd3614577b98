package asl

import (
	"context"
	"sync"
	"time"
)

// Machine is a state machine that was read and found to be sound. It does not change, and may serve many engines.
type Machine struct {
	start   *state
	timeout time.Duration
}

// year is how long an execution may take at most.
const year = 365 * 24 * time.Hour

// state is one state of a machine, compiled.
type state struct {
	name   string
	input  selector
	output selector
	next   *target // nil: it ends the execution
	work   work
}

// work is what a type of state does. It takes the state's input as it came in, and gives its output and where to go: nil
// ends the execution.
type work interface {
	run(s scope) (out any, next *target, fail *failure)
}

// target is where a transition leads.
type target struct {
	name  string
	state *state
}

// Engine runs the executions of one machine. All methods may be called at any time by any goroutine, a function's too, but
// for Close. Under testing/synctest it is made, used and closed within one bubble.
type Engine struct {
	machineARN string
	config     Config
	key        [32]byte // makes the marks of tokens

	// ctx is the root of what the functions get: they outlive their tasks and executions, but not the engine.
	ctx    context.Context
	cancel context.CancelFunc
	all    sync.WaitGroup // executions, functions and calls of OnClose

	random sync.Mutex // held while Jitter is called

	mu         sync.Mutex            // guards what follows
	machine    *Machine              // what is started from now on
	closed     bool                  // nothing is started any more
	executions map[string]*execution // by name
	tasks      map[string]*waiting   // open, by token
}

// execution is one execution, over all its runs.
type execution struct {
	arn, name, input string
	machine          *Machine // the definition that it was started with
	inputTree        any
	startedAt        time.Time

	mu   sync.Mutex // guards what follows; taken after Engine.mu, never before it
	run  *run       // the last one: of earlier ones nothing counts any more
	now  Execution
	at   *state    // where it is
	data any       // that state's input
	in   time.Time // when it was entered; zero: not yet
}

// run is one run of an execution, from its start or a redrive to its end. One goroutine does it.
type run struct {
	x        *execution
	e        *Engine
	redrive  int
	stopped  chan struct{} // closed from outside: stop, nothing counts any more
	deadline time.Time     // of the execution as a whole
}

// scope is what the paths of a state see: its data, and by $$ the context object.
type scope struct {
	data    any
	run     *run
	state   *state
	entered time.Time
	retries int
	token   string
}

// waiting is an open task.
type waiting struct {
	token   string
	answers chan answer   // holds one; whoever takes the token out of the engine's map sends it
	beats   chan struct{} // holds one: a beat that was not seen yet
}

// answer is how a task ended.
type answer struct {
	result any    // of a token
	output []byte // of a function: JSON, or nothing
	fail   *failure
}
