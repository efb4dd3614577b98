package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"curfew/shared/iampolicy"
)

func main() {
	n := flag.Int("n", 100_000, "cases to compare")
	seed := flag.Uint64("seed", 1, "seed of the cases")
	show := flag.Int("show", 10, "problems to print")
	flag.Parse()
	k, err := run(*n, *seed)
	if err != nil {
		fmt.Fprintln(os.Stderr, "compare-reach:", err)
		os.Exit(1)
	}
	for _, p := range k.problems[:min(*show, len(k.problems))] {
		fmt.Println(p)
	}
	k.print(os.Stdout, *seed)
	if len(k.problems) > 0 {
		os.Exit(1)
	}
}

func run(n int, seed uint64) (*checker, error) {
	k := &checker{conditions: map[string]*iampolicy.Document{}, patterns: map[string]*iampolicy.Pattern{}}
	g := generator{rand.New(rand.NewPCG(seed, 0))}
	for i := range n {
		if err := k.one(g, i); err != nil {
			return nil, fmt.Errorf("case %d: %w", i, err)
		}
	}
	return k, nil
}

func (k *checker) print(to io.Writer, seed uint64) {
	fmt.Fprintf(to, "seed %d: %d cases, %d calls, %d principals that have a part of the other\n", seed, k.cases, k.calls, k.parts)
	fmt.Fprintf(to, "  %-10s  %9s %9s %9s %9s  %9s %9s %9s\n", "set", "allowed", "in reach", "open", "missing", "refused", "more", "wrong")
	for i, t := range k.sets {
		fmt.Fprintf(to, "  %-10s  %9d %9d %9d %9d  %9d %9d %9d  %.2f %% more\n", kindsOfSet[i], t.allowed, t.inReach, t.open, t.missing, t.refused, t.more, t.wrong, percent(t.more, t.refused))
	}
	fmt.Fprintf(to, "of %d refused calls, without their context: yes %d (%.2f %%), maybe %d (%.2f %%)\n", k.all, k.refusedYes, percent(k.refusedYes, k.all), k.refusedMaybe, percent(k.refusedMaybe, k.all))
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
