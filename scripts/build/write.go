package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"curfew/scripts/build/bundle"
)

// mostZip is the maximum size of a function's zip. A larger one starts slower, and contains something unexpected. Archive writes
// Parquet, and its callers wait for no answer.
func mostZip(function string) int {
	if function == "archive" {
		return 10_000_000
	}
	return 6_500_000
}

// write brings dist up to date and prints the table. A zip over most of its function is an error.
// It returns the zips by their names, which have their SHA-256: another zip is another object in a bucket.
func write(dir string, made bundle.Executables, cats catalogs, most func(function string) int, out io.Writer) (map[string][]byte, error) {
	var failed []error
	zips := map[string][]byte{}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "function\tbytes\tzip bytes\t")
	for _, name := range slices.Sorted(maps.Keys(made)) {
		files := map[string][]byte{"bootstrap": made[name]}
		if needsCatalog()[name] {
			for file, b := range cats {
				files[filepath.Join("catalog", file)] = b
			}
		}
		if err := bringUp(filepath.Join(dir, name), files); err != nil {
			return nil, err
		}
		zipped, err := bundle.Zip(files, bundle.Mode)
		if err != nil {
			return nil, err
		}
		size := len(zipped)
		zips[fmt.Sprintf("%s-%x.zip", name, sha256.Sum256(zipped))] = zipped
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", name, len(made[name]), size)
		if size > most(name) {
			failed = append(failed, fmt.Errorf("%s: its zip has %d bytes, more than %d", name, size, most(name)))
		}
	}
	return zips, errors.Join(append(failed, w.Flush())...)
}

// bringUp makes a folder contain exactly these files. It does not touch unchanged files.
func bringUp(dir string, files map[string][]byte) error {
	if err := removeOthers(dir, files); err != nil {
		return err
	}
	for name, b := range files {
		path := filepath.Join(dir, name)
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, b) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path+".new", b, bundle.Mode(name)); err != nil {
			return err
		}
		if err := os.Rename(path+".new", path); err != nil {
			return err
		}
	}
	return nil
}

func removeOthers(dir string, files map[string][]byte) error {
	return filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || files[name] != nil {
			return err
		}
		return os.Remove(path)
	})
}
