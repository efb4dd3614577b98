package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

const (
	sumsFile      = "SHA256SUMS"
	signatureFile = sumsFile + ".sig"
)

// namespace keeps a signature from being one of something else.
// https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
const namespace = "curfew-release"

// writeSums writes the format of sha256sum.
func writeSums(files map[string][]byte) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(files[name]), name)
	}
	return b.Bytes()
}

// isSum has no path in it: a name leads to no other folder.
var isSum = regexp.MustCompile(`^([0-9a-f]{64})  ([A-Za-z0-9_][A-Za-z0-9._+-]{0,127})$`)

func readSums(b []byte) (map[string]string, error) {
	sums := map[string]string{}
	for line := range strings.Lines(string(b)) {
		m := isSum.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
		if m == nil || sums[m[2]] != "" {
			return nil, fmt.Errorf("%s: %.200q is no line of sha256sum, or names a file twice", sumsFile, line)
		}
		sums[m[2]] = m[1]
	}
	if len(sums) == 0 {
		return nil, errors.New(sumsFile + " is empty")
	}
	return sums, nil
}

// materials ends the name of the one file whose name has nothing else but the version.
const materials = "sbom.cdx.json"

func versionOf(sums map[string]string) (string, error) {
	var all []string
	for name := range sums {
		if version, ok := strings.CutSuffix(strings.TrimPrefix(name, "curfew-"), "-"+materials); ok {
			all = append(all, version)
		}
	}
	if len(all) != 1 {
		return "", fmt.Errorf("%s has %d bills of materials, not one: it is of no release of Curfew", sumsFile, len(all))
	}
	for name := range sums {
		if !strings.HasPrefix(name, "curfew-"+all[0]+"-") {
			return "", fmt.Errorf("%s has %s, which is not of the version %s: it is of no release of Curfew", sumsFile, name, all[0])
		}
	}
	return all[0], nil
}
