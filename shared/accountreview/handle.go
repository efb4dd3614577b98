package accountreview

import (
	"context"
	"errors"

	"curfew/shared/access"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// Handle handles one message. It is idempotent, and continues what an earlier try did. Invalid: the message is not understood.
func (s *Service) Handle(ctx context.Context, body []byte) ([]Outcome, error) {
	m, err := s.read(body)
	if err != nil {
		return nil, err
	}
	if m.Begin {
		return []Outcome{Begun}, s.begin(ctx)
	}
	governed, err := access.Accounts(s.Service).IsGoverned(ctx, m.Account)
	if err != nil || !governed {
		return []Outcome{NotGoverned}, err
	}
	o, err := s.review(ctx, m)
	return []Outcome{o}, err
}

// begin sends a message for each account. After an error all are sent again.
func (s *Service) begin(ctx context.Context) (err error) {
	now, sent := record.Instant(s.Now()), 0
	month := campaign.Month(now)
	defer func() { s.Logged(ctx, "begin-campaign", "", "review", &err, "campaign", month, "accounts", sent) }()
	all, err := access.Accounts(s.Service).Governed(ctx)
	failed := []error{err} // an unreadable row: the other accounts are reviewed, and the message fails
	for _, account := range all {
		err := s.send(ctx, message{Account: account, Campaign: month, Begun: now})
		if failed = append(failed, err); err == nil {
			sent++
		}
	}
	return errors.Join(failed...)
}

func (s *Service) review(ctx context.Context, m message) (Outcome, error) {
	row, err := s.progressOf(ctx, m)
	switch {
	case err != nil:
		return "", err
	case row.Value.isLater(m):
		return Superseded, nil
	case row.Value.is(m) && row.Value.Done:
		return Reviewed, nil
	case !row.Value.is(m):
		row.Value = progress{Campaign: m.Campaign, Begun: m.Begun}
	}
	a := account{Service: s, message: m, began: record.Instant(s.Now()), row: row}
	if err := a.analyse(ctx); err != nil {
		return "", err
	}
	o, err := a.run(ctx)
	if fault.KindOf(err) == fault.Conflict {
		// The row, or an item, was written meanwhile: the row says by whom.
		now, read := s.progressOf(ctx, m)
		if read == nil && now.Row.Version != a.row.Row.Version {
			return Superseded, nil
		}
	}
	return o, err
}
