package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"curfew/scripts/curfew/client"
)

const (
	// roundEvery is the time between two rounds: lists lag a moment, and a removal takes seconds.
	roundEvery = 2 * time.Second
	// stalledAfter is how long rounds go on without a change. A removal is overdue, and pages, after five minutes.
	stalledAfter = 10 * time.Minute
)

// bulkEnd is one run of end-all.
type bulkEnd struct {
	*app
	line        progress
	scope       client.Scope
	name        string // of the caller in the scope
	suspend     bool
	reason      string
	yes, noWait bool

	counted  int      // at first: what waited and what had access
	ordered  int      // withdrawn, or their end ordered
	refused  *failure // why it is not suspended; nil: it is, or --suspend was not given
	left     int      // waiting or open after the last round
	removing int      // being removed
	failed   []string // in the last round
}

func (a *app) endAllCommand() *cobra.Command {
	b := &bulkEnd{app: a, line: progress{app: a}}
	c := &cobra.Command{
		Use: "end-all", Short: "End all access of a principal, requester or entitlement, or all", Args: cobra.NoArgs,
		Long: `End all of a principal, a requester, an entitlement, or everything. For
operators.

Counts first: how many wait, how many have access, on which principals. On a
terminal it asks for that number; elsewhere give --yes. Then it withdraws what
waits and ends what has access, in rounds, with retries while it is throttled,
until nothing is left, and waits until IAM was read without the grants.

New requests are ended too. --suspend denies them instead: until curfew lift, or
for an hour if a second operator has to confirm it (curfew suspend). If the
suspension is refused, it says why, ends all the same, and exits with 3.

A name selects the one caller or principal that has it. If nothing known
matches, it is refused, with the nearest match.

You may interrupt it and run it again: its orders stand. It exits with 8 if
something is left, and lists that.`,
		Example: `  curfew end-all --principal arn:aws:iam::111122223333:role/engineer-deploy
  curfew end-all --requester ana --suspend --reason "a lost laptop"
  curfew end-all --everything --suspend --reason "incident INC-7" --yes`,
	}
	f := c.Flags()
	scopeFlags(c, &b.scope)
	f.BoolVar(&b.suspend, "suspend", false, "suspend it first, so that new requests are denied")
	f.StringVar(&b.reason, "reason", "", "why it is suspended, for the record")
	f.BoolVar(&b.yes, "yes", false, "do not ask")
	f.BoolVar(&b.noWait, "no-wait", false, "do not wait until what is being removed is gone")
	c.MarkFlagsRequiredTogether("suspend", "reason")
	return a.command(c, func(ctx context.Context, _ []string) error {
		if f.Changed("timeout") {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, a.timeout)
			defer cancel()
		}
		return b.execute(ctx)
	})
}

// execute suspends if asked to, counts, asks, and ends.
func (b *bulkEnd) execute(ctx context.Context) error {
	if err := checkScope(b.scope); err != nil {
		return err
	}
	if !b.yes && !b.AskTerminal {
		return usage("end-all: there is no terminal to ask on; --yes ends without asking")
	}
	if b.suspend {
		if err := b.suspendFirst(ctx); err != nil {
			return err
		}
	}
	met, err := b.round(ctx, true)
	if err != nil {
		return err
	}
	if met.Scope != (client.Scope{}) {
		b.scope, b.name = met.Scope, or(met.Name, b.name)
	}
	b.counted, b.left, b.removing = met.Waiting+met.Open, met.Waiting+met.Open, met.Ending
	if err := b.writeCount(ctx, met); err != nil {
		return err
	}
	switch {
	case b.yes: // also if nothing was found: lists lag
	case b.counted == 0:
		return b.report(ctx, nil)
	default:
		if err := b.confirm(ctx); err != nil {
			return err
		}
	}
	defer b.line.clear()
	return b.endAll(ctx)
}

// suspendFirst suspends the scope. If only the suspension is refused, ending goes on, and the refusal is printed now
// and at the end. A caller who is not an operator, and an unknown scope, could not end anything either: those errors
// are returned.
func (b *bulkEnd) suspendFirst(ctx context.Context) error {
	made, err := b.app.suspend(ctx, client.Suspend{Scope: b.scope, Reason: b.reason}, b.yes)
	if p, ok := errors.AsType[*client.Problem](err); ok && kind(p) == "denied" && !slices.Contains(p.Reasons, "curfew.operator") {
		b.refused = b.explain(ctx, err)
		fmt.Fprintf(b.Stderr, "not suspended: %s\n", printable(b.refused.text))
		return nil
	}
	if err != nil {
		return err
	}
	b.scope, b.name = made.Scope, made.Name
	until := "until a person lifts it (curfew lift)"
	if !made.LapsesAt.IsZero() {
		until = fmt.Sprintf("for %d min, and after that only if a second operator confirms it (curfew suspend): %s",
			int(max(0, made.LapsesAt.Sub(b.Now()).Round(time.Minute)).Minutes()), made.Because)
	}
	fmt.Fprintf(b.Stderr, "%s is suspended %s\n", printable(b.scopeText()), printable(until))
	return nil
}

// scopeText names the scope in words.
func (b *bulkEnd) scopeText() string { return scopeName(b.scope, b.name) }

// confirm asks for the number, so that the reader must have read it.
func (b *bulkEnd) confirm(ctx context.Context) error {
	fmt.Fprintf(b.Stderr, "type %d to end them: ", b.counted)
	answer, err := b.ask(ctx)
	if err == nil && answer != strconv.Itoa(b.counted) {
		err = &failure{OtherEnd, fmt.Sprintf("nothing was ended: the answer was not %d%s", b.counted, when(b.suspend && b.refused == nil, "; the suspension stays until curfew lift"))}
	}
	return err
}

// endAll repeats rounds until nothing waits or is open, and, except with --no-wait, nothing is being removed.
func (b *bulkEnd) endAll(ctx context.Context) error {
	moved, was := b.Now(), ""
	for {
		met, err := b.round(ctx, false)
		if err != nil {
			return b.stopEarly(ctx, err)
		}
		if met.Waiting+met.Open+len(met.Failed) == 0 && (b.noWait || met.Ending == 0) {
			return b.report(ctx, nil)
		}
		if now := fmt.Sprint(met.Waiting, met.Open, met.Ending, b.ordered); now != was {
			moved, was = b.Now(), now
		}
		if b.Now().Sub(moved) >= stalledAfter {
			return b.report(ctx, &failure{OtherEnd, fmt.Sprintf("nothing has changed for %s", stalledAfter)})
		}
		if !pause(ctx, roundEvery) {
			return b.stopEarly(ctx, ctx.Err())
		}
	}
}

// round goes through all pages once.
func (b *bulkEnd) round(ctx context.Context, countOnly bool) (client.Reach, error) {
	all, next := client.Reach{}, ""
	for {
		page, err := retry(ctx, b.app, b.showThrottled, func(ctx context.Context, c *client.Client) (client.Reach, error) {
			return c.EndAll(ctx, client.EndAll{Scope: b.scope, CountOnly: countOnly, Cursor: next})
		})
		if err != nil {
			return all, err
		}
		all.Waiting, all.Open, all.Ending = all.Waiting+page.Waiting, all.Open+page.Open, all.Ending+page.Ending
		all.Failed = append(all.Failed, page.Failed...)
		if b.ordered += page.Ordered; !countOnly {
			all.Ordered += page.Ordered
			b.showPage(all)
		}
		if next == "" { // the first page has the scope by ids
			all.Scope, all.Name = page.Scope, page.Name
		}
		if page.NextCursor == "" {
			break
		}
		if page.NextCursor == next {
			return all, &failure{Unexpected, "the API gave the same page twice"}
		}
		next = page.NextCursor
	}
	if !countOnly {
		b.left, b.removing, b.failed = all.Waiting+all.Open-all.Ordered, all.Ending, all.Failed
		b.line.rewrite(b.progressText())
	}
	return all, nil
}

// showPage shows where a round is, if the line can be rewritten.
func (b *bulkEnd) showPage(met client.Reach) {
	if b.removing = max(b.removing, met.Ending); b.ProgressTerminal {
		b.failed = met.Failed
		b.line.rewrite(b.progressText())
	}
}

// showThrottled shows why a round waits, if the line can be rewritten.
func (b *bulkEnd) showThrottled(why string) {
	if b.ProgressTerminal {
		b.line.rewrite(when(b.counted+b.ordered == 0, "counting") + when(b.counted+b.ordered > 0, b.progressText()) + "; tries again: " + why)
	}
}

// countEnded is how many of how many are ended. If the answer to an order was lost, the count of what is left shows it.
func (b *bulkEnd) countEnded() (n, of int) {
	of = max(b.counted, b.ordered)
	return max(b.ordered, of-b.left), of
}

// progressText is the line of progress.
func (b *bulkEnd) progressText() string {
	n, of := b.countEnded()
	return fmt.Sprintf("ended %d of %d, %d being removed, %d failed", n, of, b.removing, len(b.failed))
}

// rewrite rewrites the line, or prints a changed line if that is not possible.
func (p *progress) rewrite(text string) {
	text = printable(text)
	switch {
	case p.ProgressTerminal:
		line := []rune(text) // a line that wraps cannot be rewritten
		fmt.Fprintf(p.Stderr, "\r\x1b[K%s", string(line[:min(len(line), 79)]))
		p.drawn = true
	case text != p.said:
		fmt.Fprintln(p.Stderr, text)
		p.said = text
	}
}
