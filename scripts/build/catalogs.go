package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"curfew/shared/catalog"
)

// mostOlder limits the older catalogs in a package: each slows the cold start.
const mostOlder = 8

// catalogs are canonical forms by the names of their files, as package catalogs of onaws reads them.
type catalogs map[string][]byte

// readCatalogs checks the newest catalog and the older ones.
func readCatalogs(dir, older string, keep bool) (catalogs, error) {
	newest, err := loadCatalog(dir)
	if err != nil {
		return nil, fmt.Errorf("the catalog:\n%w", err)
	}
	if keep {
		if err := os.MkdirAll(older, 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(older, newest.Hash()+".json"), newest.JSON(), 0o644); err != nil {
			return nil, err
		}
	}
	packed := catalogs{"catalog.json": newest.JSON()}
	files, err := os.ReadDir(older)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		path := filepath.Join(older, f.Name())
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		c, err := catalog.Decode(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if f.Name() != c.Hash()+".json" {
			return nil, fmt.Errorf("%[1]s contains the catalog %[2]s: rename it to %[2]s.json", path, c.Hash())
		}
		if c.Hash() != newest.Hash() {
			packed[f.Name()] = b
		}
	}
	if len(packed)-1 > mostOlder {
		return nil, fmt.Errorf("%s has %d older catalogs, more than %d: delete those that no elevation names any more", older, len(packed)-1, mostOlder)
	}
	return packed, nil
}

func loadCatalog(dir string) (*catalog.Catalog, error) {
	if dir == "" {
		return catalog.Load(catalog.Example())
	}
	return catalog.LoadDir(dir)
}

// needsCatalog are the functions that decide, or tell a caller by it.
func needsCatalog() map[string]bool {
	return map[string]bool{"api": true, "decide": true, "grant": true, "reconcile": true, "trigger": true, "contain": true, "correlate": true, "backfill": true, "review": true}
}
