package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func (r repository) built() (machine string, err error) {
	var missing []string
	for _, f := range functions() {
		if _, err := os.Stat(filepath.Join(r.asset(f.name), "bootstrap")); err != nil {
			missing = append(missing, f.name)
		} else if _, err := os.Stat(filepath.Join(r.asset(f.name), "catalog", "catalog.json")); f.catalog && err != nil {
			missing = append(missing, f.name+"'s catalog")
		}
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("%s not built: run go run ./scripts/build first", strings.Join(missing, ", "))
	}
	return r.definition()
}

// definition is deployed byte for byte as it was tested.
func (r repository) definition() (string, error) {
	b, err := os.ReadFile(filepath.Join(r.root, "statemachines", "elevation.asl.json"))
	if err != nil {
		return "", fmt.Errorf("the state machine: %w", err)
	}
	if !json.Valid(b) {
		return "", errors.New("the state machine: statemachines/elevation.asl.json is no JSON")
	}
	return string(b), nil
}
