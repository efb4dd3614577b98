package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/finding"
)

// The share of one account in a pass. They bound what Curfew takes of the IAM rate that the account's own calls use too:
// one call at a time, and in a minute at most two for each grant and surveyPages.
const (
	grantsPerAccount = 200 // passes take turns
	surveyPages      = 40
	// failuresInARow ends an account's part: each further try may cost an AssumeRole call from home's rate.
	failuresInARow = 3
)

// A survey reads all principals of an account. IAM throttles, so it may need many passes. The next begins
// [access.Settings.SurveyEvery] after its beginning.
type surveyProgress struct {
	BeganAt time.Time `json:"began_at"`
	Next    string    `json:"next,omitempty"`   // empty: complete
	Failed  bool      `json:"failed,omitempty"` // a page failed
	Unkept  bool      `json:"unkept,omitempty"` // baselines of a page were not stored

	governed bool
}

// every is shorter after a failure, but not each pass: IAM throttles.
func (at surveyProgress) every(every time.Duration) time.Duration {
	if at.Failed {
		return every / 5
	}
	return every
}

// shard is one account's part of a pass. One goroutine at a time has it.
type shard struct {
	PassResult
	account string
	lives   []access.Life // whose grants are not read yet
	at      surveyProgress
	pages   int
	whole   bool // the survey of the account is complete, and its baselines are stored

	newOrphans, knownOrphans int

	unread []error // of the account's IAM: a finding for this account
	inARow int
	failed []error      // of the store and the functions
	unkept *atomic.Bool // baselines could not be stored, in any account
}

// isBlocked reports whether the account's IAM does not answer.
func (sh *shard) isBlocked() bool { return sh.inARow >= failuresInARow }

// read notes the outcome of a read of IAM and returns err.
func (sh *shard) read(err error) error {
	if sh.inARow++; err == nil || fault.KindOf(err) == fault.NotFound {
		sh.inARow = 0
	}
	return err
}

func (sh *shard) why() error { return errors.Join(slices.Concat(sh.unread, sh.late)...) }

// shards returns the accounts with active grants, and the governed ones. An unreadable registry costs only the survey.
func (s pass) shards(ctx context.Context, lives []access.Life, sw *PassResult) (all []*shard, err error) {
	byID := map[string]*shard{}
	unkept := &atomic.Bool{}
	get := func(account string) *shard {
		if byID[account] == nil {
			byID[account] = &shard{PassResult: PassResult{began: sw.began}, account: account, unkept: unkept}
			all = append(all, byID[account])
		}
		return byID[account]
	}
	for _, l := range lives {
		if sh := get(l.Terms.Principal.Account); len(sh.lives) < grantsPerAccount {
			sh.lives = append(sh.lives, l)
		}
	}
	governed, err := access.Accounts(s.Service).Governed(ctx)
	for _, account := range governed {
		get(account).at.governed = true
	}
	return startingAt(s.randomStart(sw, len(all)), all), err
}

// each runs work for accounts until by, [access.Settings.SweepAtOnce] at once. At first each account has an equal share
// of the time, so that a slow one delays no other; the time left is for those that have work left.
func (s pass) each(all []*shard, by time.Time, work func(sh *shard, within func() bool) (left bool)) {
	for round := range 2 {
		atOnce := min(max(1, s.Settings.SweepAtOnce), len(all))
		share := by.Sub(s.Now())
		if round == 0 && len(all) > 0 {
			share = share * time.Duration(atOnce) / time.Duration(len(all))
		}
		left := make([]bool, len(all))
		inParallel(len(all), atOnce, func(i int) {
			until := s.Now().Add(share)
			left[i] = work(all[i], func() bool { now := s.Now(); return now.Before(by) && now.Before(until) })
		})
		var again []*shard
		for i, sh := range all {
			if left[i] {
				again = append(again, sh)
			}
		}
		all = again
	}
}

// inParallel calls do for 0..n-1. One at a time needs no goroutine: a panic then ends only its function.
func inParallel(n, atOnce int, do func(int)) {
	if atOnce <= 1 {
		for i := range n {
			do(i)
		}
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range atOnce {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// gather adds the parts to the pass, and reports each account that was not read. Many at once are one finding and fail
// the pass: the cause is not in the accounts.
func (s pass) gather(ctx context.Context, all []*shard, sw *PassResult) error {
	var failed []error
	var bad []*shard
	for _, sh := range all {
		sw.add(sh.PassResult)
		failed = append(failed, sh.failed...)
		if sh.why() != nil {
			bad = append(bad, sh)
		}
	}
	if len(bad) > atOnce && len(bad)*100 > len(all)*atOncePercent {
		sw.Findings++
		what := fmt.Sprintf("%d of %d accounts were not read whole: %s", len(bad), len(all), fault.FirstLine(bad[0].why()))
		return errors.Join(append(failed, fault.Errorf(fault.Transient, "%s", what), finding.Report(ctx, s.Base, Failed, finding.Occurrence{Subject: "many accounts", What: what}))...)
	}
	for _, sh := range bad {
		sw.Findings++
		s.Log.WarnContext(ctx, "account not read whole", "account", sh.account, "error", sh.why())
		failed = append(failed, finding.Report(ctx, s.Base, Failed, finding.Occurrence{
			Subject: "account " + sh.account, Account: sh.account, What: "account " + sh.account + " was not read whole: " + fault.FirstLine(sh.why())}))
	}
	return errors.Join(failed...)
}

func (sw *PassResult) add(part PassResult) {
	sw.Looked += part.Looked
	sw.Policies += part.Policies
	sw.Ordered = append(sw.Ordered, part.Ordered...)
	sw.Orphans = append(sw.Orphans, part.Orphans...)
	sw.Findings += part.Findings
	sw.Paged = sw.Paged || part.Paged
	sw.Left += part.Left
}
