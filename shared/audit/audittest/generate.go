package audittest

import (
	"math/rand/v2"
	"time"

	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
)

// Generate calls each with all entries of a log, in order. What would come after its last day is left out: some elevations
// are still open at the end.
func Generate(o Options, each func(text []byte) error) (*Facts, error) {
	g := &generator{Options: o, r: rand.New(rand.NewPCG(o.Seed, 1)), heads: map[string]evidence.Head{}, facts: &Facts{}}
	g.world = newWorld(g.r)
	g.entry(Start(), log.Entry{Keys: &log.Keys{Origin: Origin, Keys: o.Keys, At: Start()}}, nil)
	g.begin()
	c := &counter{generator: g}
	for n := range o.Days {
		today := Start().Add(time.Duration(n) * day)
		for range o.Daily {
			if l := g.life(today.Add(g.timeOfDay())); !l.ends.IsZero() {
				c.used(l)
			}
		}
		for range 9 * ((n + 1) / o.Days) { // on the last day: some are open at the end
			g.life(today.Add(day - 2*time.Minute))
		}
		c.calls(today)
		g.rare(n, today)
		if err := g.emit(today.Add(day), each); err != nil {
			return nil, err
		}
	}
	return g.facts, g.err
}
