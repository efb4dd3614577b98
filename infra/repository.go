package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// repository is where the files lie that this module reads.
type repository struct{ root string }

// asset is the folder of a built function: its bootstrap, and the catalogs if it needs them.
func (r repository) asset(function string) string { return filepath.Join(r.root, "dist", function) }

// readCatalog reads the newest catalog beside the function trigger.
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
