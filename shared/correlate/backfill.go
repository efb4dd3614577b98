package correlate

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
	"curfew/shared/trail"
)

// BackfillResult says what one pass did.
type BackfillResult struct {
	Outcome
	Files int `json:"files"` // applied now
	Left  int `json:"left"`  // files for the next pass
	// Recorded counts the evidence of usage.
	Recorded int `json:"recorded"`
}

const (
	// batch bounds the records in memory.
	batch      = 2000
	batchBytes = 8 << 20
	// noted bounds the files that a crash repeats.
	noted = 100
)

// Unapplied is raised when files could not be applied in time: their hours stay without proof.
var Unapplied = finding.Kind{
	Name: "trail-unapplied", PageInterval: finding.Daily, Severity: finding.High,
	Why: "What was done in these hours is known by EventBridge alone, which may lose events. Somebody may have changed the files.",
	Do:  "See the log of backfill for the files. Compare them with the trail's digests: aws cloudtrail validate-logs.",
}

// Backfill applies new log files of the last two days, until the time of ctx is nearly over. The next pass retries a
// file that cannot be read. Each account has its share of the time, and another is first each time.
func (s *Service) Backfill(ctx context.Context, files Files) (r BackfillResult, err error) {
	began := s.Now()
	for i := range s.accounts {
		account := s.accounts[(i+int(began.Unix()/60))%len(s.accounts)]
		within, cancel := share(ctx, len(s.accounts)-i)
		err = errors.Join(err, fault.Wrap(s.backfillAccount(within, files, account, began, &r), "the log files of account %s", account))
		cancel()
	}
	return r, err
}

func share(ctx context.Context, of int) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok || of <= 1 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, (time.Until(end)-spare)/time.Duration(of)+spare)
}

func (s *Service) backfillAccount(ctx context.Context, files Files, account string, began time.Time, r *BackfillResult) error {
	first := began.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1-days)
	// Digests are listed before the log files that they name, so that these are listed too.
	digests, failed := s.listDigests(ctx, files, account, first)
	left := map[string]bool{}
	for back := range days {
		failed = errors.Join(failed, s.backfillDay(ctx, files, account, first.AddDate(0, 0, days-1-back), r, left))
	}
	if digests != nil {
		failed = errors.Join(failed, digests.check(ctx, first, left))
	}
	if failed == nil && len(left) == 0 {
		failed = s.settle(ctx, account, first, began.Add(-lateness).Truncate(time.Hour))
	}
	recorded, err := usageRecorder{s.Base, account}.record(ctx, first)
	r.Recorded += recorded
	return errors.Join(failed, err)
}

// backfillDay adds to left what it did not apply.
func (s *Service) backfillDay(ctx context.Context, files Files, account string, day time.Time, r *BackfillResult, left map[string]bool) error {
	names, err := files.List(ctx, account, day)
	if err != nil {
		return err
	}
	was, err := s.doneFiles(ctx, account, day)
	if err != nil {
		return err
	}
	var failed error
	var applied []appliedFile
	for _, name := range names {
		if was[partOf(name)].Files.has(fileID(name)) {
			continue
		}
		if !hasTime(ctx) {
			r.Left++
			left[name] = true
			continue
		}
		sum, err := s.applyFile(ctx, files, account, name, r)
		if err != nil {
			failed = cmp.Or(failed, err) // the others may be well
			r.Left++
			left[name] = true
			continue
		}
		r.Files++
		if applied = append(applied, appliedFile{name, sum}); len(applied) == noted {
			if err := s.noteFiles(ctx, account, day, applied); err != nil {
				return errors.Join(failed, err)
			}
			applied = nil
		}
	}
	return errors.Join(failed, s.noteFiles(ctx, account, day, applied))
}

// applyFile counts the records of a file, and returns the hash of its text. It is idempotent. A file that is not whole
// is applied as far as it can be read, with a finding: nothing proves its hour.
func (s *Service) applyFile(ctx context.Context, files Files, account, name string, r *BackfillResult) (hash string, err error) {
	content, err := files.Open(ctx, name)
	if err != nil {
		return "", err
	}
	defer content.Close()
	reader := trail.Reader{Sum: sha256.New()}
	var all []judged
	size := 0
	flush := func() error {
		var failed error
		o, err := s.take(ctx, ByFiles, all, func(_ judged, err error) { failed = cmp.Or(failed, err) })
		r.Outcome.add(o)
		all, size = nil, 0
		return cmp.Or(err, failed)
	}
	refused := r.Refused
	err = reader.Read(name, content, func(rec *trail.Record) error {
		if rec.Account != account { // a file of one account says nothing of others
			r.Refused++
			return nil
		}
		all = append(all, judged{Record: rec.Clone()})
		if size += len(rec.Text); len(all) < batch && size < batchBytes {
			return nil
		}
		return flush()
	})
	if err = errors.Join(err, flush()); err != nil {
		return "", err
	}
	hash = hex.EncodeToString(reader.Sum.Sum(nil))
	if len(reader.Counts.Unread) == 0 && r.Refused == refused {
		return hash, nil
	}
	return hash, s.noteBroken(ctx, account, name, reader.Counts)
}

func (s *Service) noteBroken(ctx context.Context, account, name string, counts trail.Counts) error {
	hour := s.Now().UTC().Truncate(time.Hour)
	err := s.updateApplied(ctx, account, func(a *applied) bool {
		a.add(unproven{hour.Add(-lateness), hour.Add(time.Hour)}) // files come within minutes, mostly
		return true
	})
	return errors.Join(err, finding.Report(ctx, s.Base, Unread, finding.Occurrence{
		Subject: string(ByFiles) + " " + account, Account: account, What: "log files of account " + account + " cannot be read whole", Events: []string{name}, Detail: counts.Unread,
	}))
}

// settle notes that the hours from first until an instant are complete. Unsettled hours before first can no longer be.
func (s *Service) settle(ctx context.Context, account string, first, until time.Time) error {
	late := false
	err := s.updateApplied(ctx, account, func(a *applied) bool {
		if !until.After(a.Settled) {
			return false
		}
		if late = !a.Settled.IsZero() && a.Settled.Before(first); late {
			a.add(unproven{a.Settled, first})
		}
		a.Settled = until
		return true
	})
	if err != nil || !late {
		return err
	}
	return finding.Report(ctx, s.Base, Unapplied, finding.Occurrence{Subject: account, Account: account, What: "log files of account " + account + " from before " + first.Format(time.DateOnly) + " were not all applied"})
}

func (s *Service) updateApplied(ctx context.Context, account string, change func(*applied) bool) error {
	return record.UpdateRow(ctx, s.Store, "applied files", appliedKey(account), func(was record.Stored[applied]) ([]record.Change, error) {
		next := was.Value
		next.Unproven = slices.Clone(next.Unproven)
		if !change(&next) {
			return nil, nil
		}
		put, err := was.Put(next, time.Time{})
		return []record.Change{put}, err
	})
}
