// Command coldstart measures cold starts: from exec to the first answered invocation over the Runtime API, compared
// with an empty function of aws-lambda-go in the same run.
//
//	go run ./scripts/coldstart            builds for this machine, measures each 15 times, prints the medians
//	go run ./scripts/coldstart -dist DIR  measures what scripts/build -arch host wrote there
//
// Every function refuses the event before it calls anything. So the time is that of the process, its configuration,
// its clients and its catalogs.
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
	"slices"
	"text/tabwriter"
	"time"

	"curfew/shared/onaws/lambdatest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Limits, as multiples of the empty function. Functions that end access have the lower limits.
const (
	mostRevoke = 2.5
	mostOthers = 3.3
)

// run returns 0 if all was measured, 1 on a failure, 2 for a wrong command line. A function over its limit is
// reported but is no failure: the machine may be busy.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	flags := flag.NewFlagSet("coldstart", flag.ContinueOnError)
	flags.SetOutput(errs)
	dist := flags.String("dist", "", "folder written by scripts/build -arch host (default: build now)")
	tries := flags.Int("n", 15, "starts of each function")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || flags.NArg() > 0 || *tries < 1 {
		return 2
	}
	if err := measure(ctx, *dist, *tries, out, errs); err != nil {
		fmt.Fprintf(errs, "coldstart: %v\n", err)
		return 1
	}
	return 0
}

func measure(ctx context.Context, dist string, tries int, out, errs io.Writer) error {
	tmp, err := os.MkdirTemp("", "curfew-coldstart-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	empty := filepath.Join(tmp, "empty")
	if err := command(ctx, errs, "build", "-o", empty, "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w", "./shared/onaws/lambdatest/empty"); err != nil {
		return err
	}
	if dist == "" {
		dist = filepath.Join(tmp, "dist")
		if err := command(ctx, errs, "run", "./scripts/build", "-arch", "host", "-out", dist); err != nil {
			return err
		}
	}
	functions, err := filepath.Glob(filepath.Join(dist, "*", "bootstrap"))
	if err != nil || len(functions) == 0 {
		return fmt.Errorf("no function found in %s: run scripts/build -arch host", dist)
	}
	all := append([]string{empty}, functions...)
	times := map[string][]time.Duration{}
	for range tries { // in turns, so that a slow moment affects all
		for _, bootstrap := range all {
			took, err := once(ctx, bootstrap)
			if err != nil {
				return fmt.Errorf("%s: %w", bootstrap, err)
			}
			times[bootstrap] = append(times[bootstrap], took)
		}
	}
	return table(out, empty, functions, times)
}

// command runs go in the module's folder; its output goes to errs.
func command(ctx context.Context, errs io.Writer, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stdout, cmd.Stderr = errs, errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go %s: %w", args[0], err)
	}
	return nil
}

// once starts a function and waits for its first answer of any kind.
func once(ctx context.Context, bootstrap string) (time.Duration, error) {
	p, err := lambdatest.Start(bootstrap, filepath.Base(filepath.Dir(bootstrap)), lambdatest.Environment(filepath.Dir(bootstrap))...)
	if err != nil {
		return 0, err
	}
	defer p.Close()
	a, err := p.Invoke(ctx, []byte(`[]`), 10*time.Second)
	return a.At.Sub(p.Started), err
}

func table(out io.Writer, empty string, functions []string, times map[string][]time.Duration) error {
	base := median(times[empty])
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "function\tms to first answer\ttimes empty\tat most\t\t\nempty\t%.1f\t1.0\t\t\t\n", ms(base))
	for _, f := range functions {
		name, most := filepath.Base(filepath.Dir(f)), mostOthers
		if name == "revoke" {
			most = mostRevoke
		}
		ratio, verdict := float64(median(times[f]))/float64(base), ""
		if ratio > most {
			verdict = "over"
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%s\t\n", name, ms(median(times[f])), ratio, most, verdict)
	}
	return w.Flush()
}

func median(d []time.Duration) time.Duration {
	s := slices.Sorted(slices.Values(d))
	return s[len(s)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
