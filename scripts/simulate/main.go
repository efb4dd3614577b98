// Command simulate runs elevations in a simulated AWS with faults, under virtual time, and prints what two oracles
// find: nothing, or a seed and the smallest schedule of faults that still fails.
//
//	go run ./scripts/simulate -n 1000000     random lives, one in seven with a fault of its own, and worlds with outages
//	go run ./scripts/simulate -singles       every single fault at every call of nine lives
//	go run ./scripts/simulate -pairs 20000   ordered pairs of faults on one life; -pairs -1: all of them
//	go run ./scripts/simulate -outages       remaining access while a part of AWS, or all of Curfew, is unavailable
//	go run ./scripts/simulate -trace FILE    the end of each elevation of 10,000 seeds (-n), one a line, to compare versions
//	go run ./scripts/simulate -accounts      the model of 1,000 accounts: rates of IAM and STS, and what the sweep needs of them
//	go run ./scripts/simulate -control       Curfew next to a plain state machine, under the same single faults
//
// Exit status: 0 without findings, 1 with findings, 2 for a wrong command line.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"curfew/shared/accesstest/simulation"
)

func main() {
	// Package testing allows virtual time in tests only, so the command is a test. It has no flags of testing and
	// does not print PASS.
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		os.Exit(2)
	}
	// A world's goroutines mostly wait for each other: two worlds for each processor keep it busy.
	if err := flag.Set("test.parallel", strconv.Itoa(workers())); err != nil {
		os.Exit(2)
	}
	// Worlds are discarded as a whole: collect rarely.
	debug.SetGCPercent(3000)
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "simulate", F: func(*testing.T) {
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
	}}}, nil, nil)
}

func workers() int { return 2 * runtime.GOMAXPROCS(0) }

type options struct {
	simulation.Settings
	singles, outages, control, accounts, quiet bool
	profile, trace                             string
}

func run(args []string, out, errs io.Writer) int {
	o := options{Settings: simulation.Settings{Workers: workers()}}
	flags := flag.NewFlagSet("simulate", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.Uint64Var(&o.Seed, "seed", 1, "the seed: the same one draws the same worlds")
	flags.IntVar(&o.Elevations, "n", 10_000, "number of random elevations")
	flags.Float64Var(&o.Faults, "faults", 0.25, "the part of elevations that a fault is planned for; not every planned call is made")
	flags.IntVar(&o.Pairs, "pairs", 0, "try this many ordered pairs of faults instead; -1: all")
	flags.BoolVar(&o.singles, "singles", false, "try every single fault instead")
	flags.BoolVar(&o.outages, "outages", false, "show the remaining access under each outage instead")
	flags.BoolVar(&o.control, "control", false, "compare with a plain state machine instead")
	flags.BoolVar(&o.accounts, "accounts", false, "show the sweep of 1,000 accounts instead")
	flags.BoolVar(&o.quiet, "quiet", false, "no progress on standard error")
	flags.StringVar(&o.trace, "trace", "", "write the end of each elevation of -n seeds to this file instead")
	flags.StringVar(&o.profile, "cpuprofile", "", "write a profile of the processor time to this file")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if flags.NArg() > 0 || o.Elevations < 1 || o.Faults < 0 || o.Faults > 1 {
		fmt.Fprintln(errs, "simulate: want -n of 1 or more, -faults from 0 to 1, and no further arguments")
		return 2
	}
	stop, err := o.profiled()
	if err != nil {
		fmt.Fprintf(errs, "simulate: %v\n", err)
		return 2
	}
	defer stop()
	if !o.quiet {
		o.Progress = (&progress{to: errs}).show
	}
	how := o.simulate
	if o.trace != "" {
		how = o.traced
	}
	ok, err := how(out)
	if err != nil {
		fmt.Fprintf(errs, "simulate: %v\n", err)
	}
	if err != nil || !ok {
		return 1
	}
	return 0
}

// profiled starts the profile, if one is wanted, and gives what stops it.
func (o options) profiled() (stop func(), err error) {
	if o.profile == "" {
		return func() {}, nil
	}
	f, err := os.Create(o.profile)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile that was not written whole is no result
	}, nil
}

// simulate runs what was asked for and prints it. It reports whether nothing is wrong.
func (o options) simulate(out io.Writer) (bool, error) {
	if o.accounts {
		return accounts(out)
	}
	if err := simulation.PrintLatencies(out); err != nil {
		return false, err
	}
	fmt.Fprintln(out)
	switch {
	case o.control:
		return o.compare(out)
	case o.outages:
		return outages(out)
	}
	how := simulation.Random
	switch {
	case o.singles:
		how = simulation.Singles
	case o.Pairs != 0:
		how = simulation.Pairs
	}
	r, err := how(o.Settings)
	if err != nil {
		return false, err
	}
	if err := r.Print(out); err != nil {
		return false, err
	}
	return len(r.Wrongs) == 0, nil
}

// traced writes the whole trace, or returns an error.
func (o options) traced(out io.Writer) (bool, error) {
	f, err := os.Create(o.trace)
	if err != nil {
		return false, err
	}
	err = errors.Join(simulation.Trace(o.Settings, o.Elevations, f), f.Close())
	if err == nil {
		fmt.Fprintf(out, "what became of the elevations of %d seeds: %s\n", o.Elevations, o.trace)
	}
	return err == nil, err
}

// accounts shows the model of many accounts, and half of it.
func accounts(out io.Writer) (ok bool, err error) {
	ok = true
	m := simulation.AssumedAccounts()
	for _, one := range []struct {
		name string
		simulation.AccountsModel
	}{{"as assumed", m}, {"half of each rate", m.Half()}} {
		var passes []simulation.AccountsResult
		var failed error
		synctest.Test(&testing.T{}, func(*testing.T) { passes, failed = simulation.SweepAccounts(one.AccountsModel, 3) })
		err = errors.Join(err, failed, simulation.PrintAccounts(out, one.name, one.AccountsModel, passes))
		ok = ok && !slices.ContainsFunc(passes, func(p simulation.AccountsResult) bool { return p.Looked < m.Elevations || p.Last > time.Minute })
	}
	return ok && err == nil, err
}

// outages shows what each outage leaves.
func outages(out io.Writer) (bool, error) {
	rows, err := simulation.Outages()
	if err != nil {
		return false, err
	}
	wrong := slices.ContainsFunc(rows, func(r simulation.OutageRow) bool { return len(r.Wrongs) > 0 })
	return !wrong, simulation.PrintOutages(out, rows)
}

func (o options) compare(out io.Writer) (bool, error) {
	c, err := simulation.Control(o.Settings)
	if err != nil {
		return false, err
	}
	if err := c.Print(out); err != nil {
		return false, err
	}
	curfew, plain := simulation.Sum(c.Curfew), simulation.Sum(c.Plain)
	if plain.Orphans == 0 {
		return false, errors.New("the plain machine left nothing behind: this simulation would not have found it")
	}
	return curfew.Orphans+curfew.AllowedAfter+curfew.Mismatches == 0, nil
}
