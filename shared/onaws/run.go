package onaws

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/oklog/ulid/v2"

	"curfew/shared/access"
	"curfew/shared/record"
)

// Function is what the entry point of every Lambda function has in common. Its adapters are all the code there is between
// the runtime and a verb: [Task], [Function.Revoke], [Function.Expire], [Function.Notify], [Function.Sweep], and that of
// package apigateway.
type Function struct {
	Log     *slog.Logger
	Metrics *Metrics

	// Catalog is the hash of the newest catalog that was packed beside the function; empty: it decides nothing.
	Catalog string

	// NoAccount: it acts on principals, and no account is set up yet in which one could be elevated.
	NoAccount bool
}

// Handler is a function as the runtime invokes it: JSON in, JSON out.
type Handler func(ctx context.Context, payload []byte) ([]byte, error)

var _ lambda.Handler = Handler(nil)

// Invoke is [lambda.Handler.Invoke].
func (h Handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) { return h(ctx, payload) }

// Run is the main of a function: it reads the configuration C and the SDK's, has wire put the function together, and
// answers invocations until the runtime ends the process. It returns only if there is something wrong with what the
// function was given: one line says all of it, and the result is what the process exits with.
func Run[C interface{ Settings() access.Settings }](name string, out io.Writer, wire func(*Function, C, SDK) (Handler, error)) int {
	f := &Function{Log: NewLog(out, name)}
	h, err := start(f, name, out, wire)
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

// warnNoAccount says why nothing can be granted. It is no error: an installation begins so.
func (f *Function) warnNoAccount(ctx context.Context) {
	f.Log.WarnContext(ctx, "no account is set up yet: every request is refused; set accounts and deploy both stacks")
}

// Service is a service that is refused everything: a main gives it the ports that the function may use, and no others.
func (f *Function) Service(i InstallationConfig) *access.Service {
	return &access.Service{
		Base:  record.Base{Log: f.Log, Now: time.Now, NewID: newID},
		Cloud: NoCloud{}, Workflow: NoWorkflow{}, Notifier: NoNotifier{}, Decider: NoDecider{}, Settings: i.Settings(),
	}
}

// newID makes the id of an elevation. Ids sort by when they were made; the rest of one is random, because an id that can
// be guessed tells a caller where to try.
func newID() string {
	return strings.ToLower(ulid.MustNew(ulid.Now(), rand.Reader).String())
}
