package main

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"curfew/shared/trail"
	"curfew/shared/trail/trailtest"
)

// flat reads a stream of days, and prints what is in use after each tenth. Usage of elevations that are over leaves the ledger.
func flat(out io.Writer, records int) error {
	const days = 20
	var grants []trail.Grant
	var baselines []trail.Baseline
	all := make([]*trailtest.Day, days)
	for n := range all {
		d, err := trailtest.NewDay(int64(n), 20, 10)
		if err != nil {
			return err
		}
		grants = append(grants, d.Grants...)
		if n == 0 {
			baselines = d.Baselines
		}
		all[n] = d
	}
	l := trail.NewLedger(trail.NewRights(grants, baselines), trail.Key{})
	l.Now = func() time.Time { return trailtest.Begin.AddDate(0, 0, days) } // else the later days are from the future
	var r trail.Reader
	fmt.Fprint(out, "memory in use, by tenth      ")
	for n, d := range all {
		for text := range d.Records(records / days) {
			if err := r.ReadText("stream", string(text), func(r *trail.Record) error { l.Add(r); return nil }); err != nil {
				return err
			}
		}
		l.Forget(trailtest.Begin.AddDate(0, 0, n-1))
		if n%2 == 1 {
			fmt.Fprintf(out, " %d MB", inUse()>>20)
		}
	}
	fmt.Fprintf(out, "   of %d records, %d remembered\n", r.Counts.Records, remembered(l))
	return nil
}

// remembered is how many records a ledger knows to have counted.
func remembered(l *trail.Ledger) (n int) {
	for _, day := range l.Seen {
		n += len(day)
	}
	return n
}

func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// index builds the index of many elevations, and looks up in it.
func index(out io.Writer, elevations int) error {
	d, err := trailtest.NewDay(0, 1, 1)
	if err != nil {
		return err
	}
	before, begun := inUse(), time.Now()
	grants := make([]trail.Grant, elevations)
	for i := range grants {
		g := d.Grants[0]
		g.Elevation, g.PrincipalID = fmt.Sprintf("01jd2q7v3x%016d", i), fmt.Sprintf("AROA%017d", i%5000)
		g.UserID = g.PrincipalID + ":" + g.Elevation
		g.From = g.From.Add(time.Duration(i/5000) * time.Hour)
		g.Deadline = g.From.Add(time.Hour)
		grants[i] = g
	}
	rights := trail.NewRights(grants, d.Baselines)
	ids := make([]string, 5000)
	for i := range ids {
		ids[i] = fmt.Sprintf("AROA%017d", i)
	}
	grants = nil
	built := time.Since(begun)
	size := inUse() - before
	begun = time.Now()
	const looks = 1_000_000
	found := 0
	at := d.Grants[0].From.Add(90 * time.Hour)
	for i := range looks {
		found += rights.Active(ids[i%5000], at)
	}
	fmt.Fprintf(out, "index of %d elevations  %d MB, built in %s; a look-up takes %s, finds %.1f\n", elevations, size>>20, built.Round(time.Millisecond), (time.Since(begun) / looks), float64(found)/looks)
	return nil
}
