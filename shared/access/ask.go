package access

import (
	"context"
	"time"
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
		return s.Ask(ctx, in.ID, in.Token)
	case "hold":
		return s.Hold(ctx, in.ID, in.Execution, in.Token)
	case "lapse":
		return s.Lapse(ctx, in.ID)
	}
	return Errorf(Invalid, "wait has no verb %q", printable(in.Verb))
}

// Ask keeps the token of a task that waits for approvers. The decision may have been there before the token was: so the
// record is read again after the token is stored, and whoever finds both completes the task. Repeating it is harmless.
func (s *Service) Ask(ctx context.Context, id, token string) (err error) {
	defer s.logged(ctx, "ask", id, "workflow", &err)
	return s.keep(ctx, id, Token{For: "ask", Token: token, At: s.now()})
}

// keep stores a token and then answers it, if it can be answered already.
func (s *Service) keep(ctx context.Context, id string, t Token) error {
	if !ValidID(id) || t.Token == "" {
		return Errorf(Invalid, "a token for elevation %q", printable(id))
	}
	row, err := encode(tokenKey(id, t), 1, t)
	if err != nil {
		return err
	}
	// Kept beyond any life: the elevation's own end takes nothing away that a late try might still answer.
	row.Expires = t.At.Add(maxAhead + 30*24*time.Hour)
	if err := s.Store.Write(ctx, Change{If: Always, Row: row}); err != nil {
		return wrap(err, "keeping a token of elevation %s", id)
	}
	rows, err := s.Store.Read(ctx, elevationKey(id))
	if err != nil {
		return wrap(err, "reading elevation %s", id)
	}
	stored, ok := rows[elevationKey(id)]
	if !ok {
		return Errorf(NotFound, "there is no elevation %s", id)
	}
	e, err := read[Elevation](stored)
	if err != nil {
		return err
	}
	// Only its own: that another task cannot be answered is no failure of this one.
	return s.answer(ctx, life{elevation: e, tokens: []Token{t}})
}

// answer completes every task of this life that waits for what is already decided. All tokens are answered, of every
// try: an answer to one that is over costs nothing.
func (s *Service) answer(ctx context.Context, l life) error {
	var failed error
	for _, t := range l.tokens {
		failure, decided := l.elevation.answers(t, s.Now())
		if !decided {
			continue
		}
		if err := s.Workflow.Answer(ctx, t.Token, failure); err != nil {
			failed = wrap(err, "answering a task of elevation %s", l.elevation.ID)
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
		return string(Denied), true
	case WithdrawnState:
		return string(Withdrawn), true
	case LapsedState:
		return string(Lapsed), true
	}
	return "", true
}
