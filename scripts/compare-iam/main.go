package main

import (
	"context"
	_ "embed"

	"curfew/scripts/compare"
)

//go:embed driver.mjs
var driver []byte

func main() {
	compare.Comparison[Case]{
		Name: "compare-iam",
		N:    100_000,
		Install: func(ctx context.Context) (compare.Oracle, error) {
			return compare.NPM(ctx, driver, "@cloud-copilot/iam-simulate@0.1.173")
		},
		Generate: generate,
		Ours:     Case.evaluate,
		Class:    Case.class,
		Reasons:  reasons(),
	}.Main()
}
