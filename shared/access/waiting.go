package access

import (
	"context"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// WaitIn is what the function wait is invoked with, by the three states that wait or give up waiting.
type WaitIn struct {
	Verb      string `json:"verb"` // "ask", "hold" or "lapse"
	ID        string `json:"id"`
	Token     string `json:"token,omitempty"`
	Execution string `json:"execution,omitempty"`
}

// Wait is the function wait: it keeps task tokens, and gives up waiting for approvers.
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

// Waiting keeps and answers task tokens.
type Waiting struct{ *Service }

// Ask keeps the token of a task that waits for approvers. The decision may have been there before the token was: so the
// record is read again after the token is stored, and whoever finds both completes the task. Repeating it is harmless.
func (s Waiting) Ask(ctx context.Context, id, token string) (err error) {
	defer s.Logged(ctx, "ask", id, "workflow", &err)
	return s.keep(ctx, id, Token{For: "ask", Token: token, At: s.Instant()})
}

// Hold keeps the token of the task that waits for the end. Like Ask it reads the record again after the token is stored:
// an end that was ordered before the token was there, or a deadline that has passed, completes the task at once. Repeating
// it is harmless.
func (s Waiting) Hold(ctx context.Context, id, execution, token string) (err error) {
	defer s.Logged(ctx, "hold", id, execution, &err)
	return s.keep(ctx, id, Token{For: "hold", Token: token, At: s.Instant()})
}

// Lapse is the elevation given up: nobody decided in time, or it failed before Grant. Conflict: it may not lapse any more.
func (e Elevation) Lapse(why string, now time.Time) (Elevation, error) {
	next, err := e.to(LapsedState, now)
	next.Why = why
	return next, err
}

// Lapse gives up waiting for approvers. It returns nil if it finds the elevation approved: an approval and the time-out
// met, and the approval was stored first. Lapsed: it is over, whoever ended it.
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

// Lapsed is the change that gives a request up before anything was granted.
func Lapsed(l Life, why, actor string, now time.Time) (Amendment, error) {
	next, err := l.Elevation.Lapse(why, now)
	return Amendment{
		Next:  next,
		entry: evidence.Entry{At: now, Kind: "elevation.lapsed", Actor: actor, Detail: map[string]string{"why": why}},
		extra: unpend(l),
	}, err
}

// keep stores a token and then answers it, if it can be answered already.
func (s Waiting) keep(ctx context.Context, id string, t Token) error {
	if !ValidID(id) || t.Token == "" {
		return fault.Errorf(fault.Invalid, "a token for elevation %q", fault.Printable(id))
	}
	row, err := record.Encode(tokenKey(id, t), 1, t)
	if err != nil {
		return err
	}
	// Kept beyond any life: the elevation's own end takes nothing away that a late try might still answer.
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
	// Only its own: that another task cannot be answered is no failure of this one.
	return s.Answer(ctx, Life{Elevation: e, Tokens: []Token{t}})
}

// Answer completes every task of this life that waits for what is already decided. All tokens are answered, of every
// try: an answer to one that is over costs nothing.
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

// tryAnswer completes waiting tasks after a change is stored. A failure is not the caller's: the sweep answers what is
// decided and still waits.
//
// A life that was read without a token is read again: its task may have stored one since, and have read the record before
// the change. One that has a token is not, which saves a call at nearly every decision: only a task that was tried twice in
// that moment is left to the sweep.
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

// answers says whether the elevation has an answer for a waiting task, and with what error it ends, if with one.
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
