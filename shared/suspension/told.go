package suspension

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/record"
)

// The kinds of findings: a suspension waits for a second operator to confirm it, and one lapsed because no one did.
var (
	Waits  = finding.Kind{Name: "suspension-waits", Again: finding.Daily}
	Lapses = finding.Kind{Name: "suspension-lapsed", Again: finding.Daily}
)

// tellWaits tells the other operators of a suspension that lapses. It is in effect whether or not they can be told.
func (s Suspensions) tellWaits(ctx context.Context, sus Suspension) {
	what := fmt.Sprintf("%s suspended %s, and it lapses at %s unless a second operator confirms it: curfew suspend %s --reason WHY (%s)",
		fault.Known{ID: sus.By, Name: sus.ByName}, sus.of(), sus.LapsesAt.Format(time.RFC3339), sus.Scope.flag(), sus.Because)
	if err := finding.Report(ctx, s.Base, Waits, sus.subject(), what, sus.Scope); err != nil {
		s.Log.ErrorContext(ctx, "suspension that waits for confirmation not told", "scope", sus.Scope.String(), "error", err)
	}
}

const (
	// lapseToldFor is how long after it a lapse is told. Shorter than finding.Daily, so that it is told once.
	lapseToldFor = 2 * time.Hour
	// lapsesPerPass bounds how many lapses one pass of the sweep tells. The next goes on.
	lapsesPerPass = 20
)

// Lapsed tells which suspensions lapsed, for the sweep, and gives those in effect. One that cannot be read, or not be told,
// keeps no other from it.
func (s Suspensions) Lapsed(ctx context.Context) (told int, held []Suspension, err error) {
	all, err := s.readAll(ctx)
	failed := []error{err}
	var keys []record.Key
	lapsed := map[record.Key]Suspension{}
	for _, sus := range all {
		if now := s.Now(); sus.lapsed(now) && now.Before(sus.LapsesAt.Add(lapseToldFor)) {
			k := finding.Key(Lapses, sus.subject())
			keys, lapsed[k] = append(keys, k), sus
		}
	}
	for some := range slices.Chunk(keys, record.ReadAtOnce) {
		rows, err := s.Store.Read(ctx, some...)
		failed = append(failed, fault.Wrap(err, "reading which lapses were told"))
		for _, k := range some {
			if _, before := rows[k]; before || err != nil || told == lapsesPerPass {
				continue
			}
			told++
			sus := lapsed[k]
			failed = append(failed, finding.Report(ctx, s.Base, Lapses, sus.subject(), fmt.Sprintf("the suspension of %s by %s lapsed at %s: no second operator confirmed it",
				sus.of(), fault.Known{ID: sus.By, Name: sus.ByName}, sus.LapsesAt.Format(time.RFC3339)), sus.Scope))
		}
	}
	return told, s.inEffect(all), errors.Join(failed...)
}
