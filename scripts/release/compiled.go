package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"strings"

	"curfew/scripts/build/bundle"
)

// compiled is the maker of releases; tests have another.
type compiled struct {
	source
	version string
	errs    io.Writer
	env     []string
}

const variables = "curfew/scripts/curfew/command."

func (c compiled) program(ctx context.Context, p platform) (bundle.Executables, error) {
	b := bundle.Compiler{Root: c.root, GOOS: p.goos, Arch: p.arch, Errs: c.errs}
	return b.Program(ctx, "./scripts/curfew", []string{variables + "version=" + c.version, variables + "revision=" + c.revision}, c.env...)
}

func (c compiled) functions(ctx context.Context) (bundle.Executables, error) {
	return bundle.Compiler{Root: c.root, GOOS: "linux", Arch: lambdaArch, Version: c.version, Errs: c.errs}.Functions(ctx, c.env...)
}

func (c compiled) info(executable []byte) (*debug.BuildInfo, error) {
	return buildinfo.Read(bytes.NewReader(executable))
}

func (c compiled) licence() ([]byte, error) { return os.ReadFile(filepath.Join(c.root, "LICENSE")) }

var isLicence = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([.-].*)?$`)

// notices are the licences of the modules, which most of them want to be with copies of their code.
func (c compiled) notices(ctx context.Context, modules []*debug.Module) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}}\t{{with .Replace}}{{.Dir}}{{else}}{{.Dir}}{{end}}", "all")
	cmd.Dir, cmd.Stderr = c.root, c.errs
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	listed, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	folders := map[string]string{}
	for line := range strings.Lines(string(listed)) {
		path, dir, _ := strings.Cut(strings.TrimSpace(line), "\t")
		folders[path] = dir
	}
	var b bytes.Buffer
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("asking go for its folder: %w", err)
	}
	if err := addNotice(&b, "the Go standard library", strings.TrimSpace(string(root))); err != nil {
		return nil, err
	}
	for _, m := range modules {
		if err := addNotice(&b, m.Path+" "+m.Version, folders[m.Path]); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

func addNotice(b *bytes.Buffer, name, dir string) error {
	if dir == "" {
		return fmt.Errorf("%s is not in the module cache: run go mod download", name)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	found := false
	for _, e := range entries {
		if !e.Type().IsRegular() || !isLicence.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(b, "==== %s: %s\n\n%s\n\n", name, e.Name(), bytes.TrimSpace(text))
	}
	if !found {
		return errors.New(name + " has no licence file: a copy of its code may not be given away without one")
	}
	return nil
}
