package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"text/tabwriter"
	"time"

	"curfew/scripts/oracles/duck"
	"curfew/shared/audit/queries"
	"curfew/shared/audit/sqlite"
)

// clock has the time and the processor time of this process at its start.
type clock struct {
	at   time.Time
	busy time.Duration
}

func started() clock {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // it cannot fail
	return clock{time.Now(), time.Duration(u.Utime.Nano() + u.Stime.Nano())}
}

// took are seconds, and seconds of processors.
func (c clock) took() (all, busy float64) {
	now := started()
	return now.at.Sub(c.at).Seconds(), (now.busy - c.busy).Seconds()
}

// one loads what one query needs, as curfew audit does.
func one(ctx context.Context, y *year) error {
	q, err := queries.Find("never-used")
	if err != nil {
		return err
	}
	began := started()
	e, err := sqlite.OpenFolder(ctx, y.lake, q)
	if err != nil {
		return err
	}
	args, err := q.Args(duck.Parameters(q, y.facts))
	if err == nil {
		_, err = e.Run(ctx, q, args)
	}
	all, busy := began.took()
	fmt.Printf("SQLite: %s alone, loaded and answered in %.1f s, %.1f s of processors\n", q.Name, all, busy)
	return errors.Join(err, e.Close())
}

// ask times all queries. Each is asked twice in DuckDB, whose first answer reads files that may not be in memory.
func ask(ctx context.Context, y *year) (err error) {
	began := started()
	s, err := sqlite.OpenFolder(ctx, y.lake, queries.All()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	all, busy := began.took()
	fmt.Printf("SQLite: loaded for all queries in %.1f s, %.1f s of processors\n", all, busy)
	d, err := duck.Open(ctx, y.lake)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "QUERY\tANSWER\tDUCKDB FIRST\tAGAIN\tPROCESSORS\tSQLITE\tPROCESSORS\tROWS SCANNED\tBYTES SCANNED\tATHENA\t")
	for _, q := range queries.All() {
		if err := askOne(ctx, w, q, y, d, s); err != nil {
			return err
		}
	}
	return w.Flush()
}

func askOne(ctx context.Context, w *tabwriter.Writer, q queries.Query, y *year, d *duck.Engine, s queries.Engine) error {
	args, err := q.Args(duck.Parameters(q, y.facts))
	if err != nil {
		return err
	}
	_, err1 := d.Run(ctx, q, args)
	first, inDuck := d.Took, d.Busy()
	_, err2 := d.Run(ctx, q, args)
	again := d.Took
	inDuck = d.Busy() - inDuck
	scan, err3 := d.Scanned(ctx, q, args)
	began := started()
	r, err4 := s.Run(ctx, q, args)
	all, busy := began.took()
	_, err5 := fmt.Fprintf(w, "%s\t%d\t%.2f s\t%.2f s\t%.2f s\t%.2f s\t%.2f s\t%d\t%d\t$%.5f\t\n", q.Name, len(r.Rows), first.Seconds(), again.Seconds(), inDuck.Seconds(), all, busy, scan.Rows, scan.Bytes, price(scan.Bytes))
	return errors.Join(err1, err2, err3, err4, err5)
}

// price is $5 for each TB (10^12 bytes), of 10 MB at least: https://aws.amazon.com/athena/pricing/
func price(bytes int64) float64 { return 5 * float64(max(bytes, 10_000_000)) / 1e12 }
