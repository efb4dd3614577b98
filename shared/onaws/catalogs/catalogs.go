// Package catalogs reads the newest and some older catalogs packed with a function. It is not part of onaws: functions
// that end access have no catalog and must not wait for one.
package catalogs

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/release"
)

// newestFile is the newest catalog; older ones are named by their hash.
const newestFile = "catalog.json"

// maxCatalog limits a canonical catalog in bytes.
const maxCatalog = 4 << 20

// Load makes a service decide by the packed catalogs, and adds the newest one's operators.
func Load(f *onaws.Function, s *access.Service, c onaws.CatalogConfig) (*catalog.Set, error) {
	return load(f, s, c, nil)
}

func load(f *onaws.Function, s *access.Service, c onaws.CatalogConfig, d release.Deployments) (*catalog.Set, error) {
	set, err := readCatalogs(c)
	if err != nil {
		return nil, err
	}
	f.Catalog = set.Newest().Hash()
	r := release.New(s, set, c.CatalogSignature == "on")
	r.Deployments = d
	s.Decider, s.Catalogs = set, r
	s.Settings.QuarantineForeign = set.Newest().QuarantinesForeign()
	s.Settings.Operators = slices.Concat(s.Settings.Operators, set.Newest().Operators())
	return set, nil
}

func readCatalogs(c onaws.CatalogConfig) (*catalog.Set, error) {
	newest, err := readCatalog(filepath.Join(c.Catalogs, newestFile))
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(c.Catalogs, "*.json"))
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "listing the catalogs: %w", err)
	}
	var older []*catalog.Catalog
	for _, file := range files {
		if filepath.Base(file) == newestFile {
			continue
		}
		c, err := readCatalog(file)
		if err != nil {
			return nil, err
		}
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); name != c.Hash() {
			return nil, fault.Errorf(fault.Invalid, "catalog %s has the hash %s: it must be the file's name", file, c.Hash())
		}
		older = append(older, c)
	}
	return catalog.NewSet(newest, older...), nil
}

func readCatalog(file string) (*catalog.Catalog, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "no catalog found at %s", file)
	}
	if info.Size() > maxCatalog {
		return nil, fault.Errorf(fault.Invalid, "catalog %s has %d bytes: at most %d are allowed", file, info.Size(), maxCatalog)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "reading catalog %s: %w", file, err)
	}
	c, err := catalog.Decode(b)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "%s: %w", file, err)
	}
	return c, nil
}
