package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Process is one binary that answers invocations. Its methods may be called at the same time: it answers one after the
// other, as an execution environment does.
type Process struct {
	// Started is the instant before the process was made.
	Started time.Time

	cmd    *exec.Cmd
	out    output
	server *http.Server
	exited chan struct{}
	events chan *invocation

	turn sync.Mutex // held by whoever is being answered
}

// Start runs a binary with these variables ("NAME=value") and no others, but for those that Lambda itself sets. function
// is what it is told it is called. Close it.
func Start(bootstrap, function string, env ...string) (*Process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	out, err := newOutput()
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	p := &Process{out: out, exited: make(chan struct{}), events: make(chan *invocation)}
	p.server = &http.Server{Handler: p.runtimeAPI(function), ReadHeaderTimeout: time.Minute}
	go func() { _ = p.server.Serve(listener) }() // it ends with Close
	p.cmd = exec.Command(bootstrap)
	p.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=" + function,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "HOME=/", "PATH=/bin",
	}, env...)
	p.cmd.Stdout, p.cmd.Stderr = out.file, out.file
	p.Started = time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(err, p.server.Close(), out.file.Close())
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is read from ProcessState
		close(p.exited)
	}()
	return p, nil
}

// Close ends the process, as Lambda does with an environment that it does not need any more: without a word.
func (p *Process) Close() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.exited
	_ = p.server.Close()
	_ = p.out.file.Close() // it has no name: this is its end
}

// Exited waits until the process ends by itself, and gives its exit code.
func (p *Process) Exited(ctx context.Context) (int, error) {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Lines are what it has written so far, line by line; all that it wrote before an answer is there. Not after Close.
func (p *Process) Lines() []string {
	text := strings.TrimSuffix(p.out.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Answer is what a function answered an invocation with.
type Answer struct {
	Payload []byte
	// ErrorType and ErrorMessage are of an invocation that failed: what Step Functions takes for the error's name, and its
	// text.
	ErrorType, ErrorMessage string
	// At is the instant when the answer was there.
	At time.Time
}

// Invoke has the process answer an event within a time. An error means that there was no answer: the process has ended,
// or took too long.
func (p *Process) Invoke(ctx context.Context, payload []byte, within time.Duration) (Answer, error) {
	p.turn.Lock()
	defer p.turn.Unlock()
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	i := &invocation{payload: payload, deadline: time.Now().Add(within), answered: make(chan Answer, 1)}
	select {
	case p.events <- i:
	case <-p.exited:
		return Answer{}, fmt.Errorf("the process has ended: %s", p.out.String())
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("not asked for an event: %w", ctx.Err())
	}
	select {
	case a := <-i.answered:
		return a, nil
	case <-p.exited:
		return Answer{}, fmt.Errorf("the process has ended: %s", p.out.String())
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("not answered: %w", ctx.Err())
	}
}

// output keeps what a process writes. It is a file without a name and no pipe, so that all that was written before an
// answer is there when the answer is.
type output struct{ file *os.File }

func newOutput() (output, error) {
	file, err := os.CreateTemp("", "lambdatest-")
	if err != nil {
		return output{}, err
	}
	return output{file}, os.Remove(file.Name())
}

func (o output) String() string {
	text, err := io.ReadAll(io.NewSectionReader(o.file, 0, math.MaxInt64))
	if err != nil {
		return "what the process wrote cannot be read: " + err.Error()
	}
	return string(text)
}
