package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// tarball makes a tar.gz: in order, one time, no owner. Its gzip header has neither name nor time.
func tarball(files map[string][]byte, at time.Time) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	w := tar.NewWriter(z)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Typeflag: tar.TypeReg, Name: path, Mode: int64(mode(path)), Size: int64(len(files[path])), ModTime: at, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if _, err := w.Write(files[path]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	err = errors.Join(w.Close(), z.Close())
	return b.Bytes(), err
}

// absent refuses a folder that exists: files of two releases would be mixed.
func absent(dir string) error {
	switch _, err := os.Lstat(dir); {
	case err == nil:
		return fmt.Errorf("%s exists already: name a folder that does not, or remove it", dir)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	default:
		return err
	}
}

// writeFolder makes the folder in one step, when all files are written.
func writeFolder(dir string, files map[string][]byte) error {
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(parent, ".curfew-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), b, 0o644); err != nil {
			return err
		}
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	if err := absent(dir); err != nil {
		return err
	}
	return os.Rename(fresh, dir)
}
