package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/crypto/ssh"
)

// mostText limits checksums, a signature and allowed signers, in bytes.
const mostText = 1 << 20

// check checks a release as who received it: first the signature, then every file. It names each file that is wrong.
func check(o options, out io.Writer) error {
	dir, allowedFile := o.check, o.allowed
	for _, name := range []string{sumsFile, signatureFile} {
		if err := regular(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	sums, err := readText(filepath.Join(dir, sumsFile))
	if err != nil {
		return err
	}
	armored, err := readText(filepath.Join(dir, signatureFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is not signed: it has no %s. Do not use it, unless you make it yourself and compare", dir, signatureFile)
	}
	if err != nil {
		return err
	}
	text, err := readText(allowedFile)
	if err != nil {
		return err
	}
	allowed, err := readAllowed(text)
	if err != nil {
		return fmt.Errorf("%s: %w", allowedFile, err)
	}
	by, err := allowed.verify(sums, armored, o.signer)
	if err != nil {
		return fmt.Errorf("the signature of %s: %w. Do not use this release", sumsFile, err)
	}
	listed, err := readSums(sums)
	if err != nil {
		return err
	}
	version, err := versionOf(listed)
	if err != nil {
		return err
	}
	if o.version != "" && o.version != version {
		return fmt.Errorf("%s is the release %s, not %s: an old one that is signed may have been put in the place of the new one", dir, version, o.version)
	}
	if err := compare(dir, listed); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: the %d files of %s are those that %s signed (%s)\n", dir, len(listed), version, by.name, ssh.FingerprintSHA256(by.key))
	return nil
}

func readText(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostText+1))
	if err == nil && len(b) > mostText {
		err = fmt.Errorf("%s has more than %d bytes", file, mostText)
	}
	return b, err
}

// compare reads each file, and looks for others in the folder, which are not signed.
func compare(dir string, sums map[string]string) error {
	var wrong []error
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		switch sum, err := sumOf(filepath.Join(dir, name)); {
		case err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %w: get the release again", name, err))
		case sum != sums[name]:
			wrong = append(wrong, fmt.Errorf("%s is not what was signed: its SHA-256 is %s, not %s. Do not use it: get the release again", name, sum, sums[name]))
		}
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != sumsFile && e.Name() != signatureFile && sums[e.Name()] == "" {
			wrong = append(wrong, fmt.Errorf("%q is not in %s: it is not of this release", e.Name(), sumsFile))
		}
	}
	return errors.Join(append(wrong, err)...)
}

// regular refuses a link, whose target could be another one after the check, and a pipe, which has no end.
func regular(file string) error {
	info, err := os.Lstat(file)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", filepath.Base(file))
	}
	return err
}

func sumOf(file string) (string, error) {
	if err := regular(file); err != nil {
		return "", err
	}
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
