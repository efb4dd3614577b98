package access

import (
	"context"
	"encoding/json"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// asked returns Denied if these terms were not requested.
func (s *Service) asked(ctx context.Context, t Terms) (asked, error) {
	was, err := record.Get[asked](ctx, s.Store, askedKey(t))
	if err == nil {
		err = was.Value.of(t)
	}
	return was.Value, err
}

// Input returns the execution's stored input.
func (s *Service) Input(ctx context.Context, t Terms) (in Input, text string, err error) {
	a, err := s.asked(ctx, t)
	if err == nil && json.Unmarshal([]byte(a.Input), &in) != nil {
		err = fault.Errorf(fault.Internal, "the input of elevation %s cannot be read", t.ID)
	}
	return in, a.Input, err
}
