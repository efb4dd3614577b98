package correlate

import (
	"context"
	"io"
	"time"

	"curfew/shared/record"
)

// Service correlates the records of one installation.
type Service struct {
	record.Base
	Settings Settings
}

// Settings of a [Service].
type Settings struct {
	Name     string   // of the installation
	Accounts []string // governed accounts; records of others are refused
}

// Deliver takes EventBridge events that carry CloudTrail records, in any order. It returns one error for each; nil:
// handled. Deliver again what failed.
func (s *Service) Deliver(ctx context.Context, events []string) []error {
	return make([]error, len(events))
}

// Files are the log files of a trail.
type Files interface {
	// List returns the names of an account's log files of one day (UTC), of all Regions, sorted.
	List(ctx context.Context, account string, day time.Time) ([]string, error)
	// Open returns a file as it is stored: gzip.
	Open(ctx context.Context, name string) (io.ReadCloser, error)
}

// BackfillResult says what one pass did.
type BackfillResult struct {
	Files   int `json:"files"`   // applied now
	Records int `json:"records"` // in them
	Gaps    int `json:"gaps"`    // counted records that the bus had not brought
	Left    int `json:"left"`    // files for the next pass
}

// Backfill applies log files of the last two days that were not applied yet, until ctx is nearly over.
func (s *Service) Backfill(ctx context.Context, files Files) (BackfillResult, error) {
	return BackfillResult{}, nil
}
