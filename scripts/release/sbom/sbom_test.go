package sbom

import (
	"bytes"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

func example() Release {
	a := &debug.Module{Path: "example.com/a", Version: "v0.1.0", Sum: "h1:a="}
	b := &debug.Module{Path: "example.com/b", Version: "v1.2.3", Sum: "h1:b="}
	fork := &debug.Module{Path: "example.com/old", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/new", Version: "v1.0.1+incompatible", Sum: "h1:new="}}
	return Release{"v0.1.0", "0123456789abcdef0123456789abcdef01234567", time.Date(2026, 11, 30, 13, 0, 0, 0, time.FixedZone("CET", 3600)), []Executable{
		{"linux.tar.gz:curfew", [32]byte{1}, &debug.BuildInfo{GoVersion: "go1.26.8 X:nothing", Deps: []*debug.Module{b, a}}},
		{"lambda.zip:api/bootstrap", [32]byte{2}, &debug.BuildInfo{GoVersion: "go1.26.8", Deps: []*debug.Module{a, fork}}},
	}}
}

func TestTheDocumentSaysWhatIsInEachExecutable(t *testing.T) {
	first, err := Make(example())
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		SerialNumber string
		Metadata     struct{ Timestamp string }
		Components   []struct {
			Ref    string `json:"bom-ref"`
			PURL   string
			Hashes []struct{ Content string }
		}
		Dependencies []struct {
			Ref       string
			DependsOn []string
		}
	}
	if err := json.Unmarshal(first, &bom); err != nil {
		t.Fatal(err)
	}
	var refs []string
	for _, c := range bom.Components {
		refs = append(refs, c.Ref)
	}
	want := []string{"lambda.zip:api/bootstrap@v0.1.0", "linux.tar.gz:curfew@v0.1.0", "pkg:golang/example.com/a@v0.1.0", "pkg:golang/example.com/b@v1.2.3", "pkg:golang/example.com/new@v1.0.1%2Bincompatible", "pkg:golang/stdlib@1.26.8"}
	if !slices.Equal(refs, want) || bom.Metadata.Timestamp != "2026-11-30T12:00:00Z" || !strings.HasPrefix(bom.SerialNumber, "urn:uuid:") || !strings.HasPrefix(bom.Components[1].Hashes[0].Content, "0100") {
		t.Errorf("%+v", bom)
	}
	uses := map[string][]string{}
	for _, d := range bom.Dependencies {
		uses[d.Ref] = d.DependsOn
	}
	if len(uses) != 7 || !slices.Equal(uses["curfew@v0.1.0"], want[:2]) || !slices.Equal(uses[want[0]], []string{want[2], want[4], want[5]}) || !slices.Equal(uses[want[1]], []string{want[2], want[3], want[5]}) {
		t.Errorf("%v", uses)
	}
	other := example()
	slices.Reverse(other.Executables)
	if again, err := Make(other); err != nil || !bytes.Equal(again, first) {
		t.Errorf("the order of executables changes the bytes, or %v", err)
	}
	other.Revision = strings.Repeat("f", 40)
	if again, err := Make(other); err != nil || bytes.Contains(again, []byte(bom.SerialNumber)) {
		t.Errorf("another document has the same serial number, or %v", err)
	}
}

// What is not known is no bill of materials.
func TestUnknownMaterialsAreRefused(t *testing.T) {
	for want, info := range map[string]*debug.BuildInfo{
		"has no build information":                                   nil,
		"has no build information of":                                {},
		"contains the module example.com/local without a version":    {GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/b", Version: "v1.0.0", Replace: &debug.Module{Path: "example.com/local"}}}},
		"contains the module example.com/unsummed without a version": {GoVersion: "go1.26.8", Deps: []*debug.Module{{Path: "example.com/unsummed", Version: "v1.0.0"}}},
	} {
		if _, err := Make(Release{Version: "v0.1.0", Executables: []Executable{{Name: "curfew", Info: info}}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q in it", err, want)
		}
	}
}
