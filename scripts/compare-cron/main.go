package main

import (
	"context"
	_ "embed"

	"curfew/scripts/compare"
	"curfew/shared/catalog"
)

//go:embed driver.mjs
var driver []byte

// The answers.
const (
	accepted = "accepted"
	refused  = "refused"
)

func main() {
	compare.Comparison[string]{
		Name: "compare-cron",
		N:    100_000,
		Install: func(ctx context.Context) (compare.Oracle, error) {
			return compare.NPM(ctx, driver, "aws-cron-expression-validator@1.0.5")
		},
		Generate: generate,
		Ours: func(cron string) (string, error) {
			if err := catalog.CheckSchedule("cron(" + cron + ")"); err != nil {
				return refused, nil
			}
			return accepted, nil
		},
		Class:   func(_, answer string) string { return answer },
		Reasons: reasons(),
	}.Main()
}
