package campaign

import (
	"context"
	"slices"
	"strings"
	"time"

	"curfew/shared/fault"
	"curfew/shared/record"
)

// Score sums up the standing privilege of an account in one campaign.
type Score struct {
	Campaign   string    `json:"campaign"` // as 2026-11
	Began      time.Time `json:"began"`    // the reading of the account
	Score      int       `json:"score"`    // 0 to 100; more is worse
	Points     int       `json:"points"`
	Principals int       `json:"principals"`
	Privileged int       `json:"privileged"`
	Admins     int       `json:"admins"`
	Unknown    int       `json:"unknown"` // principals whose policies are not all known
}

// Trend is the scores of an account, the oldest first.
type Trend struct {
	Scores []Score `json:"scores"`
}

// Year are the scores of the last twelve months up to now, the oldest first.
func (t Trend) Year(now time.Time) []Score {
	first := Month(time.Date(now.UTC().Year(), now.UTC().Month()-11, 1, 0, 0, 0, 0, time.UTC))
	i := slices.IndexFunc(t.Scores, func(s Score) bool { return s.Campaign >= first })
	if i < 0 {
		return nil
	}
	return slices.Clone(t.Scores[i:])
}

// mostScores is ten years.
const mostScores = 120

func scoresKey(account string) record.Key { return record.AccessKey(partition+account, "scores") }

// ProgressKey is where package accountreview keeps how far the review of an account is.
func ProgressKey(account string) record.Key { return record.AccessKey(partition+account, "progress") }

// ReadTrend is strongly consistent. It is empty before the first review.
func ReadTrend(ctx context.Context, s record.Store, account string) (Trend, error) {
	was, err := record.Get[Trend](ctx, s, scoresKey(account))
	return was.Value, fault.Wrap(err, "reading the scores of account %s", fault.Printable(account))
}

// Keep stores the score of an account. Of two readings in one campaign the later one stays.
func (s Score) Keep(ctx context.Context, store record.Store, account string) error {
	if !IsMonth(s.Campaign) || s.Began.IsZero() {
		return fault.Errorf(fault.Invalid, "a score of campaign %s is impossible", fault.Printable(s.Campaign))
	}
	return record.UpdateRow(ctx, store, "the scores of account "+fault.Printable(account), scoresKey(account), func(was record.Stored[Trend]) ([]record.Change, error) {
		all := slices.Clone(was.Value.Scores)
		i, found := slices.BinarySearchFunc(all, s, func(a, b Score) int { return strings.Compare(a.Campaign, b.Campaign) })
		switch {
		case !found:
			all = slices.Insert(all, i, s)
		case !all[i].Began.Before(s.Began):
			return nil, nil
		default:
			all[i] = s
		}
		put, err := was.Put(Trend{all[max(0, len(all)-mostScores):]}, time.Time{})
		return []record.Change{put}, err
	})
}
