// Command mutants tests the tests. It removes one safeguard after another from a copy of the source, runs the tests,
// and prints which test fails.
//
//	go run ./scripts/mutants                all mutants, two at a time
//	go run ./scripts/mutants -run sweep     those whose name matches a regular expression
//	go run ./scripts/mutants -v             and the first lines of the failing test's output
//	go run ./scripts/mutants -by simulation run only the suites of this name
//
// A mutant is a mistake that a tired engineer could make: a missing condition, a check that is not called, a dropped
// Catch. It is an edit of one function's syntax tree, so it survives changes around it. The go command's flag
// -overlay applies it: the tree and the product stay unchanged. Suites run in order of cost; the first failure
// catches the mutant.
//
// Exit status: 1 if a mutant survives, does not apply or does not compile; 2 for a wrong command line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	only, by *regexp.Regexp
	verbose  bool
	parallel int
}

func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintf(errs, "mutants: %v\n", err)
		return 2
	}
	ok, err := o.mutate(ctx, out, errs)
	if err != nil {
		fmt.Fprintf(errs, "mutants: %v\n", err)
	}
	if err != nil || !ok {
		return 1
	}
	return 0
}

func parse(args []string, errs io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(errs)
	only := flags.String("run", "", "only mutants whose name matches this regular expression")
	by := flags.String("by", "", "only suites whose name matches this regular expression")
	flags.BoolVar(&o.verbose, "v", false, "show the first lines of the failing test's output")
	flags.IntVar(&o.parallel, "parallel", 2, "how many mutants at a time")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.parallel < 1 {
		return o, errors.New("want -parallel of 1 or more, and no further arguments")
	}
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, err
	}
	o.by, err = regexp.Compile(*by)
	return o, err
}

// mutate runs the mutants and prints the report. It returns whether the tests are good enough.
func (o options) mutate(ctx context.Context, out, errs io.Writer) (bool, error) {
	var chosen []mutant
	for _, m := range mutants() {
		if o.only.MatchString(m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return false, fmt.Errorf("no mutant is called %s", o.only)
	}
	if slices.ContainsFunc(chosen, func(m mutant) bool { return len(matching(suitesFor(m), o.by)) == 0 }) {
		return false, fmt.Errorf("no suite is called %s for every mutant: nothing could catch one", o.by)
	}
	root, err := moduleRoot(ctx)
	if err != nil {
		return false, err
	}
	temp, err := os.MkdirTemp("", "mutants-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(temp) // leftovers are in the system's temporary folder
	l := lab{root: root, temp: temp, suites: func(m mutant) []suite { return matching(suitesFor(m), o.by) }}
	fmt.Fprintln(errs, "running the tests without any mutant first")
	if err := l.sound(ctx, chosen); err != nil {
		return false, err
	}
	r := report{verbose: o.verbose, fates: l.all(ctx, chosen, o.parallel, &progress{to: errs, of: len(chosen)})}
	return r.good() && ctx.Err() == nil, r.print(out)
}

// moduleRoot is the folder of go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	text, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	mod := strings.TrimSpace(string(text))
	if err != nil || filepath.Base(mod) != "go.mod" {
		return "", fmt.Errorf("run it inside the module: go env GOMOD says %q, %v", mod, err)
	}
	return filepath.Dir(mod), nil
}
