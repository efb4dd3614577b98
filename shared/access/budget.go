package access

import (
	"cmp"
	"slices"
	"time"
)

// Budget limits the minutes of an entitlement in a sliding window: in no window do its elevations last longer together. An elevation
// counts in the hour or day (UTC) of its deadline: in full, and after its proven end in that of its end, with the minutes that it lasted.
// Minutes come back up to one bucket late, never early.
type Budget struct {
	Per     BudgetPer     `json:"per"`
	Minutes int64         `json:"minutes"`
	In      time.Duration `json:"in"` // [BudgetDay] or [BudgetMonth]
}

// BudgetPer is whose minutes are added up.
type BudgetPer string

const (
	PerRequester   BudgetPer = "requester"
	PerPrincipal   BudgetPer = "principal"
	PerEntitlement BudgetPer = "entitlement" // of all
)

// The windows of budgets.
const (
	BudgetDay   = 24 * time.Hour
	BudgetMonth = 30 * BudgetDay
)

// BudgetBuckets is the width of the buckets of a window.
func BudgetBuckets(in time.Duration) time.Duration {
	if in == BudgetDay {
		return time.Hour
	}
	return 24 * time.Hour
}

// maxCharges bounds the row.
const maxCharges = 200

// spent is a counter. Only the function grant writes it.
type spent struct {
	Hours []bucket `json:"hours,omitempty"`
	Days  []bucket `json:"days,omitempty"`
	Open  []charge `json:"open,omitempty"` // until their end is proven
}

type bucket struct {
	From    time.Time `json:"from"`
	Minutes int64     `json:"minutes"`
}

type charge struct {
	Elevation string    `json:"elevation"`
	At        time.Time `json:"at"`
	Minutes   int64     `json:"minutes"`
}

// end is when it counts: what counted at its start would leave the window while it goes on.
func (c charge) end() time.Time { return c.At.Add(time.Duration(c.Minutes) * time.Minute) }

// minutesOf rounds up.
func minutesOf(d time.Duration) int64 { return int64((d + time.Minute - 1) / time.Minute) }

func add(to []bucket, width time.Duration, at time.Time, minutes int64) []bucket {
	to, from := slices.Clone(to), at.UTC().Truncate(width)
	i, there := slices.BinarySearchFunc(to, from, func(b bucket, at time.Time) int { return b.From.Compare(at) })
	if !there {
		if minutes <= 0 {
			return to
		}
		return slices.Insert(to, i, bucket{from, minutes})
	}
	to[i].Minutes = max(0, to[i].Minutes+minutes)
	return to
}

func (p spent) add(at time.Time, minutes int64) spent {
	p.Hours = add(p.Hours, BudgetBuckets(BudgetDay), at, minutes)
	p.Days = add(p.Days, BudgetBuckets(BudgetMonth), at, minutes)
	return p
}

func (p spent) charged(c charge) spent {
	p = p.add(c.end(), c.Minutes)
	p.Open = append(slices.Clone(p.Open), c)
	return p
}

// settled gives back once what an ended elevation did not use.
func (p spent) settled(id string, ended time.Time) spent {
	i := slices.IndexFunc(p.Open, func(c charge) bool { return c.Elevation == id })
	if i < 0 {
		return p
	}
	c := p.Open[i]
	if !ended.Before(c.At) && ended.Before(c.end()) {
		p = p.add(c.end(), -c.Minutes)
		p = p.add(ended, minutesOf(ended.Sub(c.At)))
	}
	p.Open = slices.Delete(slices.Clone(p.Open), i, i+1)
	return p
}

func (p spent) pruned(now time.Time) spent {
	old := func(in time.Duration) func(bucket) bool {
		return func(b bucket) bool { return b.Minutes == 0 || !b.counts(in, now) }
	}
	p.Hours = slices.DeleteFunc(slices.Clone(p.Hours), old(BudgetDay))
	p.Days = slices.DeleteFunc(slices.Clone(p.Days), old(BudgetMonth))
	p.Open = slices.DeleteFunc(slices.Clone(p.Open), func(c charge) bool {
		return !bucket{From: c.end().UTC().Truncate(BudgetBuckets(BudgetMonth))}.counts(BudgetMonth, now)
	})
	return p
}

func (b bucket) leaves(in time.Duration) time.Time { return b.From.Add(BudgetBuckets(in)).Add(in) }

func (b bucket) counts(in time.Duration, now time.Time) bool { return now.Before(b.leaves(in)) }

func (p spent) buckets(in time.Duration) []bucket {
	if in == BudgetDay {
		return p.Hours
	}
	return p.Days
}

// last is when the newest bucket begins: an elevation that was granted before may end later.
func (p spent) last() (at time.Time) {
	for _, b := range p.Days {
		at = Latest(at, b.From)
	}
	return at
}

func (p spent) within(in time.Duration, now time.Time) (minutes int64) {
	for _, b := range p.buckets(in) {
		if b.counts(in, now) {
			minutes += b.Minutes
		}
	}
	return minutes
}

// freeAt is when need minutes are free again, if no more are given. Zero: never.
func (p spent) freeAt(b Budget, need int64, now time.Time) (at time.Time) {
	left := b.Minutes - p.within(b.In, now)
	if need > b.Minutes {
		return time.Time{}
	}
	inOrder := slices.SortedFunc(slices.Values(p.buckets(b.In)), func(a, b bucket) int { return a.From.Compare(b.From) })
	for _, one := range inOrder {
		if left >= need {
			break
		}
		if one.counts(b.In, now) {
			left, at = left+one.Minutes, one.leaves(b.In)
		}
	}
	return at
}

func kinds(budgets []Budget) (of []BudgetPer) {
	for _, b := range budgets {
		of = append(of, b.Per)
	}
	slices.SortFunc(of, func(a, b BudgetPer) int { return cmp.Compare(a, b) })
	return slices.Compact(of)
}
