package accountreview

import (
	"context"
	"encoding/json"
	"time"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

// Service reviews accounts.
type Service struct {
	*access.Service
	Reader Reader
	Queue  Queue
	Use    Use
	// Parts limits the parts of one invocation; 0: its time does. Size limits the privileged principals of a part; 0: [MostAccessed].
	Parts, Size int
}

// Outcome is what a message led to.
type Outcome string

const (
	Begun       Outcome = "begun"
	Reviewed    Outcome = "reviewed"
	Continues   Outcome = "continues"    // another message follows
	Superseded  Outcome = "superseded"   // by a later review of the account, or by the same message elsewhere
	NotGoverned Outcome = "not-governed" // the account has left since
)

// Begin is the message that begins the campaign of the month, or reviews all accounts again.
const Begin = `{"begin":true}`

// message is [Begin], or an account to review.
type message struct {
	Begin    bool   `json:"begin,omitempty"`
	Account  string `json:"account,omitempty"`
	Campaign string `json:"campaign,omitempty"` // as 2026-11
	// Begun tells one review of an account from a later one.
	Begun time.Time `json:"begun,omitzero"`
	// Parts were done when the message was sent. The row knows better.
	Parts int `json:"parts,omitempty"`
}

func (s *Service) read(body []byte) (m message, err error) {
	err = json.Unmarshal(body, &m)
	switch {
	case err != nil || m.Begin == (m.Account != ""):
	case m.Begin:
		return m, nil
	case iamarn.IsAccount(m.Account) && campaign.HasBegun(m.Campaign, s.Now()) && !m.Begun.After(s.Now().Add(time.Minute)):
		return m, nil
	}
	return m, fault.Errorf(fault.Invalid, "the message neither begins a campaign nor names an account and a month that has begun")
}

func (s *Service) send(ctx context.Context, m message) error {
	body, err := json.Marshal(m)
	if err == nil {
		err = s.Queue.Send(ctx, string(body))
	}
	return err
}
