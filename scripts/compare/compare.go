package compare

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
)

// Comparison is a command.
type Comparison[C any] struct {
	Name    string // of the command
	N       int    // cases by default
	Install func(context.Context) (Oracle, error)
	// Generate makes a case. Reasons may ask for others that mean the same to AWS.
	Generate func(*rand.Rand) C
	Ours     func(C) (answer string, err error)
	Reasons  []Reason[C]
	// Class is the row of the table that an answer of ours counts in.
	Class func(C, string) string
}

// Reason is a known error of the other program.
type Reason[C any] struct {
	Says string // what AWS documents
	// Rewrite returns a case that means the same to AWS and avoids the error, our answer to it, and whether it had the error.
	Rewrite func(c C, ours string) (C, string, bool)
	// Explains, without Rewrite, tells the differences of the error.
	Explains func(c C, ours, theirs string) bool
}

type difference[C any] struct {
	c            C
	ours, theirs string
}

// Main runs the command.
func (x Comparison[C]) Main() {
	flags := flag.NewFlagSet(x.Name, flag.ExitOnError)
	n := flags.Int("n", x.N, "cases to compare")
	seed := flags.Uint64("seed", 1, "seed of the cases")
	show := flags.Int("show", 10, "differences to print whole")
	_ = flags.Parse(os.Args[1:]) // it exits
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	open, err := x.run(ctx, *n, *seed, *show)
	if err != nil {
		fmt.Fprintln(os.Stderr, x.Name+":", err)
	}
	if err != nil || open > 0 {
		os.Exit(1)
	}
}

// run returns the number of differences without a reason.
func (x Comparison[C]) run(ctx context.Context, n int, seed uint64, show int) (int, error) {
	o, err := x.Install(ctx)
	if err != nil {
		return 0, err
	}
	open, classes, err := x.compare(ctx, o, n, rand.New(rand.NewPCG(seed, 0)))
	if err != nil {
		return 0, err
	}
	apart := len(open)
	open, settled, err := x.settle(ctx, o, open)
	if err != nil {
		return 0, err
	}
	for _, d := range open[:min(show, len(open))] {
		b, _ := json.Marshal(d.c) // it went to the program so
		fmt.Printf("ours %s, theirs %s: %s\n", d.ours, d.theirs, b)
	}
	fmt.Printf("seed %d: %d cases\n", seed, n)
	printCounts(classes, "")
	fmt.Printf("agree: %d; settled against the other program: %d; open: %d\n", n-apart, apart-len(open), len(open))
	printCounts(settled, "because: ")
	return len(open), nil
}

// compare returns the differences, and how many answers of ours each class has.
func (x Comparison[C]) compare(ctx context.Context, o Oracle, n int, r *rand.Rand) ([]difference[C], map[string]int, error) {
	cases := make([]C, n)
	for i := range cases {
		cases[i] = x.Generate(r)
	}
	theirs, err := ask(ctx, o, cases)
	if err != nil {
		return nil, nil, err
	}
	var apart []difference[C]
	classes := map[string]int{}
	for i, c := range cases {
		ours, err := x.Ours(c)
		if err != nil {
			return nil, nil, fmt.Errorf("case %d: %w", i, err)
		}
		classes[x.Class(c, ours)]++
		if ours != theirs[i] {
			apart = append(apart, difference[C]{c, ours, theirs[i]})
		}
	}
	return apart, classes, nil
}

// settle takes away the differences that a reason explains, or all together.
func (x Comparison[C]) settle(ctx context.Context, o Oracle, open []difference[C]) (_ []difference[C], settled map[string]int, err error) {
	settled = map[string]int{}
	for _, reason := range x.Reasons {
		before := len(open)
		if reason.Explains != nil {
			open = slices.DeleteFunc(open, func(d difference[C]) bool { return reason.Explains(d.c, d.ours, d.theirs) })
		} else if open, err = without(ctx, o, open, reason); err != nil {
			return nil, nil, err
		}
		settled[reason.Says] = before - len(open)
	}
	before := len(open)
	open, err = without(ctx, o, open, x.Reasons...)
	settled["more than one of these"] = before - len(open)
	return open, settled, err
}

// without asks again about cases rewritten for the reasons, and returns the differences that stay.
func without[C any](ctx context.Context, o Oracle, all []difference[C], reasons ...Reason[C]) ([]difference[C], error) {
	var open, was, asked []difference[C]
	var again []C
	for _, d := range all {
		other, changed := d, false
		for _, r := range reasons {
			if r.Rewrite == nil {
				continue
			}
			if c, ours, has := r.Rewrite(other.c, other.ours); has {
				other.c, other.ours, changed = c, ours, true
			}
		}
		if changed {
			asked, again, was = append(asked, other), append(again, other.c), append(was, d)
		} else {
			open = append(open, d)
		}
	}
	if len(again) == 0 {
		return open, nil
	}
	theirs, err := ask(ctx, o, again)
	if err != nil {
		return nil, err
	}
	for i, d := range asked {
		if theirs[i] != d.ours {
			open = append(open, was[i])
		}
	}
	return open, nil
}

func printCounts(counts map[string]int, before string) {
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Printf("  %8d  %s%s\n", counts[what], before, what)
	}
}
