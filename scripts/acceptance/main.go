package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	home, member, region, name, steps, form string
	samples                                 int
	moto, remove, list                      bool
}

// throwaway is a name that no real installation has.
var throwaway = regexp.MustCompile(`^try-([a-z0-9][a-z0-9-]{0,10})?[a-pr-z0-9]$`)

func parse(args []string, errs io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("acceptance", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.home, "home-profile", "", "AWS profile of an administrator of the account that Curfew runs in")
	flags.StringVar(&o.member, "member-profile", "", "AWS profile of an administrator of the account where principals are elevated")
	flags.StringVar(&o.region, "region", "", "Region (default: the profile's)")
	flags.StringVar(&o.name, "name", "try-curfew", "name of the throwaway installation; begins with try-")
	flags.StringVar(&o.steps, "steps", "", "only these chapters and steps, with commas")
	flags.StringVar(&o.form, "o", "table", "output: table or json")
	flags.IntVar(&o.samples, "samples", 5, "samples of propagation, 1 to 10")
	flags.BoolVar(&o.moto, "moto", false, "run on moto, in the environment of scripts/emulators")
	flags.BoolVar(&o.remove, "remove", false, "only remove what an earlier run left")
	flags.BoolVar(&o.list, "list", false, "print the plan and its longest time")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		err = fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case !throwaway.MatchString(o.name):
		err = fmt.Errorf("name %q: want try- and up to 12 of a-z, 0-9 and -, not ending in q: the removal removes all of this name", o.name)
	case o.form != "table" && o.form != "json":
		err = fmt.Errorf("-o %s: want table or json", o.form)
	case o.samples < 1 || o.samples > 10:
		err = errors.New("-samples: want 1 to 10")
	case !o.moto && !o.list && (o.home == "" || o.member == ""):
		err = errors.New("give -home-profile and -member-profile, of two accounts; or -moto")
	}
	if err != nil {
		fmt.Fprintln(errs, "acceptance:", err)
	}
	return o, err
}

// run is the command and returns its exit code.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	var named []string
	if o.steps != "" {
		named = strings.Split(o.steps, ",")
	}
	chapters, err := choose(plan(), named)
	if err != nil {
		fmt.Fprintln(errs, "acceptance:", err)
		return 2
	}
	if o.list {
		return list(chapters, out)
	}
	r, err := accept(ctx, o, chapters, &progress{out: errs, began: time.Now()})
	if err == nil {
		err = r.write(out, o.form == "json")
	}
	if err != nil {
		fmt.Fprintln(errs, "acceptance:", err)
		return 1
	}
	if !r.ok() {
		return 1
	}
	return 0
}

func list(chapters []chapter, out io.Writer) int {
	for _, c := range chapters {
		for _, s := range c.steps {
			fmt.Fprintf(out, "%-12s %-18s %6s  %s\n%40s%s\n", c.name, s.name, s.bound, s.proves, "", s.page)
		}
	}
	fmt.Fprintf(out, "%-12s %-18s %6s\nat most %s\n", "remove", "", removalBound, boundOf(chapters))
	return 0
}

// accept carries out the chapters, and then removes everything, also after an error or an interrupt.
func accept(ctx context.Context, o options, chapters []chapter, log *progress) (r report, err error) {
	w, closing, err := newWorld(ctx, o, log)
	if err != nil {
		return r, err
	}
	defer closing()
	r = report{Where: w.where(), Rows: []row{}, Left: []string{}, Stays: []string{}}
	if !o.remove {
		if err := w.checkEmpty(ctx); err != nil {
			return r, err
		}
		r.Rows = carryOut(ctx, w, chapters)
	}
	// A second interrupt ends the process: -remove continues.
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), removalBound)
	defer cancel()
	r.Left = append(r.Left, removeAll(within, w)...)
	r.Stays = append(r.Stays, w.stays...)
	return r, nil
}
