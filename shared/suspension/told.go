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

// Suspensions that need a second operator, or lapsed without.
var (
	Waits = finding.Kind{
		Name: "suspension-waits", PageInterval: finding.Daily, Severity: finding.High,
		Why: "it lapses without a second operator", Do: "confirm the suspension, or lift it",
	}
	Lapses = finding.Kind{
		Name: "suspension-lapsed", PageInterval: finding.Daily, Severity: finding.Medium,
		Why: "what was suspended may ask again", Do: "suspend it again if it should stay so",
	}
)

// tellWaits pages the other operators. The suspension stands without it.
func (s Suspensions) tellWaits(ctx context.Context, sus Suspension) {
	what := fmt.Sprintf("%s suspended %s, and it lapses at %s unless a second operator confirms it: curfew suspend %s --reason WHY (%s)",
		fault.Known{ID: sus.By, Name: sus.ByName}, sus.of(), sus.LapsesAt.Format(time.RFC3339), sus.Scope.flag(), sus.Because)
	if err := finding.Report(ctx, s.Base, Waits, finding.Occurrence{Subject: sus.subject(), What: what, Detail: sus.Scope}); err != nil {
		s.Log.ErrorContext(ctx, "no page about the suspension that waits for confirmation", "scope", sus.Scope.String(), "error", err)
	}
}

const (
	// lapseToldFor is less than finding.Daily: one page per lapse.
	lapseToldFor  = 2 * time.Hour
	lapsesPerPass = 20
)

// Lapsed pages new lapses, for the sweep. It returns the suspensions in effect, also with an error.
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
			failed = append(failed, finding.Report(ctx, s.Base, Lapses, finding.Occurrence{Subject: sus.subject(), What: fmt.Sprintf("the suspension of %s by %s lapsed at %s: no second operator confirmed it",
				sus.of(), fault.Known{ID: sus.By, Name: sus.ByName}, sus.LapsesAt.Format(time.RFC3339)), Detail: sus.Scope}))
		}
	}
	return told, s.inEffect(all), errors.Join(failed...)
}
