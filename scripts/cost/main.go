// Command cost prints what one elevation costs at AWS's list prices, line by line: one that a person approves, and one that
// needs no approval.
//
//	go run ./scripts/cost
//
// Both are run, through the functions' own adapters and the shipped state machine, on ports in memory that count what AWS
// would charge for. What cannot be counted so is assumed, and its line says so. It exits with 1 if a bound is passed.
//
//   - run.go: the installation, and a life in it. meter.go: what is counted. size.go: how large an item is.
//   - bill.go: the lines. prices.go: the prices, and what is assumed.
package main

import (
	"fmt"
	"io"
	"os"
	"testing"
	"testing/synctest"
)

func main() {
	// Package testing lets time be virtual in tests only, so the command is one: with no flag of testing's own, and it
	// never comes back to say PASS.
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

// tell runs both lives and prints their bills. Its error is a life that went wrong, or a bound that was passed.
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
			if err != nil {
				failed = fmt.Errorf("%s: %w", l.title, err)
				return
			}
		}
	})
	if failed != nil {
		return failed
	}
	return printPages(out)
}
