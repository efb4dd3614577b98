package catalogs

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

func TestTheCatalogsBesideAFunction(t *testing.T) {
	example, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	named := example.Hash() + ".json"
	for name, c := range map[string]struct {
		files map[string][]byte
		want  string // in the error; empty: read
	}{
		"the newest":           {map[string][]byte{"catalog.json": example.JSON()}, ""},
		"with one by its hash": {map[string][]byte{"catalog.json": example.JSON(), named: example.JSON()}, ""},
		"none":                 {nil, "no catalog found"},
		"only an older one":    {map[string][]byte{named: example.JSON()}, "no catalog found"},
		"changed":              {map[string][]byte{"catalog.json": bytes.Replace(example.JSON(), []byte("30"), []byte("31"), 1)[1:]}, "reading a catalog"},
		"under another's name": {map[string][]byte{"catalog.json": example.JSON(), strings.Repeat("0", 64) + ".json": example.JSON()}, "must be the file's name"},
		"far too large":        {map[string][]byte{"catalog.json": make([]byte, maxCatalog+1)}, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, b := range c.files {
				if err := os.WriteFile(filepath.Join(dir, file), b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			f := &onaws.Function{Log: onaws.NewLog(&bytes.Buffer{}, "test")}
			s := f.Service(onaws.InstallationConfig{Name: "curfew", Operators: []string{"group:more"}})
			_, err := Load(f, s, onaws.CatalogConfig{Catalogs: dir})
			if c.want != "" {
				if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error = %v, want Invalid with %q", err, c.want)
				}
				return
			}
			if err != nil || f.Catalog != example.Hash() {
				t.Fatalf("catalog = %s, %v, want %s", f.Catalog, err, example.Hash())
			}
			if want := append([]string{"group:more"}, example.Operators()...); !slices.Equal(s.Settings.Operators, want) {
				t.Errorf("operators = %v, want %v", s.Settings.Operators, want)
			}
		})
	}
}
