package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// WaitIn is the input of the function wait.
type WaitIn struct {
	Verb      string `json:"verb"`
	ID        string `json:"id"`
	Token     string `json:"token,omitempty"`
	Execution string `json:"execution,omitempty"`
}

// Wait stores task tokens, or stops waiting for approvers.
func (s *Service) Wait(ctx context.Context, in WaitIn) error {
	switch in.Verb {
	case "ask":
		return Waiting{s}.Ask(ctx, in.ID, in.Token)
	case "hold":
		return Waiting{s}.Hold(ctx, in.ID, in.Execution, in.Token)
	case "lapse":
		return Waiting{s}.Lapse(ctx, in.ID)
	}
	return fault.Errorf(fault.Invalid, "wait has no verb %q", fault.Printable(in.Verb))
}

// Waiting stores and answers task tokens.
type Waiting struct{ *Service }

// Ask stores the token of the task that waits for approvers, then reads the record: the decision may be earlier. It is
// idempotent.
func (s Waiting) Ask(ctx context.Context, id, token string) (err error) {
	defer s.Logged(ctx, "ask", id, "workflow", &err)
	return s.keep(ctx, id, Token{For: "ask", Token: token, At: s.Instant()})
}

// Hold stores the token of the task that waits for the end, then reads the record: the end may be earlier. It is
// idempotent.
func (s Waiting) Hold(ctx context.Context, id, execution, token string) (err error) {
	defer s.Logged(ctx, "hold", id, execution, &err)
	return s.keep(ctx, id, Token{For: "hold", Token: token, At: s.Instant()})
}

// Lapse returns the elevation given up. Conflict: Grant began, or it is over.
func (e Elevation) Lapse(why string, now time.Time) (Elevation, error) {
	next, err := e.to(LapsedState, now)
	next.Why = why
	return next, err
}

// Lapse stops waiting for approvers. nil: approved first. Lapsed: over.
func (s Waiting) Lapse(ctx context.Context, id string) (err error) {
	defer s.Logged(ctx, "lapse", id, "workflow", &err)
	l, err := s.Amend(ctx, id, func(l Life) (Amendment, error) {
		if l.Elevation.State != Requested {
			return Amendment{None: true}, nil
		}
		return Lapsed(l, "not decided in time", "workflow", s.Instant())
	})
	if err != nil {
		return err
	}
	if l.Elevation.State == Approved {
		return nil
	}
	return fault.Errorf(fault.Lapsed, "elevation %s is %s", id, l.Elevation.State)
}

// Lapsed gives up a request.
func Lapsed(l Life, why, actor string, now time.Time) (Amendment, error) {
	next, err := l.Elevation.Lapse(why, now)
	return Amendment{
		Next:  next,
		entry: evidence.Entry{At: now, Kind: "elevation.lapsed", Actor: actor, Detail: map[string]string{"why": why}},
	}, err
}

func (s Waiting) keep(ctx context.Context, id string, t Token) error {
	if !ValidID(id) || t.Token == "" {
		return fault.Errorf(fault.Invalid, "a token for elevation %q", fault.Printable(id))
	}
	row, err := record.Encode(tokenKey(id, t), 1, t)
	if err != nil {
		return err
	}
	// Longer than any life: late tries need it.
	row.Expires = t.At.Add(maxAhead + 30*24*time.Hour)
	if err := s.Store.Write(ctx, record.Change{If: record.Always, Row: row}); err != nil {
		return fault.Wrap(err, "keeping a token of elevation %s", id)
	}
	rows, err := s.Store.Read(ctx, ElevationKey(id))
	if err != nil {
		return fault.Wrap(err, "reading elevation %s", id)
	}
	stored, ok := rows[ElevationKey(id)]
	if !ok {
		return fault.Errorf(fault.NotFound, "there is no elevation %s", id)
	}
	e, err := DecodeElevation(stored)
	if err != nil {
		return err
	}
	// Only this token: another's failure must not fail this call.
	return s.Answer(ctx, Life{Elevation: e, Tokens: []Token{t}})
}

// Answer completes all decided tasks of all tries.
func (s Waiting) Answer(ctx context.Context, l Life) error {
	var failed error
	for _, t := range l.Tokens {
		failure, decided := l.Elevation.answers(t, s.Now())
		if !decided {
			continue
		}
		if err := s.Workflow.Answer(ctx, t.Token, failure); err != nil {
			failed = fault.Wrap(err, "answering a task of elevation %s", l.Elevation.ID)
		}
	}
	return failed
}

// tryAnswer leaves failures to the sweep. Without a token it reads again: a task may have stored one since, but read
// the record before the change.
func (s Waiting) tryAnswer(ctx context.Context, l Life) {
	var err error
	id := l.Elevation.ID
	if len(l.Tokens) == 0 {
		l, err = s.Load(ctx, id)
	}
	if err == nil {
		err = s.Answer(ctx, l)
	}
	if err != nil {
		s.Log.WarnContext(ctx, "task not answered, left to the sweep", "elevation", id, "error", err)
	}
}

// answers reports whether a task is decided, and with which error.
func (e Elevation) answers(t Token, now time.Time) (failure string, decided bool) {
	if t.For == "hold" {
		return "", e.State != Granting && e.State != Active || !now.Before(e.Deadline)
	}
	switch e.State {
	case Requested:
		return "", false
	case DeniedState:
		return string(fault.Denied), true
	case WithdrawnState:
		return string(fault.Withdrawn), true
	case LapsedState:
		return string(fault.Lapsed), true
	}
	return "", true
}
