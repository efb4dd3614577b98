package accountreview

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/authdetails"
	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// Reader reads accounts.
type Reader interface {
	// Details returns all users, roles and groups of an account, and the managed policies that they use, with their documents. It
	// returns all or an error, never a part. The details may be seconds old, and changes during the reading may be missing.
	// Denied: the account may not be entered. Transient: retry.
	Details(ctx context.Context, account string) (*authdetails.Details, error)
}

// Queue brings messages to [Service.Handle].
type Queue interface {
	// Send adds a message. It arrives at least once, in any order. Transient: it may have been added; send it again.
	Send(ctx context.Context, body string) error
}

// Service reviews accounts.
type Service struct {
	*access.Service
	Reader Reader
	Queue  Queue
}

// Outcome is what a message led to.
type Outcome string

const (
	Begun       Outcome = "begun"
	Reviewed    Outcome = "reviewed"
	NotGoverned Outcome = "not-governed" // the account has left since
)

// Begin is the message that begins the campaign of the month.
const Begin = `{"begin":true}`

// message is [Begin], or an account to review.
type message struct {
	Begin    bool   `json:"begin,omitempty"`
	Account  string `json:"account,omitempty"`
	Campaign string `json:"campaign,omitempty"` // as 2026-11
}

var isAccount = fault.Pattern(`^[0-9]{12}$`)

// Handle handles one message. It is idempotent. Invalid: the message is not understood.
func (s *Service) Handle(ctx context.Context, body []byte) ([]Outcome, error) {
	var m message
	if err := json.Unmarshal(body, &m); err != nil || m.Begin == (m.Account != "") || m.Account != "" && (!isAccount().MatchString(m.Account) || !campaign.IsMonth(m.Campaign)) {
		return nil, fault.Errorf(fault.Invalid, "the message neither begins a campaign nor names an account and a month")
	}
	if m.Begin {
		return []Outcome{Begun}, s.begin(ctx)
	}
	governed, err := access.Accounts(s.Service).IsGoverned(ctx, m.Account)
	if err != nil || !governed {
		return []Outcome{NotGoverned}, err
	}
	return []Outcome{Reviewed}, s.review(ctx, m)
}

// begin sends a message for each account. After an error all are sent again.
func (s *Service) begin(ctx context.Context) (err error) {
	month, sent := campaign.Month(s.Now()), 0
	defer func() { s.Logged(ctx, "begin-campaign", "", "review", &err, "campaign", month, "accounts", sent) }()
	all, err := access.Accounts(s.Service).Governed(ctx)
	failed := []error{err} // an unreadable row: the other accounts are reviewed, and the message fails
	for _, account := range all {
		body, err := json.Marshal(message{Account: account, Campaign: month})
		if err == nil {
			err = s.Queue.Send(ctx, string(body))
		}
		if failed = append(failed, err); err == nil {
			sent++
		}
	}
	return errors.Join(failed...)
}

func (s *Service) review(ctx context.Context, m message) error {
	began := s.Now()
	d, err := s.Reader.Details(ctx, m.Account)
	if err != nil {
		return fault.Wrap(err, "reading account %s", m.Account)
	}
	accounts, err := access.Accounts(s.Service).Governed(ctx)
	if err != nil {
		return err
	}
	report, err := standing.Analyse(d, standing.Options{
		Now: began, Name: s.Settings.Name, Boundaries: s.Settings.BoundariesIn(m.Account), Accounts: accounts,
	})
	if err != nil {
		return err
	}
	for _, problem := range report.Problems {
		s.Log.WarnContext(ctx, "a policy could not be read", "account", m.Account, "problem", fault.Printable(problem))
	}
	r := access.Reviewed{Account: m.Account, Campaign: m.Campaign, Began: record.Instant(began)}
	for _, e := range report.Entries {
		if e.Account == m.Account && !strings.Contains(e.Principal, ":role/aws-service-role/") { // only its service uses such a role
			add(&r, e)
		}
	}
	taken, err := access.Campaigns{Service: s.Service}.Take(ctx, r)
	if err != nil {
		return err
	}
	return s.keepScore(ctx, m, r.Began, report, taken)
}

func (s *Service) keepScore(ctx context.Context, m message, began time.Time, report *standing.Report, taken access.Taken) (err error) {
	now := campaign.Score{Campaign: m.Campaign, Began: began}
	for _, a := range report.Accounts {
		if a.ID == m.Account {
			now.Score, now.Points, now.Principals, now.Privileged, now.Admins, now.Unknown = a.Score, a.Points, a.Principals, a.Privileged, a.Admins, a.Unknown
		}
	}
	more := []any{"account", m.Account, "campaign", m.Campaign, "score", now.Score, "privileged", now.Privileged, "unknown", now.Unknown, "opened", len(taken.Opened), "again", len(taken.Again), "gone", len(taken.Gone)}
	defer s.Logged(ctx, "review-account", "", "review", &err, more...)
	return now.Keep(ctx, s.Store, m.Account)
}
