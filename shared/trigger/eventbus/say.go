package eventbus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"curfew/events"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

// SuspectEvent: the event began nothing, but may have been meant to.
var SuspectEvent = finding.Kind{
	Name: "suspect-event", PageInterval: finding.Daily, Severity: finding.Medium,
	Why: "the event may be forged, and an end may be missed", Do: "compare the event in the log of function trigger with the service that it names",
}

type suspectError struct {
	class string // fixed words: one finding per class
	what  string
}

func (s *suspectError) Error() string { return s.what }

func suspectErrorf(class, format string, args ...any) error {
	return &suspectError{class, fmt.Errorf(format, args...).Error()}
}

// errOver is not suspect: the event is late.
var errOver = errors.New("its task is over, says its service")

// add handles the error of an outcome.
func (d *delivery) add(ctx context.Context, o Outcome, err error) {
	if err != nil {
		o.Why = d.why(ctx, o.Trigger, err)
	}
	d.outcomes = append(d.outcomes, o)
}

// addIgnored adds an expected outcome.
func (d *delivery) addIgnored(why string) { d.outcomes = append(d.outcomes, Outcome{Why: why}) }

func (d *delivery) why(ctx context.Context, trigger string, err error) string {
	if s, ok := errors.AsType[*suspectError](err); ok {
		d.finding(ctx, trigger, s.class, s.what)
		return s.what
	}
	switch kind := fault.KindOf(err); {
	case errors.Is(err, errOver):
		return err.Error()
	case kind == fault.Transient, kind == fault.Conflict:
		d.failed = append(d.failed, err)
		return "it failed for now, and is retried"
	case kind == fault.Denied: // the domain stored evidence
		return strings.Join(append([]string{err.Error()}, fault.Reasons(err)...), ", ")
	case kind == fault.Internal:
		d.Tasks.Log.ErrorContext(ctx, "event failed", "event", d.signal.ID, "trigger", trigger, "error", err)
		d.finding(ctx, trigger, string(kind), "an internal error: see the log")
		return "an internal error"
	default: // it may quote the event: only log it
		d.finding(ctx, trigger, string(kind), "its request is not possible: see the log")
		return shorten(err.Error())
	}
}

func shorten(s string) string {
	const most = 300
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// handleMalformed raises a finding: the event may have been an end. Events of kinds that are not read join by field: a
// sender can invent sources.
func (d *delivery) handleMalformed(ctx context.Context, shape *events.ShapeError) {
	d.addIgnored(shape.Error())
	of := "event"
	if _, known := events.KindOf(shape.Source, shape.DetailType); known {
		of += " " + shape.Source + " " + shape.DetailType
	}
	subject := strings.TrimSpace(of + " " + shape.Field)
	if err := finding.Report(ctx, d.Tasks.Base, SuspectEvent, finding.Occurrence{Subject: subject, What: shape.Error()}); err != nil {
		d.failed = append(d.failed, err)
	}
}

// finding does not quote the event.
func (d *delivery) finding(ctx context.Context, trigger, class, what string) {
	s := d.signal
	subject := "event " + s.Source // one per account, to hide no other
	if s.Account != "" {
		subject += " of " + s.Account
	}
	if trigger != "" {
		subject += " for trigger " + trigger
	}
	subject += ": " + class
	detail := map[string]any{"event": s.ID, "account": s.Account, "region": s.Region, "at": s.At.Format(time.RFC3339)}
	if s.Task.ID != "" {
		detail["task"] = s.Task.String()
	}
	if err := finding.Report(ctx, d.Tasks.Base, SuspectEvent, finding.Occurrence{Subject: subject, What: what, Account: s.Account, Detail: detail}); err != nil {
		d.failed = append(d.failed, err)
	}
}

// retryError returns the error for a retry.
func (d *delivery) retryError() error {
	if len(d.failed) == 0 {
		return nil
	}
	return fault.Errorf(fault.Transient, "event %s must be retried: %w", d.signal.ID, errors.Join(d.failed...))
}
