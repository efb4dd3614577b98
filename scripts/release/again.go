package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"curfew/scripts/build/bundle"
)

// again builds the commit in another folder with another cache, and compares every byte.
func again(ctx context.Context, files map[string][]byte, from source, version string, platforms []platform, out, errs io.Writer) error {
	dir, err := os.MkdirTemp("", "curfew-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	elsewhere, err := from.copyTo(ctx, dir)
	if err != nil {
		return err
	}
	cache, err := bundle.OtherCache()
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "again, in another folder with another cache")
	other, err := assemble(ctx, compiled{elsewhere, version, errs, []string{cache}}, elsewhere, version, platforms, out)
	if err != nil {
		return err
	}
	return same(files, other, out)
}

// same compares two builds, and prints how many files are equal.
func same(files, other map[string][]byte, out io.Writer) error {
	var differ []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !bytes.Equal(files[name], other[name]) {
			differ = append(differ, fmt.Errorf("%s: two builds of the same commit differ. Find what gets into the bytes: a path, a time or the order of a map", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if _, ok := files[name]; !ok {
			differ = append(differ, fmt.Errorf("%s: only the second build has it", name))
		}
	}
	fmt.Fprintf(out, "%d of %d files have the same bytes\n", len(files)-min(len(differ), len(files)), len(files))
	return errors.Join(differ...)
}
