package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/scripts/curfew/hold"
)

// sayEvery is how often a wait prints a line if it cannot rewrite one: some pipelines kill silent jobs.
const sayEvery = time.Minute

// holder is one elevation that is held for a command.
type holder struct {
	*app
	hold.Holder
	progress  *progress
	limit     time.Duration // for the wait; zero: none
	passToken bool
	resumed   bool // the user can resume: a wait that ends leaves the elevation open
}

func (a *app) holder(e client.Elevation, signals <-chan os.Signal, limit time.Duration) *holder {
	h := &holder{app: a, limit: limit, progress: &progress{app: a, every: sayEvery}}
	var line sync.Mutex // guards output: heartbeats run in their own goroutine
	alone := func(do func()) {
		line.Lock()
		defer line.Unlock()
		do()
	}
	h.Holder = hold.Holder{
		API: heldAPI{a}, ID: e.ID, Signals: signals, Pace: hold.Usual(),
		Passing:  func(err error) bool { return a.isTransient(context.Background(), err) },
		Progress: func(e client.Elevation) { alone(func() { h.progress.show(e, a.Now()) }) },
		Starting: func() { alone(h.progress.clear) },
		Say: func(s string) {
			alone(func() {
				h.progress.clear()
				fmt.Fprintf(a.Stderr, "curfew: %s: %s\n", printable(e.ID), printable(s))
			})
		},
		Terminal: a.ControllingTerminal != nil && a.ControllingTerminal(),
	}
	return h
}

// callWithin bounds a call where --timeout bounds something else.
const callWithin = 30 * time.Second

// waitLimit is --timeout as a limit of the wait, not of its calls; zero: it was not given.
func (a *app) waitLimit(c *cobra.Command) time.Duration {
	if !c.Flags().Changed("timeout") {
		return 0
	}
	limit := a.timeout
	a.timeout = callWithin
	return limit
}

// listen returns the signals of this process.
func (a *app) listen(ctx context.Context) (<-chan os.Signal, func()) {
	if a.Signals != nil {
		terminal := a.ControllingTerminal != nil && a.ControllingTerminal()
		// ignored signals stay ignored, for the command too: nohup
		return a.Signals(slices.DeleteFunc(hold.Listen(terminal), signal.Ignored)...)
	}
	got := make(chan os.Signal, 1)
	stop := context.AfterFunc(ctx, func() { got <- os.Interrupt })
	return got, func() { stop() }
}

// run waits for access, runs the command, and ends the elevation. Its error has the exit code.
func (h *holder) run(e client.Elevation, words []string) error {
	defer h.progress.clear()
	e, err := h.await(e)
	if err != nil {
		return h.failNotRun(e, err)
	}
	began := h.Now()
	code, early, err := h.Run(e, h.command(e, words))
	if err != nil {
		return h.failNotRun(e, err)
	}
	if early != nil {
		e = early.Elevation
	}
	after, err := h.End(e)
	h.Say(fmt.Sprintf("the command ended with %d after %s; %s", code, span(h.Now().Sub(began)), h.howItEnded(after, err)))
	return &failure{code: code}
}

func (h *holder) await(e client.Elevation) (client.Elevation, error) {
	ctx := context.Background()
	if h.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, h.limit)
		defer cancel()
	}
	return h.Await(ctx, e)
}

// command has this process's streams and environment, plus the elevation and its deadline.
func (h *holder) command(e client.Elevation, words []string) *exec.Cmd {
	c := exec.Command(words[0], words[1:]...)
	c.Stdin, c.Stdout, c.Stderr = h.Stdin, h.Stdout, h.Stderr
	c.Env = []string{}
	if h.Environ != nil {
		c.Env = h.Environ()
	}
	if !h.passToken {
		// The token could ask for and end anything of its caller's; a job needs only its AWS credentials.
		c.Env = slices.DeleteFunc(slices.Clone(c.Env), func(v string) bool {
			name, _, _ := strings.Cut(v, "=")
			return name == "CURFEW_TOKEN" || name == h.context.TokenEnv
		})
	}
	c.Env = append(c.Env, "CURFEW_ELEVATION="+e.ID, "CURFEW_DEADLINE="+e.Deadline.UTC().Format(time.RFC3339))
	return c
}

// failNotRun is the failure of a command that was not run. It ends the elevation, unless the user can resume it.
func (h *holder) failNotRun(e client.Elevation, err error) error {
	h.progress.clear()
	id := e.ID
	if o, ok := errors.AsType[*hold.OverError](err); ok {
		return noAccess("elevation %s is over before the command ran: %s; see curfew show %s", id, o.Why, id)
	}
	timeout := errors.Is(err, context.DeadlineExceeded)
	s, signalled := errors.AsType[*hold.SignalError](err)
	if h.resumed && timeout {
		return h.failNotActive(e)
	}
	if lost := h.explain(context.Background(), err); h.resumed && !signalled && e.State != "active" {
		return noAccess("%s; elevation %s is left open: resume it again, or curfew withdraw %s", lost.text, id, id)
	}
	after, failed := h.End(e)
	end := h.howItEnded(after, failed)
	switch {
	case signalled:
		return &failure{s.Code(), fmt.Sprintf("%s: elevation %s: the command was not run; %s", s, id, end)}
	case timeout:
		return noAccess("waited %s: elevation %s: %s", h.limit, id, end)
	case e.State == "active": // only the command's start can fail then
		return &failure{CannotRun, fmt.Sprintf("%v; elevation %s: %s", err, id, end)}
	}
	return noAccess("%s; elevation %s: %s", h.explain(context.Background(), err).text, id, end)
}

// failNotActive says how to resume.
func (h *holder) failNotActive(e client.Elevation) error {
	return &failure{NotYet, fmt.Sprintf("elevation %s is not active yet: %s; resume it again", e.ID, h.standing(e))}
}

// howItEnded says how an elevation ended, in part of a line.
func (h *holder) howItEnded(after client.Elevation, failed error) string {
	if failed == nil {
		return "it is " + h.standing(after)
	}
	text := fmt.Sprintf("its end could not be ordered (%v)", failed)
	switch {
	case !after.Deadline.IsZero() && after.Heartbeat > 0:
		text += "; it ends by itself by " + h.instant(after.Deadline) + ", or " + seconds(after.Heartbeat) + " after its last heartbeat"
	case !after.Deadline.IsZero():
		text += "; it ends by itself at " + h.instant(after.Deadline)
	}
	return text + "; " + howToEnd(after)
}

// printTicket prints the argument of curfew resume.
func (h *holder) printTicket(e client.Elevation, path string) error {
	t := hold.Ticket{Elevation: e.ID, Entitlement: e.Entitlement, Principal: e.Principal, Endpoint: h.endpoint}
	if path != "" {
		if err := t.Write(path); err != nil {
			after, failed := h.End(e)
			return noAccess("writing the ticket: %v; elevation %s: %s", err, e.ID, h.howItEnded(after, failed))
		}
	}
	h.progress.show(e, h.Now())
	h.progress.clear()
	return h.print(t, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, printable(or(path, e.ID)))
		return err
	})
}
