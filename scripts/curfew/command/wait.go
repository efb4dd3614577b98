package command

import (
	"context"
	"fmt"
	"strings"
	"time"

	"curfew/scripts/curfew/client"
)

const (
	// lookEvery is how often a wait looks. People decide slowly.
	lookEvery = 2 * time.Second
	// noAnswerLimit is how long a wait goes on without any answer.
	noAnswerLimit = time.Minute
	// settleLimit bounds the wait from active to ready_at, in case the clocks differ: IAM takes seconds.
	settleLimit = time.Minute
)

// goal reports whether the wait is over; an error: the goal will never be reached.
type goal func(client.Elevation) (bool, error)

// untilUsable waits until the grant is usable.
func (a *app) untilUsable() goal {
	var active time.Time
	return func(e client.Elevation) (bool, error) {
		if e.State == "active" && active.IsZero() {
			active = a.Now()
		}
		if e.Terminal() || e.State == "revoking" || e.State == "stuck" {
			return false, a.failGoal(e)
		}
		return e.Ready(a.Now()) || e.State == "active" && a.Now().Sub(active) >= settleLimit, nil
	}
}

// isGone waits until IAM was read without the grant. A stuck removal may take hours, so it fails.
func (a *app) isGone(e client.Elevation) (bool, error) {
	if e.State == "stuck" {
		return false, a.failGoal(e)
	}
	return e.Terminal(), nil
}

// wait looks at an elevation until a goal is reached, within limit (zero: none). If the limit or an interrupt ends it,
// the error says what is left open.
func (a *app) wait(ctx context.Context, e client.Elevation, limit time.Duration, reached goal) (client.Elevation, error) {
	waiting := ctx
	if limit > 0 {
		var cancel context.CancelFunc
		waiting, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	p := progress{app: a}
	defer p.clear()
	answered := a.Now()
	for {
		if done, err := reached(e); done || err != nil {
			return e, err
		}
		p.show(e, a.Now())
		if !pause(waiting, lookEvery) {
			return e, a.failLeftOpen(ctx, e, limit)
		}
		next, err := a.show(waiting, e.ID)
		switch {
		case err == nil:
			e, answered = next.Elevation, a.Now()
		case waiting.Err() != nil:
			return e, a.failLeftOpen(ctx, e, limit)
		case !a.isTransient(ctx, err) || a.Now().Sub(answered) >= noAnswerLimit:
			return e, a.failNoAnswer(ctx, e, err)
		}
	}
}

// isTransient reports whether an error is worth a retry.
func (a *app) isTransient(ctx context.Context, err error) bool {
	return a.explain(ctx, err).code == Unavailable
}

// failGoal is the failure of an elevation that did not reach the goal.
func (a *app) failGoal(e client.Elevation) error {
	text := fmt.Sprintf("elevation %s is %s", e.ID, stateOf(e))
	if e.Why != "" {
		text += ": " + e.Why
	}
	return &failure{OtherEnd, text + "; see curfew show " + e.ID}
}

// failLeftOpen is the failure of a wait that stopped early: the elevation goes on.
func (a *app) failLeftOpen(ctx context.Context, e client.Elevation, limit time.Duration) error {
	f := &failure{Unavailable, fmt.Sprintf("waited %s", limit)}
	if ctx.Err() != nil {
		f = &failure{Interrupted, "interrupted"}
	}
	f.text += fmt.Sprintf(": elevation %s is left open (%s); %s", e.ID, e.State, howToEnd(e))
	return f
}

// failNoAnswer is the failure of a wait without answers.
func (a *app) failNoAnswer(ctx context.Context, e client.Elevation, err error) error {
	f := a.explain(ctx, err)
	return &failure{f.code, fmt.Sprintf("%s; elevation %s is left open (%s when last seen): %s", f.text, e.ID, e.State, howToEnd(e))}
}

// howToEnd says how to end or withdraw an elevation.
func howToEnd(e client.Elevation) string {
	switch e.State {
	case "active", "granting":
		return "to end it: curfew end " + e.ID
	case "revoking", "stuck":
		return "its removal goes on by itself: curfew show " + e.ID
	}
	return "to take it back: curfew withdraw " + e.ID
}

// pause waits, and reports whether the context still lives.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// progress shows a wait on Stderr: it rewrites one line, or prints a line for each change.
type progress struct {
	*app
	every  time.Duration // repeat an unchanged line this often; zero: never
	said   string
	saidAt time.Time
	drawn  bool
}

func (p *progress) show(e client.Elevation, now time.Time) {
	text := p.waitingFor(e)
	if !p.ProgressTerminal {
		again := p.every > 0 && now.Sub(p.saidAt) >= p.every
		if text != p.said || again {
			fmt.Fprintf(p.Stderr, "%s: %s\n", printable(e.ID), printable(text+when(again && text == p.said, timeLeft(e, now))))
			p.said, p.saidAt = text, now
		}
		return
	}
	text += timeLeft(e, now)
	// A line that wraps cannot be rewritten.
	line := []rune(printable(e.ID + ": " + text))
	fmt.Fprintf(p.Stderr, "\r\x1b[K%s", string(line[:min(len(line), 79)]))
	p.drawn = true
}

// timeLeft is the most that this state may take; empty if not known.
func timeLeft(e client.Elevation, now time.Time) string {
	until := map[string]time.Time{"requested": e.DecideBy, "approved": e.StartAt, "active": e.ReadyAt}[e.State]
	if left := until.Sub(now); left >= time.Second {
		return ", " + span(left) + " left"
	}
	return ""
}

// clear removes the line.
func (p *progress) clear() {
	if p.drawn {
		fmt.Fprint(p.Stderr, "\r\x1b[K")
		p.drawn = false
	}
}

func (p *progress) waitingFor(e client.Elevation) string {
	switch e.State {
	case "requested":
		return fmt.Sprintf("requested, waits for %d of %s", e.Approval.Need, strings.Join(e.Approval.Of, ", "))
	case "approved":
		return "approved, to be granted from " + p.instant(e.StartAt)
	case "active":
		return "active; " + p.usableFrom(e)
	}
	if e.State == "revoking" {
		return "access is being removed; not yet confirmed"
	}
	return e.State
}
