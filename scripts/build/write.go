package main

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
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
func write(dir string, made bootstraps, cats catalogs, most func(function string) int, out io.Writer) error {
	var failed []error
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
			return err
		}
		size, err := zipped(files)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t\n", name, len(made[name]), size)
		if size > most(name) {
			failed = append(failed, fmt.Errorf("%s: its zip has %d bytes, more than %d", name, size, most(name)))
		}
	}
	return errors.Join(append(failed, w.Flush())...)
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
		if err := os.WriteFile(path+".new", b, modeOf(name)); err != nil {
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

func modeOf(name string) os.FileMode {
	if name == "bootstrap" {
		return 0o755
	}
	return 0o644
}

// zipped is the size of a zip of these files: in order, without times.
func zipped(files map[string][]byte) (int, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &zip.FileHeader{Name: filepath.ToSlash(name), Method: zip.Deflate}
		h.SetMode(modeOf(name))
		w, err := z.CreateHeader(h)
		if err != nil {
			return 0, err
		}
		if _, err := w.Write(files[name]); err != nil {
			return 0, err
		}
	}
	err := z.Close()
	return b.Len(), err
}
