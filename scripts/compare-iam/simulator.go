package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"curfew/shared/iampolicy"
)

const npmPackage = "@cloud-copilot/iam-simulate@0.1.173"

//go:embed driver.mjs
var driver []byte

// simulator is the package in a temporary folder of its own.
type simulator struct{ dir string }

func install(ctx context.Context) (simulator, error) {
	dir, err := os.MkdirTemp("", "compare-iam-")
	if err != nil {
		return simulator{}, err
	}
	s := simulator{dir}
	npm := exec.CommandContext(ctx, "npm", "i", "--silent", "--no-audit", "--no-fund", "--prefix", dir, npmPackage)
	if out, err := npm.CombinedOutput(); err != nil {
		s.remove()
		return simulator{}, fmt.Errorf("installing %s: %w\n%s", npmPackage, err, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "driver.mjs"), driver, 0o600); err != nil {
		s.remove()
		return simulator{}, err
	}
	return s, nil
}

// remove leaves nothing behind; what it cannot remove is in the temporary folder.
func (s simulator) remove() { _ = os.RemoveAll(s.dir) }

// simulate runs the driver over all cases, in one process.
func (s simulator) simulate(ctx context.Context, cases []Case) ([]iampolicy.Outcome, error) {
	var in bytes.Buffer
	encoder := json.NewEncoder(&in)
	for _, c := range cases {
		if err := encoder.Encode(c); err != nil {
			return nil, err
		}
	}
	node := exec.CommandContext(ctx, "node", "driver.mjs")
	node.Dir, node.Stdin, node.Stderr = s.dir, &in, os.Stderr
	out, err := node.Output()
	if err != nil {
		return nil, fmt.Errorf("running the driver: %w", err)
	}
	var all []iampolicy.Outcome
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		all = append(all, iampolicy.Outcome(lines.Text()))
	}
	if len(all) != len(cases) {
		return nil, fmt.Errorf("the driver answered %d of %d cases", len(all), len(cases))
	}
	return all, nil
}
