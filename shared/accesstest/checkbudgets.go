package accesstest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// counter is a stored counter of a budget.
type counter struct {
	Hours, Days []struct {
		From    time.Time
		Minutes int64
	}
	Open []struct{ Elevation string }
}

// charged is what the row granted of an elevation says of budgets.
type charged struct {
	At      time.Time
	Charged int64
	Per     []access.BudgetPer
}

// checkBudgets checks that each counter has, in each hour and day that counts, the minutes of the elevations that it was charged: in full
// at their deadlines, or as used at their proven ends; that no window has more than the largest budget of a catalog; and that no grant
// is longer than its charge.
func checkBudgets(w *World, s snapshot, rows []record.Row) (wrong []string) {
	counters := map[record.Key]counter{}
	for _, row := range rows {
		if strings.HasPrefix(row.Key.Partition, "budget#") {
			c, err := record.Decode[counter](row)
			if err != nil {
				return []string{"budget: " + err.Error()}
			}
			counters[row.Key] = c
		}
	}
	want := map[record.Key]map[time.Duration]map[time.Time]bounds{}
	for _, row := range rows {
		g, err := record.Decode[charged](row)
		id, is := strings.CutPrefix(row.Key.Partition, "granted#")
		if !is || err != nil || g.Charged == 0 {
			continue
		}
		t, e := s.terms[id], s.elevations[id]
		if e.Deadline.Sub(e.GrantedAt) > time.Duration(g.Charged)*time.Minute {
			wrong = append(wrong, fmt.Sprintf("budget: %s was charged %d minutes, and lasts until %s", id, g.Charged, e.Deadline.Format(time.RFC3339)))
		}
		for _, per := range g.Per {
			key := access.BudgetKey(t, per)
			if want[key] == nil {
				want[key] = map[time.Duration]map[time.Time]bounds{access.BudgetDay: {}, access.BudgetMonth: {}}
			}
			ends := []time.Time{g.end()}
			if open := counters[key].Open; !slices.ContainsFunc(open, func(o struct{ Elevation string }) bool { return o.Elevation == id }) {
				ends = g.ends(e)
			}
			for in, buckets := range want[key] {
				g.count(buckets, in, ends)
			}
		}
	}
	for key, windows := range want {
		wrong = append(wrong, counters[key].differs(w, s, key, windows)...)
	}
	for key := range counters {
		if want[key] == nil {
			wrong = append(wrong, fmt.Sprintf("budget: %s counts what was not granted", key))
		}
	}
	return wrong
}

// bounds are of the minutes of a bucket.
type bounds struct{ least, most int64 }

func (g charged) end() time.Time { return g.At.Add(time.Duration(g.Charged) * time.Minute) }

// ends are the instants that a counter may have taken for the end of a settled elevation: late evidence may have made the end earlier
// after that.
func (g charged) ends(e access.Elevation) []time.Time {
	if e.State != access.Ended {
		return []time.Time{g.end()}
	}
	all := []time.Time{e.EndedAt}
	if !e.GoneAt.IsZero() && e.GoneAt.Before(e.EndedAt) {
		all = append(all, e.GoneAt)
	}
	return all
}

// count adds an elevation that has one of these ends.
func (g charged) count(to map[time.Time]bounds, in time.Duration, ends []time.Time) {
	at := map[time.Time]bounds{}
	for _, end := range ends {
		minutes := g.Charged
		if end.Before(g.end()) {
			minutes = int64((end.Sub(g.At) + time.Minute - 1) / time.Minute)
		} else {
			end = g.end()
		}
		from := end.UTC().Truncate(access.BudgetBuckets(in))
		if was, there := at[from]; there {
			at[from] = bounds{min(was.least, minutes), max(was.most, minutes)}
		} else {
			at[from] = bounds{minutes, minutes}
		}
	}
	for from, b := range at {
		if len(at) > 1 { // one of them has it
			b.least = 0
		}
		to[from] = bounds{to[from].least + b.least, to[from].most + b.most}
	}
}

func (c counter) differs(w *World, s snapshot, key record.Key, windows map[time.Duration]map[time.Time]bounds) (wrong []string) {
	for in, buckets := range windows {
		sum := int64(0)
		for from, minutes := range buckets {
			if width := access.BudgetBuckets(in); !s.now.Before(from.Add(width + in)) {
				continue // it counts no more, and may be gone
			}
			list := c.Hours
			if in == access.BudgetMonth {
				list = c.Days
			}
			got := int64(0)
			for _, b := range list {
				if b.From.Equal(from) {
					got += b.Minutes
				}
			}
			sum += got
			if got < minutes.least || got > minutes.most {
				wrong = append(wrong, fmt.Sprintf("budget: %s has %d minutes at %s, and its elevations %d to %d", key, got, from.Format(time.RFC3339), minutes.least, minutes.most))
			}
		}
		per, _, _ := strings.Cut(key.Sort, "#")
		if most, limited := w.Catalog.largestBudget(strings.TrimPrefix(key.Partition, "budget#"), access.BudgetPer(per), in); limited && sum > most {
			wrong = append(wrong, fmt.Sprintf("budget: %s gave %d minutes in %s, and no catalog more than %d", key, sum, in, most))
		}
	}
	return wrong
}

// largestBudget is that of all packed catalogs that have one; false: none has.
func (c *Catalog) largestBudget(entitlement string, per access.BudgetPer, in time.Duration) (most int64, limited bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, version := range c.versions {
		for _, b := range version[entitlement].Budgets {
			if b.Per == per && b.In == in {
				most = max(most, b.Minutes)
			}
		}
	}
	return most, most > 0
}
