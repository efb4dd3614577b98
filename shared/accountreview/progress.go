package accountreview

import (
	"cmp"
	"context"
	"strings"
	"time"

	"curfew/shared/campaign"
	"curfew/shared/fault"
	"curfew/shared/record"
	"curfew/shared/standing"
)

// progress is a row: how far the review of an account is.
type progress struct {
	Campaign string         `json:"campaign"`
	Begun    time.Time      `json:"begun"` // of the message
	Parts    int            `json:"parts"` // done
	After    position       `json:"after"` // the last principal of them
	Tally    standing.Tally `json:"tally"` // of their entries
	Counts   counts         `json:"counts"`
	// Failed counts the tries that could not read last-accessed data.
	Failed int  `json:"failed,omitempty"`
	Done   bool `json:"done,omitempty"`
}

// counts are for the log.
type counts struct {
	Opened     int `json:"opened"`
	Again      int `json:"again"`
	Refreshed  int `json:"refreshed"`
	UseUnknown int `json:"use_unknown"` // privileged principals without last-accessed data
}

// position orders principals: the oldest first, so that one made during a review comes last.
type position struct {
	Created time.Time `json:"created,omitzero"`
	ID      string    `json:"id,omitempty"`
}

func (p position) compare(q position) int {
	return cmp.Or(p.Created.Compare(q.Created), strings.Compare(p.ID, q.ID))
}

// is reports whether the row is of the review that a message is about.
func (p progress) is(m message) bool { return p.Campaign == m.Campaign && p.Begun.Equal(m.Begun) }

func (p progress) isLater(m message) bool {
	return p.Campaign > m.Campaign || p.Campaign == m.Campaign && p.Begun.After(m.Begun)
}

func (s *Service) progressOf(ctx context.Context, m message) (record.Stored[progress], error) {
	was, err := record.Get[progress](ctx, s.Store, campaign.ProgressKey(m.Account))
	return was, fault.Wrap(err, "reading the progress of the review of account %s", m.Account)
}

// keep stores next if the row is still as it was read. Conflict: another invocation of the same message was faster, and continues.
func (s *Service) keep(ctx context.Context, was *record.Stored[progress], next progress) error {
	put, err := was.Put(next, time.Time{})
	if err == nil {
		err = s.Store.Write(ctx, put)
	}
	if err == nil {
		was.Value, was.Row = next, put.Row
	}
	return err
}
