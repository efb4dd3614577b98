package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// source is the commit that is released.
type source struct {
	root, revision string
	at             time.Time // of the commit: the time of every file
}

// readSource refuses a tree with changes: others could not build it again.
func readSource(ctx context.Context, version string) (source, error) {
	mod, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return source{}, fmt.Errorf("asking go for the module: %w", err)
	}
	return readSourceIn(ctx, filepath.Dir(strings.TrimSpace(string(mod))), version)
}

func readSourceIn(ctx context.Context, root, version string) (source, error) {
	s := source{root: root}
	changes, err := git(ctx, root, "status", "--porcelain")
	if err != nil {
		return s, fmt.Errorf("%s is no git clone, or git may not read it: %w. Release from a clone", root, err)
	}
	if changes != "" {
		first, _, _ := strings.Cut(changes, "\n")
		return s, fmt.Errorf("the tree has changes (%s): a release is made of a commit that others can build. Commit or stash them", strings.TrimSpace(first))
	}
	if s.revision, err = git(ctx, root, "rev-parse", "HEAD"); err != nil {
		return s, err
	}
	seconds, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return s, err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return s, fmt.Errorf("git told %q as the time of a commit", seconds)
	}
	s.at = time.Unix(unix, 0).UTC()
	tagged, err := git(ctx, root, "rev-parse", "--verify", "--quiet", "refs/tags/"+version+"^{commit}")
	if err == nil && tagged != s.revision {
		return s, fmt.Errorf("the tag %s is of the commit %.12s, and this is %.12s: check out the tag, or choose another version", version, tagged, s.revision)
	}
	return s, nil
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).Output()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
		err = errors.New(strings.TrimSpace(string(failed.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}

// copyTo writes the commit, without what git ignores, to another folder.
func (s source) copyTo(ctx context.Context, dir string) (source, error) {
	b, err := exec.CommandContext(ctx, "git", "-C", s.root, "archive", "--format=tar", s.revision).Output()
	if err != nil {
		return s, fmt.Errorf("git archive: %w", err)
	}
	files := tar.NewReader(bytes.NewReader(b))
	for {
		h, err := files.Next()
		switch {
		case errors.Is(err, io.EOF):
			s.root = dir
			return s, nil
		case err != nil:
			return s, err
		case h.Typeflag != tar.TypeReg:
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			return s, err
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return s, err
		}
		if err := os.WriteFile(path, content, fs.FileMode(h.Mode)&0o755); err != nil {
			return s, err
		}
	}
}
