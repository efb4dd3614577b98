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

// runtimeAPI is the side of the Runtime API that Lambda plays.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
func (p *Process) runtimeAPI(function string) http.Handler {
	var mu sync.Mutex // guards what follows
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
			_, _ = w.Write(i.payload) // a process that is gone is seen by its end
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

// invocation is one event on its way through a process.
type invocation struct {
	payload  []byte
	deadline time.Time
	answered chan Answer // holds one: the first answer counts
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
