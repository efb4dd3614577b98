package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"curfew/scripts/build/bundle"
	"curfew/scripts/release/sbom"
)

// maker compiles.
type maker interface {
	// program and functions return executables by file name.
	program(ctx context.Context, p platform) (bundle.Executables, error)
	functions(ctx context.Context) (bundle.Executables, error)
	// info reads what an executable is made of.
	info(executable []byte) (*debug.BuildInfo, error)
	licence() ([]byte, error)
	// notices returns the licences of modules.
	notices(ctx context.Context, modules []*debug.Module) ([]byte, error)
}

// assembly is a release under construction.
type assembly struct {
	maker
	from    source
	version string
	out     io.Writer
	files   map[string][]byte // the release, by name
	parts   []sbom.Executable
}

// assemble returns the files of a release by name, without checksums, and prints each.
func assemble(ctx context.Context, m maker, from source, version string, platforms []platform, out io.Writer) (map[string][]byte, error) {
	a := assembly{m, from, version, out, map[string][]byte{}, nil}
	for _, p := range platforms {
		if err := a.addProgram(ctx, p); err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
	}
	if err := a.addFunctions(ctx); err != nil {
		return nil, fmt.Errorf("the functions: %w", err)
	}
	b, err := sbom.Make(sbom.Release{Version: version, Revision: from.revision, At: from.at, Executables: a.parts})
	if err != nil {
		return nil, fmt.Errorf("the bill of materials: %w", err)
	}
	a.add(a.named(materials), b, time.Now())
	return a.files, nil
}

func (a *assembly) named(rest string) string { return "curfew-" + a.version + "-" + rest }

func (a *assembly) add(name string, b []byte, began time.Time) {
	a.files[name] = b
	fmt.Fprintf(a.out, "  %-44s %10d bytes  %4.0f s\n", name, len(b), time.Since(began).Seconds())
}

func (a *assembly) addProgram(ctx context.Context, p platform) error {
	began := time.Now()
	made, err := a.program(ctx, p)
	if err != nil {
		return err
	}
	folder, format := a.named(p.goos+"-"+p.arch), ".tar.gz"
	archive := a.tarball
	if p.goos == "windows" {
		format, archive = ".zip", a.zip
	}
	content, err := a.content(ctx, folder, folder+format, made, func(name string) string { return name })
	if err != nil {
		return err
	}
	b, err := archive(content)
	if err == nil {
		a.add(folder+format, b, began)
	}
	return err
}

// addFunctions makes the zip that scripts/build -functions reads.
func (a *assembly) addFunctions(ctx context.Context) error {
	began := time.Now()
	made, err := a.functions(ctx)
	if err != nil {
		return err
	}
	name := a.named("lambda-" + lambdaArch + ".zip")
	content, err := a.content(ctx, "", name, made, func(name string) string { return name + "/bootstrap" })
	if err != nil {
		return err
	}
	b, err := a.zip(content)
	if err == nil {
		a.add(name, b, began)
	}
	return err
}

// content returns the files of an archive by path, and notes its executables.
func (a *assembly) content(ctx context.Context, folder, archive string, made bundle.Executables, path func(name string) string) (map[string][]byte, error) {
	content, modules := map[string][]byte{}, map[string]*debug.Module{}
	for _, name := range slices.Sorted(maps.Keys(made)) {
		info, err := a.info(made[name])
		if err != nil {
			return nil, fmt.Errorf("reading what %s is made of: %w", name, err)
		}
		for _, m := range info.Deps {
			modules[m.Path] = m
		}
		content[slashed(folder, path(name))] = made[name]
		a.parts = append(a.parts, sbom.Executable{Name: archive + ":" + slashed(folder, path(name)), SHA256: sha256.Sum256(made[name]), Info: info})
	}
	licence, err := a.licence()
	if err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(maps.Values(modules), func(x, y *debug.Module) int { return cmp.Compare(x.Path, y.Path) })
	notices, err := a.notices(ctx, sorted)
	if err != nil {
		return nil, err
	}
	content[slashed(folder, "LICENSE")], content[slashed(folder, "THIRD-PARTY-LICENSES")] = licence, notices
	return content, nil
}

func slashed(folder, name string) string {
	if folder == "" {
		return name
	}
	return folder + "/" + name
}

func (a *assembly) zip(content map[string][]byte) ([]byte, error) { return bundle.Zip(content, mode) }

func (a *assembly) tarball(content map[string][]byte) ([]byte, error) {
	return tarball(content, a.from.at)
}

// mode: licences are read, all else is run.
func mode(path string) fs.FileMode {
	if name := filepath.Base(path); name == "LICENSE" || name == "THIRD-PARTY-LICENSES" {
		return 0o644
	}
	return 0o755
}
