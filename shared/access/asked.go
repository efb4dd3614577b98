package access

import (
	"context"
	"encoding/json"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// asked says that terms were asked for. Only the functions api and trigger can write its partition, and reconcile that of
// canaries, so that no other function can begin access by making up terms: Grant demands it, whatever the rest of the record says.
type asked struct {
	Digest    string `json:"digest"` // of the terms
	Requester string `json:"requester"`
	// Input is the execution's input, kept byte for byte so that StartExecution may be repeated.
	Input string `json:"input"`
}

// askedKey is where it lies. The sweep asks for canaries, and may not write where requests lie.
func askedKey(t Terms) record.Key {
	if t.CanaryNet() != "" {
		return canaryRequestKey(t.ID)
	}
	return requestKey(t.ID)
}

func requestKey(id string) record.Key       { return record.AccessKey("request#"+id, "request") }
func canaryRequestKey(id string) record.Key { return record.AccessKey("canary#"+id, "request") }

// asked reads it. Denied: nobody asked for these terms.
func (s *Service) asked(ctx context.Context, t Terms) (asked, error) {
	was, err := record.Get[asked](ctx, s.Store, askedKey(t))
	if err == nil {
		err = was.Value.of(t)
	}
	return was.Value, err
}

// of refuses terms that were not asked for.
func (a asked) of(t Terms) error {
	if a.Digest == "" || a.Digest != t.Digest() || a.Requester != t.Requester.ID {
		return deny("curfew.digest", "the terms of %s are not those that were asked for", t.ID)
	}
	return nil
}

// Input is the input of an elevation's execution, as it was made when it was asked for.
func (s *Service) Input(ctx context.Context, t Terms) (in Input, text string, err error) {
	a, err := s.asked(ctx, t)
	if err == nil && json.Unmarshal([]byte(a.Input), &in) != nil {
		err = fault.Errorf(fault.Internal, "the input of elevation %s cannot be read", t.ID)
	}
	return in, a.Input, err
}
