package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"curfew/shared/catalog"
)

// catalogCommand has the commands on a catalog in a directory, which call nothing, and on the deployed one.
func (a *app) catalogCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "catalog", Short: "Lint, test, hash and compare catalogs, and sign one that waits",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage("catalog %q: want lint, test, hash, diff, pending or sign", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(
		a.command(&cobra.Command{
			Use: "lint DIR", Short: "Report errors and warnings of a catalog", Args: oneDir,
		}, func(_ context.Context, args []string) error { return a.lint(args[0]) }),
		a.command(&cobra.Command{
			Use: "test DIR", Short: "Check the decisions that a catalog's tests.yaml expects", Args: oneDir,
		}, func(_ context.Context, args []string) error { return a.test(args[0]) }),
		a.command(&cobra.Command{
			Use: "hash DIR", Short: "Print a catalog's name: the SHA-256 of its canonical form", Args: oneDir,
		}, func(_ context.Context, args []string) error { return a.hash(args[0]) }),
		a.diffCommand(), a.catalogPendingCommand(), a.catalogSignCommand(),
	)
	return c
}

// oneDir wants the directory of one catalog.
func oneDir(c *cobra.Command, args []string) error {
	return exactlyOne("the directory of one catalog", "shared/catalog/example is one")(c, args)
}

// load reads a catalog. It prints a line for each problem, with file and line.
func (a *app) load(dir string) (*catalog.Catalog, error) {
	c, err := catalog.LoadDir(dir)
	if err == nil {
		return c, nil
	}
	problems := catalog.Problems(err)
	if len(problems) == 0 {
		return nil, &failure{Unexpected, fmt.Sprintf("catalog %s: %v", dir, err)}
	}
	for _, p := range problems {
		fmt.Fprintln(a.Stderr, printable(p.Error()))
	}
	return nil, &failure{Unexpected, fmt.Sprintf("catalog %s: %s; fix what is named above", dir, count(len(problems), "problem", "problems"))}
}

func (a *app) lint(dir string) error {
	c, err := a.load(dir)
	if err != nil {
		return err
	}
	out := struct {
		Hash     string   `json:"hash"`
		Warnings []string `json:"warnings"`
	}{c.Hash(), []string{}}
	for _, w := range c.Warnings(a.Now()) {
		out.Warnings = append(out.Warnings, w.String())
	}
	return a.print(out, func(w io.Writer) error {
		for _, line := range out.Warnings {
			fmt.Fprintln(w, "warning: "+printable(line))
		}
		_, err := fmt.Fprintf(w, "%s: correct, %s\n", dir, count(len(out.Warnings), "warning", "warnings"))
		return err
	})
}

// testResult is one expected decision as printed.
type testResult struct {
	Name string `json:"name"`
	Line int    `json:"line"`
	OK   bool   `json:"ok"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

func (a *app) test(dir string) error {
	c, err := a.load(dir)
	if err != nil {
		return err
	}
	results, failed := []testResult{}, 0
	var lines []string
	for _, r := range catalog.Test(c) {
		results, lines = append(results, testResult(r)), append(lines, r.String())
		if !r.OK {
			failed++
		}
	}
	err = a.print(results, func(w io.Writer) error {
		for _, line := range lines {
			fmt.Fprintln(w, printable(line))
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case len(results) == 0:
		return &failure{Unexpected, fmt.Sprintf("catalog %s has no tests: add tests.yaml", dir)}
	case failed > 0:
		return &failure{Unexpected, fmt.Sprintf("catalog %s: %d of %s failed; fix the catalog, or its tests.yaml", dir, failed, count(len(results), "expected decision", "expected decisions"))}
	}
	return nil
}

func (a *app) hash(dir string) error {
	c, err := a.load(dir)
	if err != nil {
		return err
	}
	return a.print(map[string]string{"hash": c.Hash()}, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, c.Hash())
		return err
	})
}

// change is one difference as printed.
type change struct {
	Where     string            `json:"where"`
	Direction catalog.Direction `json:"direction"`
	Text      string            `json:"text,omitempty"`
}

func (a *app) diffCommand() *cobra.Command {
	var exitCode bool
	c := a.command(&cobra.Command{
		Use: "diff OLD NEW", Short: "Say what a newer catalog widens and narrows", Args: cobra.ExactArgs(2),
	}, func(_ context.Context, args []string) error { return a.diff(args[0], args[1], exitCode) })
	c.Flags().BoolVar(&exitCode, "exit-code", false, "exit with 1 if the catalogs differ")
	return c
}

func (a *app) diff(older, newer string, exitCode bool) error {
	was, err := a.load(older)
	if err != nil {
		return err
	}
	is, err := a.load(newer)
	if err != nil {
		return err
	}
	changes := []change{}
	var lines []string
	for _, c := range catalog.Diff(was, is) {
		changes, lines = append(changes, change(c)), append(lines, c.String())
	}
	err = a.print(changes, func(w io.Writer) error {
		for _, line := range lines {
			fmt.Fprintln(w, printable(line))
		}
		if len(lines) == 0 {
			fmt.Fprintln(w, "The catalogs are the same.")
		}
		return nil
	})
	if err == nil && exitCode && len(changes) > 0 {
		return &failure{Unexpected, fmt.Sprintf("the catalogs differ: %s", count(len(changes), "change", "changes"))}
	}
	return err
}
