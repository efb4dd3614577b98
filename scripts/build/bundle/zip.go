package bundle

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Zip makes a zip of these files, by their paths: in order, without times, with the modes that mode returns.
func Zip(files map[string][]byte, mode func(path string) fs.FileMode) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, path := range slices.Sorted(maps.Keys(files)) {
		h := &zip.FileHeader{Name: filepath.ToSlash(path), Method: zip.Deflate}
		h.SetMode(mode(path))
		w, err := z.CreateHeader(h)
		if err != nil {
			return nil, err
		}
		if _, err := w.Write(files[path]); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}

const (
	most          = 200 << 20 // bytes of one executable of a release
	mostFunctions = 50
)

// Read returns the executables of a release's zip of functions, whose paths are FUNCTION/bootstrap.
func Read(file string) (Executables, error) {
	r, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("the functions: %w", err)
	}
	defer r.Close()
	made := Executables{}
	for _, f := range r.File {
		name, rest, _ := strings.Cut(f.Name, "/")
		if rest != "bootstrap" {
			continue
		}
		if !isFunction.MatchString(name) || f.UncompressedSize64 > most || made[name] != nil || len(made) == mostFunctions {
			return nil, fmt.Errorf("%s: %q is no function: take the zip of a release, and check it first", file, f.Name)
		}
		if made[name], err = content(f); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", file, f.Name, err)
		}
	}
	if len(made) == 0 {
		return nil, fmt.Errorf("%s has no functions: take the zip of a release whose name ends in lambda-arm64.zip", file)
	}
	return made, nil
}

var isFunction = regexp.MustCompile(`^[a-z]{1,20}$`)

func content(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}

// Mode is that of a file of a function: Lambda runs its bootstrap.
func Mode(path string) fs.FileMode {
	if filepath.Base(path) == "bootstrap" {
		return 0o755
	}
	return 0o644
}
