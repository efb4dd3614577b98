package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"

	"curfew/shared/iampolicy"
)

func main() {
	n := flag.Int("n", 20000, "cases to compare")
	seed := flag.Uint64("seed", 1, "seed of the cases")
	show := flag.Int("show", 10, "disagreements to print whole")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	open, err := run(ctx, *n, *seed, *show)
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare-iam:", err)
	}
	if err != nil || open > 0 {
		os.Exit(1)
	}
}

// run compares n cases and returns the number of unexplained disagreements.
func run(ctx context.Context, n int, seed uint64, show int) (int, error) {
	s, err := install(ctx)
	if err != nil {
		return 0, err
	}
	defer s.remove()
	cases := make([]Case, n)
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range cases {
		cases[i] = generate(r)
	}
	apart, outcomes, err := s.compare(ctx, cases)
	if err != nil {
		return 0, err
	}
	open, settled, err := s.settle(ctx, apart)
	if err != nil {
		return 0, err
	}
	report(cases, seed, outcomes, settled, open, show)
	return len(open), nil
}

// difference is a case that the two evaluators decide differently.
type difference struct {
	Case
	ours, theirs iampolicy.Outcome
}

// compare gives the differences, and how often we gave each outcome.
func (s simulator) compare(ctx context.Context, cases []Case) ([]difference, map[iampolicy.Outcome]int, error) {
	theirs, err := s.simulate(ctx, cases)
	if err != nil {
		return nil, nil, err
	}
	var apart []difference
	counts := make(map[iampolicy.Outcome]int)
	for i, c := range cases {
		ours, err := c.evaluate()
		if err != nil {
			return nil, nil, fmt.Errorf("case %d: %w", i, err)
		}
		counts[ours]++
		if ours != theirs[i] {
			apart = append(apart, difference{c, ours, theirs[i]})
		}
	}
	return apart, counts, nil
}

// settle asks again about cases rewritten for each reason, and for all together. If the package then agrees with our
// first answer, the reason explains the difference.
func (s simulator) settle(ctx context.Context, apart []difference) (open []difference, settled map[string]int, err error) {
	settled, open = make(map[string]int), apart
	for _, reason := range known() {
		before := len(open)
		if open, err = s.without(ctx, open, reason); err != nil {
			return nil, nil, err
		}
		settled[reason] = before - len(open)
	}
	before := len(open)
	if open, err = s.without(ctx, open, known()...); err != nil {
		return nil, nil, err
	}
	settled["more than one of these"] = before - len(open)
	return open, settled, nil
}

// without gives the differences that stay when cases are rewritten for the reasons.
func (s simulator) without(ctx context.Context, apart []difference, reasons ...string) ([]difference, error) {
	again := make([]Case, len(apart))
	for i, d := range apart {
		again[i] = d.rewritten(reasons...)
	}
	theirs, err := s.simulate(ctx, again)
	if err != nil {
		return nil, err
	}
	var open []difference
	for i, d := range apart {
		if theirs[i] != d.ours {
			open = append(open, d)
		}
	}
	return open, nil
}

func report(cases []Case, seed uint64, outcomes map[iampolicy.Outcome]int, settled map[string]int, open []difference, show int) {
	conditional, known := 0, 0
	for _, c := range cases {
		if c.conditional() {
			conditional++
		}
	}
	for _, n := range settled {
		known += n
	}
	for _, d := range open[:min(show, len(open))] {
		b, _ := json.Marshal(d.Case) // strings and maps of strings
		fmt.Printf("ours %s, theirs %s: %s\n", d.ours, d.theirs, b)
	}
	fmt.Printf("seed %d: %d cases, %d of them with conditions\n", seed, len(cases), conditional)
	for _, o := range slices.Sorted(maps.Keys(outcomes)) {
		fmt.Printf("  %-14s %d\n", o, outcomes[o])
	}
	fmt.Printf("agree: %d; settled against the package: %d; open: %d\n", len(cases)-known-len(open), known, len(open))
	for _, why := range slices.Sorted(maps.Keys(settled)) {
		fmt.Printf("  %d because: %s\n", settled[why], why)
	}
}
