package command

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/hold"
	"curfew/shared/task"
)

const heldExits = `Exit codes:
  the command's own; 128 and the number of the signal that it died of
  75   not active yet (resume with --no-wait or --timeout)
  125  no access: not understood, denied, lapsed, or the API not reached
  126  the command cannot be run
  127  the command is not found; nothing was asked for
  128 and the number of the signal that came before the command ran`

// runFlags has the flags of run, with those of a request.
type runFlags struct {
	requestFlags
	entitlement, ticket string
	noWait, passToken   bool
}

func (a *app) runCommand() *cobra.Command {
	var r runFlags
	c := &cobra.Command{
		Use:   "run --entitlement NAME --principal ARN --reason TEXT -- COMMAND...",
		Short: "Run a command with access that begins and ends with it",
		Long: `Run a command with access that begins and ends with it.

Asks, waits until access is usable, runs the command with its streams, terminal
and signals, and ends the elevation when the command is over. If access is over
first, the command gets SIGTERM, and SIGKILL after 10 seconds. It finds its
elevation in CURFEW_ELEVATION and its deadline in CURFEW_DEADLINE (as
2026-10-05T09:30:00Z).

` + heldExits,
		Example: `  curfew run --entitlement admin-30m \
      --principal arn:aws:iam::111122223333:role/engineer-deploy \
      --task change/CHG-1042 --reason "deployment is stuck" \
      --param account=111122223333 -- ./deploy.sh orders
  ticket=$(curfew run --no-wait --entitlement admin-30m … --reason "stuck")`,
	}
	f := c.Flags()
	f.StringVar(&r.entitlement, "entitlement", "", "what to ask for")
	r.addTo(c)
	f.Lookup("for").Usage = "how long at most, as 30m (default: what the entitlement allows)"
	f.Lookup("task").Usage += " (default: workflow/ and the idempotency key)"
	f.BoolVar(&r.noWait, "no-wait", false, "ask, print what curfew resume takes, and run nothing")
	f.StringVar(&r.ticket, "ticket", "", "with --no-wait: write a ticket into this file and print its name (default: print the id)")
	f.BoolVar(&r.passToken, "pass-token", false, "leave CURFEW_TOKEN in the command's environment")
	// The only error is a missing flag, which a test would see.
	_ = c.RegisterFlagCompletionFunc("entitlement", a.completeEntitlement)
	return a.holdingCommand(c, func(c *cobra.Command, args []string) error { return a.run(c, r, args) })
}

// holdingCommand makes a command that runs another. Its own failures have codes of their own.
func (a *app) holdingCommand(c *cobra.Command, run func(*cobra.Command, []string) error) *cobra.Command {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return noAccess("%v; see curfew help", err) })
	c.PersistentPreRunE = func(*cobra.Command, []string) error { return a.withoutAccess(context.Background(), a.checkGlobals("")) }
	c.Args, c.DisableFlagsInUseLine = cobra.ArbitraryArgs, true
	c.RunE = func(cmd *cobra.Command, args []string) error {
		a.began = true
		return run(cmd, args)
	}
	return c
}

func (a *app) run(c *cobra.Command, r runFlags, args []string) error {
	words, err := commandWords(c, args, 0)
	switch {
	case err != nil:
		return err
	case r.noWait && len(words) > 0:
		return noAccess("--no-wait runs nothing: give the command to curfew resume")
	case r.ticket != "" && !r.noWait:
		return noAccess("--ticket is for --no-wait")
	case !r.noWait:
		if err := findCommand(words); err != nil {
			return err
		}
	}
	ctx := c.Context()
	signals, stop := a.listen(ctx)
	defer stop()
	limit := a.waitLimit(c)
	e, err := a.askFor(ctx, r)
	if err != nil {
		return a.withoutAccess(ctx, err)
	}
	h := a.holder(e, signals, limit)
	if r.noWait {
		return h.printTicket(e, r.ticket)
	}
	h.passToken = r.passToken
	return h.run(e, words)
}

// commandWords returns the words after "--", which must have n arguments before it.
func commandWords(c *cobra.Command, args []string, n int) ([]string, error) {
	switch dash := c.ArgsLenAtDash(); {
	case dash == n:
		return args[n:], nil
	case dash < 0 && len(args) == n:
		return nil, nil
	}
	return nil, noAccess("want %s; the command comes after two hyphens", c.Use)
}

// findCommand looks for the command before anything is asked for.
func findCommand(words []string) error {
	if len(words) == 0 {
		return noAccess("want a command to run, after two hyphens; see curfew help run")
	}
	_, err := exec.LookPath(words[0])
	switch {
	case err == nil:
		return nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return &failure{CommandNotFound, fmt.Sprintf("command not found: %s; nothing was asked for", words[0])}
	}
	return &failure{CannotRun, fmt.Sprintf("%v; nothing was asked for", err)}
}

// lingerLimit is how long a request in flight may go on after an interrupt: only its answer has the id to withdraw.
const lingerLimit = 5 * time.Second

// askFor makes the request.
func (a *app) askFor(interrupted context.Context, r runFlags) (client.Elevation, error) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(interrupted))
	defer cancel()
	defer context.AfterFunc(interrupted, func() { time.AfterFunc(lingerLimit, cancel) })()
	q, err := a.fill(ctx, r)
	if err != nil {
		return client.Elevation{}, err
	}
	e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.Request(ctx, q) })
	if err != nil {
		return e, a.failUnanswered(ctx, err, q.IdempotencyKey)
	}
	a.warnRequester(e)
	return e, nil
}

// fill returns the request, with defaults filled in.
func (a *app) fill(ctx context.Context, r runFlags) (client.Request, error) {
	for flag, value := range map[string]string{"entitlement": r.entitlement, "principal": r.principal, "reason": r.reason} {
		if value == "" {
			return client.Request{}, noAccess("want --%s; see curfew help run", flag)
		}
	}
	r.key = or(r.key, rand.Text())
	if r.task == "" {
		if (task.Task{Kind: "workflow", ID: r.key}).Check() != nil {
			return client.Request{}, noAccess("--idempotency-key %q cannot name a task: give one with --task", r.key)
		}
		r.task = "workflow/" + r.key
	}
	if r.duration == 0 {
		all, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) ([]client.Entitlement, error) { return c.Entitlements(ctx) })
		if err != nil {
			return client.Request{}, err
		}
		i := slices.IndexFunc(all, func(e client.Entitlement) bool { return e.Name == r.entitlement })
		if i < 0 {
			return client.Request{}, noAccess("%s is not an entitlement that you may ask for; curfew entitlements lists them", r.entitlement)
		}
		r.duration = time.Duration(all[i].Max) * time.Second
	}
	return r.request(r.entitlement)
}

// noAccess is the failure of a run that got no access.
func noAccess(format string, args ...any) error {
	return &failure{NoAccess, fmt.Sprintf(format, args...)}
}

// withoutAccess gives any failure the code of noAccess.
func (a *app) withoutAccess(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	f := a.explain(ctx, err)
	if f.code != Interrupted {
		f = &failure{NoAccess, f.text}
	}
	return f
}

var _ hold.API = heldAPI{}

// heldAPI connects for each call: the command may outlast the first credentials.
type heldAPI struct{ *app }

func (h heldAPI) Show(ctx context.Context, id string) (client.Elevation, error) {
	d, err := h.show(ctx, id)
	return d.Elevation, err
}

func (h heldAPI) Heartbeat(ctx context.Context, id string) (client.Elevation, error) {
	return bounded(ctx, h.app, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.Heartbeat(ctx, id) })
}

func (h heldAPI) End(ctx context.Context, id string) (client.Elevation, error) {
	return bounded(ctx, h.app, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.End(ctx, id) })
}

func (h heldAPI) Withdraw(ctx context.Context, id string) (client.Elevation, error) {
	return bounded(ctx, h.app, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.Withdraw(ctx, id) })
}
