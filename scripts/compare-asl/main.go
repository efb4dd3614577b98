package main

import (
	"context"
	_ "embed"
	"flag"
	"os"
	"testing"
	"testing/synctest"

	"curfew/scripts/compare"
)

//go:embed driver.py
var driver []byte

// main runs as a test: package testing offers virtual time to tests alone.
func main() {
	testing.Init()
	if err := flag.CommandLine.Parse(nil); err != nil {
		os.Exit(2)
	}
	all := func(string, string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "compare-asl", F: func(t *testing.T) {
		comparison(t).Main()
		os.Exit(0)
	}}}, nil, nil)
}

func comparison(t *testing.T) compare.Comparison[Case] {
	return compare.Comparison[Case]{
		Name: "compare-asl",
		N:    20_000,
		Install: func(ctx context.Context) (compare.Oracle, error) {
			return compare.Moto(ctx, driver)
		},
		Generate: generate(),
		Ours: func(c Case) (answer string, err error) {
			synctest.Test(t, func(*testing.T) { answer, err = c.run() })
			return answer, err
		},
		Class:   class,
		Reasons: reasons(),
	}
}
