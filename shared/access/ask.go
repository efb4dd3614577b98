package access

import (
	"context"
	"time"

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
