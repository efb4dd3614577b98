package command

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
	"curfew/shared/task"
)

// requestFlags has the flags of request.
type requestFlags struct {
	principal, session, task, reason, startAt, latestEnd, key, renews string
	duration                                                          time.Duration
	parameters                                                        []string
	wait                                                              bool
}

const requestHelp = `Ask for an elevation.

Access is never extended. To go on after its deadline, curfew renew asks for a
second elevation: with its own decision, grant and deadline.
curfew try says whether policy allows a request, and asks for nothing.`

func (a *app) requestCommand() *cobra.Command {
	var q requestFlags
	c := &cobra.Command{
		Use: "request ENTITLEMENT", Short: "Ask for an elevation", Args: exactlyOne("the name of one entitlement", "curfew entitlements lists what you may ask for"),
		Long: requestHelp,
		Example: `  curfew request admin-30m \
      --principal arn:aws:iam::111122223333:role/engineer-deploy \
      --task change/CHG-1042 --reason "deployment is stuck" --for 30m \
      --param account=111122223333 --wait
  curfew request backup-run \
      --principal arn:aws:iam::111122223333:role/backup-runner \
      --task backup/job-7f3a --reason "nightly copy" --for 2h \
      --idempotency-key job-7f3a`,
		ValidArgsFunction: a.completeEntitlement,
	}
	f := c.Flags()
	q.addTo(c)
	f.BoolVar(&q.wait, "wait", false, "wait until access is usable, or will not come")
	requireFlags(c, "principal", "task", "reason", "for")
	return a.command(c, func(ctx context.Context, args []string) error {
		return a.request(ctx, args[0], q, f.Changed("timeout"))
	})
}

// addTo adds the flags of a request.
func (q *requestFlags) addTo(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&q.principal, "principal", "", "ARN of the role or user that receives the privilege")
	f.StringVar(&q.task, "task", "", "why, as kind/id; kinds are "+strings.Join(task.Kinds(), ", "))
	f.StringVar(&q.reason, "reason", "", "for the approvers, in your words")
	f.DurationVar(&q.duration, "for", 0, "how long, as 30m or 1h30m, from the moment it is granted")
	f.StringVar(&q.session, "session", "", "name of the session that it is bound to (default: your own)")
	f.StringVar(&q.startAt, "start-at", "", "not granted before this instant, as 2026-10-05T09:00:00Z (default: now)")
	f.StringVar(&q.latestEnd, "latest-end", "", "access ends at this instant at the latest")
	f.StringArrayVar(&q.parameters, "param", nil, "a parameter of the entitlement, as name=value; may be repeated")
	f.StringVar(&q.key, "idempotency-key", "", "a retry with the same key makes no second request (default: a random key)")
	var kinds []string
	for _, k := range task.Kinds() {
		kinds = append(kinds, k+"/")
	}
	complete(c, "task", kinds...)
}

func (a *app) request(ctx context.Context, entitlement string, q requestFlags, limited bool) error {
	r, err := q.request(entitlement)
	if err != nil {
		return err
	}
	e, err := bounded(ctx, a, func(ctx context.Context, c *client.Client) (client.Elevation, error) { return c.Request(ctx, r) })
	if err != nil {
		return a.failUnanswered(ctx, err, r.IdempotencyKey)
	}
	a.warnRequester(e)
	if q.wait {
		limit := time.Duration(0)
		if limited {
			limit = a.timeout
		}
		if e, err = a.wait(ctx, e, limit, a.untilUsable()); err != nil {
			return err
		}
	}
	return a.printElevation(e)
}

// warnRequester says what would surprise the requester of an elevation.
func (a *app) warnRequester(e client.Elevation) {
	if warning := e.MFAWarning(); warning != "" && !e.Terminal() {
		fmt.Fprintf(a.Stderr, "curfew: %s\n", printable(warning))
	}
	if e.Withdrew > 0 {
		fmt.Fprintf(a.Stderr, "curfew: approvers are told at %s: you withdrew %s in this hour\n", a.near(e.ToldAt), count(e.Withdrew, "request", "requests"))
	}
}

// failUnanswered is the failure of a request without an answer: it may exist, and its key makes a retry safe.
func (a *app) failUnanswered(ctx context.Context, err error, key string) error {
	f := a.explain(ctx, err)
	if _, refused := errors.AsType[*client.Problem](err); !refused && (f.code == Unavailable || f.code == Interrupted) {
		f.text += "; the request may exist: retry with --idempotency-key " + key + ", which makes no second one"
	}
	return f
}

// request makes the API's request, or says what is wrong with the flags.
func (q requestFlags) request(entitlement string) (client.Request, error) {
	r := client.Request{
		Entitlement: entitlement, Principal: q.principal, Session: q.session, Reason: q.reason, Renews: q.renews,
		Duration: int64(q.duration / time.Second), IdempotencyKey: or(q.key, rand.Text()),
	}
	kind, id, ok := strings.Cut(q.task, "/")
	if !ok || id == "" || !slices.Contains(task.Kinds(), kind) {
		return r, usage("--task %q: want kind/id, with a kind of %s", q.task, strings.Join(task.Kinds(), ", "))
	}
	r.Task = client.TaskRef{Kind: kind, ID: id}
	if q.duration < time.Second || q.duration%time.Second != 0 {
		return r, usage("--for %s: want whole seconds, and at least one", q.duration)
	}
	var err error
	if r.StartAt, err = parseInstant("start-at", q.startAt); err != nil {
		return r, err
	}
	if r.LatestEnd, err = parseInstant("latest-end", q.latestEnd); err != nil {
		return r, err
	}
	r.Parameters, err = parseParameters(q.parameters)
	return r, err
}

func parseInstant(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return t, usage("--%s %q: want an instant such as 2026-10-05T09:00:00Z or 2026-10-05T11:00:00+02:00", flag, s)
	}
	if t.Nanosecond() != 0 {
		return t, usage("--%s %q: want whole seconds", flag, s)
	}
	return t, nil
}

func parseParameters(all []string) (map[string]string, error) {
	m := map[string]string{}
	for _, p := range all {
		name, value, ok := strings.Cut(p, "=")
		if !ok || name == "" {
			return nil, usage("--param %q: want name=value", p)
		}
		if _, twice := m[name]; twice {
			return nil, usage("--param %s: given twice", name)
		}
		m[name] = value
	}
	return m, nil
}

// completeEntitlement offers the caller's entitlements, if the API answers in time.
func (a *app) completeEntitlement(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	a.timeout = min(a.timeout, completeWithin)
	all, err := bounded(c.Context(), a, func(ctx context.Context, c *client.Client) ([]client.Entitlement, error) { return c.Entitlements(ctx) })
	if err != nil { // a shell cannot show the error
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, e := range all {
		names = append(names, fmt.Sprintf("%s\t%s", e.Name, printable(e.About)))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
