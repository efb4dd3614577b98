package archive

import (
	"context"
	"time"

	"curfew/shared/evidence/log"
)

// viewWithin and viewAgain bound how long a view holds up the log. viewSpare is left of the time of a pass, to say that it was
// complete.
const (
	viewWithin = 5 * time.Second
	viewAgain  = time.Minute
	viewSpare  = 30 * time.Second
)

func (s *Service) addToView(ctx context.Context, g log.Growth) {
	if s.View == nil || s.Now().Before(s.viewAt) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, viewWithin)
	defer cancel()
	if err := s.View.Add(ctx, g); err != nil {
		s.Log.WarnContext(ctx, "the rows wait for the daily pass", "error", err)
		s.viewAt = s.Now().Add(viewAgain)
	}
}

func (s *Service) passView(ctx context.Context) {
	if s.View == nil || s.edge == nil {
		return
	}
	if end, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-viewSpare))
		defer cancel()
	}
	err := s.View.Pass(ctx, s.edge.Tree)
	if err == nil {
		return
	}
	s.Log.ErrorContext(ctx, "the rows are behind the log", "error", err)
	if s.Undone != nil {
		s.Undone(ctx, err)
	}
}
