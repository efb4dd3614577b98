package lambdatest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Process is one binary that answers invocations. It is safe for concurrent use; invocations are serialized, as in an
// execution environment.
type Process struct {
	// Started is the instant just before the process started.
	Started time.Time

	cmd    *exec.Cmd
	out    output
	server *http.Server
	exited chan struct{}
	events chan *invocation

	turn sync.Mutex // held during an invocation
}

// Start runs a binary with only these variables ("NAME=value") and those of Lambda. Close it after use.
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
	go func() { _ = p.server.Serve(listener) }() // ends with Close
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
		_ = p.cmd.Wait() // ProcessState has the result
		close(p.exited)
	}()
	return p, nil
}

// runtimeAPI is Lambda's side of the Runtime API.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (p *Process) runtimeAPI(function string) http.Handler {
	var mu sync.Mutex // guards the variables below
	n, waiting := 0, map[string]*invocation{}
	take := func(id string) *invocation {
		mu.Lock()
		defer mu.Unlock()
		i := waiting[id]
		delete(waiting, id)
		return i
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case i := <-p.events:
			mu.Lock()
			n++
			id := strconv.Itoa(n)
			waiting[id] = i
			mu.Unlock()
			h := w.Header()
			h.Set("Lambda-Runtime-Aws-Request-Id", id)
			h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:111122223333:function:"+function)
			h.Set("Content-Type", "application/json")
			_, _ = w.Write(i.payload) // p.exited shows a dead process
		case <-r.Context().Done():
		case <-p.exited:
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		body, err := io.ReadAll(r.Body)
		if i := take(r.PathValue("id")); i != nil && err == nil {
			i.answered <- Answer{Payload: body, At: at}
		}
		w.WriteHeader(http.StatusAccepted)
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", func(w http.ResponseWriter, r *http.Request) {
		at := time.Now()
		var failed struct{ ErrorType, ErrorMessage string }
		err := json.NewDecoder(r.Body).Decode(&failed)
		if i := take(r.PathValue("id")); i != nil && err == nil {
			i.answered <- Answer{ErrorType: failed.ErrorType, ErrorMessage: failed.ErrorMessage, At: at}
		}
		w.WriteHeader(http.StatusAccepted)
	})
	return mux
}

// Close kills the process, as Lambda does with an unused environment.
func (p *Process) Close() {
	_ = p.cmd.Process.Kill() // may have exited already
	<-p.exited
	_ = p.server.Close()
	_ = p.out.file.Close() // unnamed: Close deletes it
}

// Exited waits for the process to exit by itself, and returns its exit code.
func (p *Process) Exited(ctx context.Context) (int, error) {
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Lines returns the output so far, with all lines written before the last answer. Do not call it after Close.
func (p *Process) Lines() []string {
	text := strings.TrimSuffix(p.out.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// Answer is the result of an invocation.
type Answer struct {
	Payload []byte
	// ErrorType and ErrorMessage are set if the invocation failed. Step Functions uses ErrorType as the error name.
	ErrorType, ErrorMessage string
	// At is the instant of the answer.
	At time.Time
}

// invocation is one event on its way through a process.
type invocation struct {
	payload  []byte
	deadline time.Time
	answered chan Answer // capacity 1: the first answer counts
}

// Invoke sends an event and waits for the answer. An error means no answer: the process exited or timed out.
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
		return Answer{}, fmt.Errorf("the process did not ask for an event: %w", ctx.Err())
	}
	select {
	case a := <-i.answered:
		return a, nil
	case <-p.exited:
		return Answer{}, fmt.Errorf("the process has ended: %s", p.out.String())
	case <-ctx.Done():
		return Answer{}, fmt.Errorf("the function did not answer: %w", ctx.Err())
	}
}

// output is an unnamed file, not a pipe, so all output before an answer is readable with the answer.
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
