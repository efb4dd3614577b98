package access

import (
	"context"
	"encoding/json"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// asked reads it. Denied: nobody asked for these terms.
func (s *Service) asked(ctx context.Context, t Terms) (asked, error) {
	was, err := record.Get[asked](ctx, s.Store, askedKey(t))
	if err == nil {
		err = was.Value.of(t)
	}
	return was.Value, err
}

// Input is the input of an elevation's execution, as it was made when it was asked for.
func (s *Service) Input(ctx context.Context, t Terms) (in Input, text string, err error) {
	a, err := s.asked(ctx, t)
	if err == nil && json.Unmarshal([]byte(a.Input), &in) != nil {
		err = fault.Errorf(fault.Internal, "the input of elevation %s cannot be read", t.ID)
	}
	return in, a.Input, err
}
