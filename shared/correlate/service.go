package correlate

import (
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
)

// Service correlates the records of one installation. Make one with [New].
type Service struct {
	*access.Service
	accounts []string
	rights   *rights
	counter  *counter
	watcher  *watcher
	beats    *beatNoter
}

// New returns a service. accounts are the governed accounts: records of others are refused. set may be nil: no detections. It keeps what
// it read of principals for a minute.
func New(s *access.Service, accounts []string, own Own, in Installation, set *detection.Set) *Service {
	in.Accounts = accounts
	return &Service{
		Service: s, accounts: accounts, rights: newRights(s, own), counter: &counter{Base: s.Base}, watcher: newWatcher(s, in, set),
		beats: &beatNoter{Base: s.Base, in: in, last: map[string]time.Time{}},
	}
}

func (s *Service) governed(account string) bool { return slices.Contains(s.accounts, account) }

// Outcome counts what became of records.
type Outcome struct {
	Records int `json:"records"`
	Counted int `json:"counted"` // for an elevation or for own policies, doubles included
	Refused int `json:"refused"` // of accounts that are not governed, or no records
	Open    int `json:"open"`    // unresolved
	Hits    int `json:"hits"`    // of detections
}

func (o *Outcome) add(more Outcome) {
	o.Records += more.Records
	o.Counted += more.Counted
	o.Refused += more.Refused
	o.Open += more.Open
	o.Hits += more.Hits
}
