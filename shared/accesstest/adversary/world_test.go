package adversary

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/inprocess"
	"curfew/shared/task"
)

// world is all of Curfew behind its API, in a bubble of virtual time.
type world struct {
	*inprocess.System
	t      testing.TB
	iam    *inprocess.IAM
	rules  *rules
	log    *buffer
	client *http.Client
	server *httptest.Server

	callers sync.Map          // by token
	vars    map[string]string // values for <id>, <digest> and so on
}

func newWorld(t testing.TB) *world {
	t.Helper()
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, iam: iam, rules: newRules(example()), log: &buffer{}, vars: map[string]string{}}
	settings := access.DefaultSettings()
	settings.SurveyEvery = 0
	settings.Boundaries, settings.Operators = []string{account + "policy/curfew-boundary"}, example().Operators()
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.System, err = inprocess.NewSystem(inprocess.SystemSettings{
		Access: settings, IAM: iam, Decider: w.rules, Log: log, Now: time.Now,
		NewID: func() string { return strings.ToLower(ulid.Make().String()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.serve(httpapi.New(w.Service, w.authenticate, log))
	w.starts("change", "CHG-1")
	w.starts("backup", "job-7")
	w.starts("incident", "INC-1")
	w.starts("workflow", "run-42")
	return w
}

// serve listens on pipes: in a bubble, time does not advance while a goroutine waits for a real network.
func (w *world) serve(h http.Handler) {
	door := &pipes{calls: make(chan net.Conn), closed: make(chan struct{})}
	w.server = &httptest.Server{Listener: door, Config: &http.Server{Handler: h}}
	w.server.Start()
	transport := &http.Transport{DialContext: door.dial, DisableKeepAlives: true}
	w.client = &http.Client{Transport: transport}
	w.t.Cleanup(func() {
		transport.CloseIdleConnections()
		w.server.Close()
	})
}

// authenticate accepts one bearer token in one header.
func (w *world) authenticate(r *http.Request) (identity.Caller, error) {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return identity.Caller{}, errors.New("not one Authorization header")
	}
	secret, ok := strings.CutPrefix(given[0], "Bearer ")
	c, known := w.callers.Load(secret)
	if !ok || !known {
		return identity.Caller{}, errors.New("not one of our tokens")
	}
	return c.(identity.Caller), nil
}

// starts makes a task known.
func (w *world) starts(kind, id string) {
	w.t.Helper()
	if err := w.Service.Tasks().Start(w.t.Context(), task.Task{Kind: kind, ID: id}, task.EventSource{Source: "test"}, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// ends ends a task.
func (w *world) ends(kind, id string) {
	w.t.Helper()
	if err := (access.Triggers{Service: w.Service}).TaskEnded(w.t.Context(), task.Task{Kind: kind, ID: id}, task.EventSource{Source: "test"}, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// pass sleeps, then waits until all goroutines are blocked.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// buffer is a log for concurrent writers.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// pipes is a network with one listener.
type pipes struct {
	calls  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.calls <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.calls:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "door" }
