package main

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
)

// compiler builds all functions with one go command, so that shared packages compile once.
type compiler struct {
	root, goos, arch, version string
	errs                      io.Writer
}

// bootstraps are the executables by the names of their functions.
type bootstraps map[string][]byte

// compile builds every folder of functions with a main. Paths, times, users and repository state stay out of the
// bytes: -trimpath, -buildvcs=false, and the version by name.
func (c compiler) compile(ctx context.Context, env ...string) (bootstraps, error) {
	dir, err := os.MkdirTemp("", "curfew-build-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator), "-tags", "lambda.norpc", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w -buildid= -X curfew/shared/onaws.version="+c.version, "./functions/...")
	cmd.Dir, cmd.Stderr = c.root, c.errs
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+c.goos, "GOARCH="+c.arch, "GOAMD64=v1", "GOARM64=v8.0", "GOFLAGS=", "GOEXPERIMENT=")
	cmd.Env = append(cmd.Env, env...)
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	made := bootstraps{}
	for _, e := range entries {
		if made[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	if len(made) == 0 {
		return nil, errors.New("no function found under functions/")
	}
	return made, nil
}

// again builds in another folder and compares. It has its own build cache: a package unchanged since the last time
// was compiled twice then.
func (c compiler) again(ctx context.Context, made bootstraps) error {
	dir, err := os.MkdirTemp("", "curfew-again-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	elsewhere := c
	elsewhere.root = filepath.Join(dir, "source")
	if err := c.copySource(elsewhere.root); err != nil {
		return fmt.Errorf("copying the source: %w", err)
	}
	caches, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	other, err := elsewhere.compile(ctx, "GOCACHE="+filepath.Join(caches, "curfew", "build-again"))
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

// copySource copies what the functions are made of.
func (c compiler) copySource(to string) error {
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for _, part := range []string{"functions", "shared", "statemachines", "events"} {
		if err := os.CopyFS(filepath.Join(to, part), os.DirFS(filepath.Join(c.root, part))); err != nil {
			return err
		}
	}
	for _, file := range []string{"go.mod", "go.sum"} {
		b, err := fs.ReadFile(os.DirFS(c.root), file)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, file), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
