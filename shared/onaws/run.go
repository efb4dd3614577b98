package onaws

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/record"
	"curfew/shared/registry"
)

// Function is what all Lambda functions share. Handlers: [Task], [Messages], [Function.Revoke], [Function.Sweep].
type Function struct {
	Log     *slog.Logger
	Metrics *Metrics

	// Catalog is the newest packed catalog's hash; empty: the function decides nothing.
	Catalog string

	// NoAccount: no account may be entered, but the function acts on principals.
	NoAccount bool
}

// Handler handles one invocation, JSON to JSON.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

var _ lambda.Handler = Handler(nil)

// Invoke is [lambda.Handler.Invoke].
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

// Run is the main of a function: it calls wire and serves invocations until Lambda ends the process. If that fails, it
// logs all errors in one line and returns the exit code.
func Run[C interface{ Settings() access.Settings }](name string, out io.Writer, wire func(*Function, C, SDK) (Handler, error)) int {
	f := &Function{Log: NewLog(out, name)}
	percent := debug.SetGCPercent(-1) // a start allocates some megabytes, of which it keeps most
	h, err := start(f, name, out, wire)
	debug.SetGCPercent(percent)
	if err != nil {
		f.Log.Error("not started", "version", version, "error", err)
		return 1
	}
	lambda.Start(h)
	return 0
}

func start[C interface{ Settings() access.Settings }](f *Function, name string, out io.Writer, wire func(*Function, C, SDK) (Handler, error)) (Handler, error) {
	cfg, err := ReadConfig[C]()
	if err != nil {
		return nil, err
	}
	sdk, err := LoadAWS(context.Background())
	if err != nil {
		return nil, err
	}
	f.Metrics = &Metrics{Out: out, Installation: cfg.Settings().Name, Function: name, Now: time.Now}
	h, err := wire(f, cfg, sdk)
	if err != nil {
		return nil, err
	}
	Begin(f.Log, f.Catalog)
	if c, acts := any(cfg).(interface{ NoAccount() bool }); acts && c.NoAccount() {
		f.NoAccount = true
		f.warnNoAccount(context.Background())
	}
	return h, nil
}

// warnNoAccount is no error: a new installation starts this way.
func (f *Function) warnNoAccount(ctx context.Context) {
	f.Log.WarnContext(ctx, "no account is set up yet: every request is refused; set orgId, deploy both stacks, and add accounts (curfew accounts add)")
}

// Service returns a service without ports; main adds those that the function may use.
func (f *Function) Service(i InstallationConfig) *access.Service {
	return &access.Service{
		Base:  record.Base{Log: f.Log, Now: time.Now, NewID: newID},
		Cloud: NoCloud{}, Workflow: NoWorkflow{}, Notifier: NoNotifier{}, Decider: NoDecider{}, Settings: i.Settings(), Governed: &registry.Cache{},
	}
}

// newID returns an elevation id: sortable by time, not guessable.
func newID() string {
	return strings.ToLower(ulid.MustNew(ulid.Now(), rand.Reader).String())
}
