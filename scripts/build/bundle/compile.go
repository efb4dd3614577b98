// Package bundle compiles executables whose bytes depend on the source alone, and zips what is deployed.
package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Compiler builds for one system. Paths, times, users and repository state stay out of the bytes: -trimpath,
// -buildvcs=false, and the version by name.
type Compiler struct {
	Root, GOOS, Arch, Version string
	Errs                      io.Writer
}

// Executables are by the names of their files.
type Executables map[string][]byte

// Functions builds every folder of functions with a main, with one go command, so that shared packages compile once.
func (c Compiler) Functions(ctx context.Context, env ...string) (Executables, error) {
	return c.build(ctx, "lambda.norpc", []string{"curfew/shared/onaws.version=" + c.Version}, "./functions/...", env)
}

// Program builds one command. Variables are of the form package.name=value.
func (c Compiler) Program(ctx context.Context, pkg string, variables []string, env ...string) (Executables, error) {
	return c.build(ctx, "", variables, pkg, env)
}

func (c Compiler) build(ctx context.Context, tags string, variables []string, pkg string, env []string) (Executables, error) {
	dir, err := os.MkdirTemp("", "curfew-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	flags := "-s -w -buildid="
	for _, v := range variables {
		flags += " -X " + v
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "-tags", tags, "-trimpath", "-buildvcs=false", "-ldflags", flags, pkg)
	cmd.Dir, cmd.Stderr = c.Root, c.Errs
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+c.GOOS, "GOARCH="+c.Arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	made := Executables{}
	for _, e := range entries {
		if made[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	if len(made) == 0 {
		return nil, errors.New("no main package found in " + strings.TrimSuffix(pkg, "..."))
	}
	return made, nil
}

// FunctionsAgain builds the functions in another folder and compares. It has its own build cache: a package unchanged
// since the last time was compiled twice then.
func (c Compiler) FunctionsAgain(ctx context.Context, made Executables) error {
	dir, err := os.MkdirTemp("", "curfew-again-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	elsewhere := c
	elsewhere.Root = filepath.Join(dir, "source")
	if err := c.copySource(elsewhere.Root); err != nil {
		return fmt.Errorf("copying the source: %w", err)
	}
	cache, err := OtherCache()
	if err != nil {
		return err
	}
	other, err := elsewhere.Functions(ctx, cache)
	if err != nil {
		return err
	}
	for name, b := range made {
		if !bytes.Equal(b, other[name]) {
			return fmt.Errorf("%s: two builds of the same source differ", name)
		}
	}
	return nil
}

// OtherCache is a setting of the environment: another build cache than go's own.
func OtherCache() (string, error) {
	caches, err := os.UserCacheDir()
	return "GOCACHE=" + filepath.Join(caches, "curfew", "build-again"), err
}

// copySource copies what the functions are made of.
func (c Compiler) copySource(to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, part := range []string{"functions", "shared", "statemachines", "events"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(c.Root, part))); err != nil {
			return err
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		b, err := fs.ReadFile(os.DirFS(c.Root), file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, file), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
