package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"curfew/scripts/build/bundle"
	"curfew/shared/catalog"
)

func TestWhatIsAsItShouldBeIsNotTouched(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "f")
	files := map[string][]byte{"bootstrap": []byte("a"), "catalog/catalog.json": []byte("b")}
	if err := bringUp(dir, files); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Add(-time.Hour).Truncate(time.Second)
	for name := range files {
		if err := os.Chtimes(filepath.Join(dir, name), before, before); err != nil {
			t.Fatal(err)
		}
	}
	files["catalog/catalog.json"] = []byte("c")
	if err := os.WriteFile(filepath.Join(dir, "catalog", "old.json"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := bringUp(dir, files); err != nil {
		t.Fatal(err)
	}
	kept, err := os.Stat(filepath.Join(dir, "bootstrap"))
	if err != nil || !kept.ModTime().Equal(before) || kept.Mode().Perm() != 0o755 {
		t.Errorf("bootstrap = %v, %v, want it untouched and executable", kept, err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "catalog", "catalog.json")); string(b) != "c" || err != nil {
		t.Errorf("catalog = %q, %v, want the new one", b, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "catalog", "old.json")); err == nil {
		t.Error("old.json is still there")
	}
}

func TestOlderCatalogsArePackedByTheirHash(t *testing.T) {
	example, err := catalog.Load(catalog.Example())
	if err != nil {
		t.Fatal(err)
	}
	older := t.TempDir()
	packed, err := readCatalogs("", filepath.Join(older, "absent"), false)
	if err != nil || len(packed) != 1 || string(packed["catalog.json"]) != string(example.JSON()) {
		t.Errorf("%d catalogs, %v, want the example alone", len(packed), err)
	}
	if packed, err = readCatalogs("", older, true); err != nil || len(packed) != 1 {
		t.Errorf("%d catalogs, %v, want the kept one not twice", len(packed), err)
	}
	if _, err := os.Stat(filepath.Join(older, example.Hash()+".json")); err != nil {
		t.Errorf("the catalog was not kept: %v", err)
	}
	if err := os.WriteFile(filepath.Join(older, "other.json"), example.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readCatalogs("", older, false); err == nil || !strings.Contains(err.Error(), "rename it to") {
		t.Errorf("error = %v, want a catalog under another's name refused", err)
	}
}

func TestTheNameOfAZipHasItsHash(t *testing.T) {
	names := map[string]bool{}
	for _, code := range []string{"a", "b", "a"} {
		zips, err := write(t.TempDir(), bundle.Executables{"revoke": []byte(code)}, nil, mostZip, io.Discard)
		if err != nil || len(zips) != 1 {
			t.Fatalf("%d zips, %v", len(zips), err)
		}
		for name, b := range zips {
			if name != fmt.Sprintf("revoke-%x.zip", sha256.Sum256(b)) {
				t.Errorf("name = %s", name)
			}
			names[name] = true
		}
	}
	if len(names) != 2 {
		t.Errorf("names = %v, want one for each code", names)
	}
}

// TestAReleaseIsDeployedWithoutACompiler: with the deployer's own catalog, and with zips to be signed or without.
func TestAReleaseIsDeployedWithoutACompiler(t *testing.T) {
	dir := t.TempDir()
	b, err := bundle.Zip(map[string][]byte{"api/bootstrap": []byte("api"), "revoke/bootstrap": []byte("revoke"), "LICENSE": nil}, bundle.Mode)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "lambda.zip"), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	dist := filepath.Join(dir, "dist")
	for _, zips := range []int{2, 0} {
		args := []string{"-functions", filepath.Join(dir, "lambda.zip"), "-out", dist, "-older", filepath.Join(dir, "none")}
		if zips > 0 {
			args = append(args, "-zips")
		}
		var out strings.Builder
		if code := run(t.Context(), args, &out, &out); code != 0 {
			t.Fatalf("exit %d: %s", code, &out)
		}
		if b, err := os.ReadFile(filepath.Join(dist, "revoke", "bootstrap")); string(b) != "revoke" || err != nil {
			t.Errorf("revoke is %q, %v", b, err)
		}
		if _, err := os.Stat(filepath.Join(dist, "api", "catalog", "catalog.json")); err != nil {
			t.Error(err)
		}
		if found, err := filepath.Glob(filepath.Join(dist, "zips", "*.zip")); len(found) != zips || err != nil {
			t.Errorf("zips %v, %v, want %d", found, err, zips)
		}
	}
}
