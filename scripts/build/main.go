// Command build builds what is deployed: for each function a folder in dist with its bootstrap, and the catalogs if
// it needs them; and lake.json, the tables, views and queries of the log.
//
//	go run ./scripts/build                      all functions, with the example catalog
//	go run ./scripts/build -catalog DIR         with the catalog in DIR, which is checked first
//	go run ./scripts/build -verify              builds again in another folder with another cache, and compares every byte
//	go run ./scripts/build -zips                writes the zips to dist/zips too, for AWS Signer: see scripts/sign
//	go run ./scripts/build -functions ZIP       with the executables of a release, which it does not compile
//	go run ./scripts/build -arch host -out DIR  for this machine, as the tests run them
//
// It prints the size of each bootstrap and of its zip, and fails if a zip to deploy is over 6.5 MB. A second run rebuilds only
// what changed; an unchanged file keeps its time.
//
// An elevation is granted by the catalog under which it was requested, so the package also needs older catalogs. The
// folder catalogs holds them in canonical form, one file each, named by hash; -keep adds the newest. Delete one when
// no elevation names it any more.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"

	"curfew/scripts/build/bundle"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

type options struct {
	catalog, older, out, arch, version, functions string
	keep, verify, zips                            bool
}

// run is the command: 0 when all was built, 1 when something failed, 2 for a wrong command line.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var o options
	flags := flag.NewFlagSet("build", flag.ContinueOnError)
	flags.SetOutput(errs)
	flags.StringVar(&o.catalog, "catalog", "", "the catalog's directory (default: the example)")
	flags.StringVar(&o.older, "older", "catalogs", "folder of earlier catalogs; may be missing")
	flags.StringVar(&o.out, "out", "dist", "output folder")
	flags.StringVar(&o.arch, "arch", "arm64", "GOARCH of the bootstraps; host: for this machine")
	flags.StringVar(&o.version, "version", "", "version of the functions (default: the commit)")
	flags.StringVar(&o.functions, "functions", "", "zip of a release, already checked: take its executables")
	flags.BoolVar(&o.zips, "zips", false, "write the functions' zips too, to be signed")
	flags.BoolVar(&o.keep, "keep", false, "add this catalog to the earlier ones")
	flags.BoolVar(&o.verify, "verify", false, "build twice and compare")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil || flags.NArg() > 0 {
		return 2
	}
	if err := build(ctx, o, out, errs); err != nil {
		fmt.Fprintf(errs, "build: %v\n", err)
		return 1
	}
	return 0
}

func build(ctx context.Context, o options, out, errs io.Writer) error {
	root, err := moduleRoot(ctx)
	if err != nil {
		return err
	}
	cats, err := readCatalogs(o.catalog, o.older, o.keep)
	if err != nil {
		return err
	}
	c := bundle.Compiler{Root: root, GOOS: "linux", Arch: o.arch, Version: o.version, Errs: errs}
	if o.arch == "host" {
		c.GOOS, c.Arch = runtime.GOOS, runtime.GOARCH
	}
	if c.Version == "" {
		c.Version = commit(ctx, root)
	}
	var made bundle.Executables
	if o.functions != "" {
		made, err = bundle.Read(o.functions)
	} else {
		made, err = c.Functions(ctx)
	}
	if err != nil {
		return err
	}
	if o.verify {
		if err := c.FunctionsAgain(ctx, made); err != nil {
			return err
		}
		fmt.Fprintln(out, "built twice, from two folders: the same bytes")
	}
	most := mostZip
	if o.arch == "host" { // it is not deployed
		most = func(string) int { return math.MaxInt }
	}
	zips, err := write(o.out, made, cats, most, out)
	if err != nil {
		return err
	}
	if !o.zips {
		zips = nil // remove those of an earlier build
	}
	return errors.Join(bringUp(filepath.Join(o.out, "zips"), zips), writeLake(o.out))
}

// moduleRoot is the folder of go.mod. The command may be run from any folder of the repository.
func moduleRoot(ctx context.Context) (string, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("asking go for the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(mod))), nil
}

// commit names the source; "dev" where git does not know it.
func commit(ctx context.Context, root string) string {
	name, err := exec.CommandContext(ctx, "git", "-C", root, "describe", "--always", "--dirty", "--abbrev=12").Output()
	if err != nil {
		return "dev"
	}
	return strings.TrimSpace(string(name))
}
