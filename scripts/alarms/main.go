// Command alarms rehearses the alarms: a simulated month with canaries, deployments, an outage of each service and 1,000
// elevations feeds the expression of each alarm in the synthesised template. It prints when each rang, and why.
//
//	go run ./scripts/alarms
//
// Curfew's own code writes its metrics; models of AWS's services write theirs. Exit status: 1 if an alarm rang without a
// cause, did not ring for its cause, has no cause in the month, or has a metric that neither code nor model writes.
//
//   - month.go: the days and elevations. causes.go: what alarms are for. change.go: calls by people and deployments.
//   - plant.go: Curfew in one process. lambda.go, queue.go, services.go: AWS's services and their metrics.
//     people.go: callers of the APIs.
//   - template.go: alarms and rules of the template. formula.go: metric math. cloudwatch.go: data points, evaluation.
//   - check.go: each ring and its cause.
package main

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
)

const golden = "infra/testdata/curfew.golden.json"

func main() {
	// Package testing allows virtual time in tests only, so the command is a test.
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "alarms: want no arguments")
		os.Exit(2)
	}
	debug.SetGCPercent(400)
	testing.Init()
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "alarms", F: func(t *testing.T) { os.Exit(run(t)) }}}, nil, nil)
}

func run(t *testing.T) int {
	tpl, err := readTemplate(golden)
	if err != nil {
		fmt.Fprintln(os.Stderr, "alarms: run it in the root of the repository:", err)
		return 1
	}
	r, err := month().play(t, tpl)
	if err != nil {
		fmt.Fprintln(os.Stderr, "alarms:", err)
		return 1
	}
	rows, wrong := r.check()
	if err := r.print(os.Stdout, rows, wrong); err != nil || len(wrong) > 0 {
		return 1
	}
	return 0
}
