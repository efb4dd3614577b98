// Command cost prints what one elevation costs at AWS's list prices, line by line: one with an approval, and one
// without. Then what CloudTrail's events cost, by assumptions.
//
//	go run ./scripts/cost
//
// It runs both through the functions' adapters and the shipped state machine, on ports in memory that count what AWS
// would charge. Lines say what is counted and what is assumed. It exits with 1 if a bound is exceeded.
//
//   - run.go: the installation and a life. meter.go: counts. size.go: sizes of items.
//   - bill.go: lines. trail.go: CloudTrail's events and files. prices.go: prices and assumptions.
package main

import (
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
)

func main() {
	// Package testing allows virtual time in tests only, so the command is a test. It has no flags of testing and
	// does not print PASS.
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "cost: want no arguments")
		os.Exit(2)
	}
	testing.Init()
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "cost", F: func(t *testing.T) {
		if err := tell(t, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "cost:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}}}, nil, nil)
}

// tell runs both lives and prints their bills. The error is a failed life or an exceeded bound.
func tell(t *testing.T, out io.Writer) (failed error) {
	synctest.Test(t, func(*testing.T) {
		for _, l := range []life{
			{title: "of an elevation", entitlement: "admin", approved: true, mostTransitions: 5},
			{title: "of one without approval", entitlement: "deploy", mostTransitions: 4},
		} {
			u, err := l.run()
			if err == nil {
				err = l.bill(u).print(out)
			}
			if err == nil && l.approved {
				err = u.printLog(out)
			}
			if err != nil {
				failed = fmt.Errorf("%s: %w", l.title, err)
				return
			}
		}
	})
	if failed != nil {
		return failed
	}
	if err := printTrail(out); err != nil {
		return err
	}
	return printPages(out)
}
