package oracles

import (
	"bytes"
	"crypto/sha256"
	"debug/buildinfo"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/jsonschema/v6"

	"curfew/scripts/release/sbom"
)

// TestBillOfMaterialsIsOfItsSchema: the official JSON schema of CycloneDX 1.6 accepts what is made of a real executable.
func TestBillOfMaterialsIsOfItsSchema(t *testing.T) {
	file := filepath.Join(t.TempDir(), "release")
	build := exec.CommandContext(t.Context(), "go", "build", "-C", "../..", "-o", file, "./scripts/release")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		t.Fatalf("go build: %v", err)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil || len(info.Deps) < 3 {
		t.Fatalf("%+v, %v", info, err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	document, err := sbom.Make(sbom.Release{Version: "v0.1.0", Revision: strings.Repeat("0", 40), At: time.Unix(1_800_000_000, 0),
		Executables: []sbom.Executable{{Name: "curfew-v0.1.0-linux-amd64.tar.gz:curfew", SHA256: sha256.Sum256(b), Info: info}}})
	if err != nil {
		t.Fatal(err)
	}
	schema := schemaOfCycloneDX(t)
	if err := validate(t, schema, document); err != nil {
		t.Errorf("%v\n%s", err, document)
	}
	for _, change := range [][2]string{{`"type": "library"`, `"type": "module"`}, {`"alg": "SHA-256"`, `"alg": "SHA256"`}, {`urn:uuid:`, `uuid:`}, {`"bomFormat"`, `"format"`}} {
		changed := bytes.Replace(document, []byte(change[0]), []byte(change[1]), 1)
		if bytes.Equal(changed, document) || validate(t, schema, changed) == nil {
			t.Errorf("with %s the schema accepts it, or it was not there", change[1])
		}
	}
	t.Logf("%d modules in %d bytes", len(info.Deps), len(document))
}

func validate(t *testing.T, schema *jsonschema.Schema, document []byte) error {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(v)
}

// schemaOfCycloneDX is in the module that writes the format, with the schemas that it names.
func schemaOfCycloneDX(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/CycloneDX/cyclonedx-go").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	const at = "http://cyclonedx.org/schema/"
	c := jsonschema.NewCompiler()
	for name, file := range map[string]string{"bom-1.6.schema.json": "bom-1.6.schema.json", "spdx.schema.json": "spdx.schema.json", "jsf-0.82.schema.json": "jsf-0.82.schemax.json"} {
		f, err := os.Open(filepath.Join(strings.TrimSpace(string(dir)), "schema", file))
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(f)
		_ = f.Close()
		if err == nil {
			err = c.AddResource(at+name, v)
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	s, err := c.Compile(at + "bom-1.6.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}
