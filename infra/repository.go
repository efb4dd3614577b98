package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

type repository struct{ root string }

func (r repository) asset(function string) string { return filepath.Join(r.root, "dist", function) }

func (r repository) readLake() (lake, error) {
	var l lake
	b, err := os.ReadFile(filepath.Join(r.root, "dist", "lake.json"))
	if err == nil {
		err = json.Unmarshal(b, &l)
	}
	if err != nil {
		return l, fmt.Errorf("the lake: %w: run go run ./scripts/build first", err)
	}
	return l, nil
}

func (r repository) readCatalog() (catalog, error) {
	var c catalog
	b, err := os.ReadFile(filepath.Join(r.asset("trigger"), "catalog", "catalog.json"))
	if err != nil {
		return c, fmt.Errorf("the catalog: %w", err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("the catalog: %w", err)
	}
	return c, c.check()
}
