// Package sbom writes a software bill of materials in CycloneDX 1.6: what executables were made of, by the build
// information that they contain.
// https://cyclonedx.org/docs/1.6/json/
package sbom

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// Executable is one file of a release.
type Executable struct {
	// Name is unique in the release: the archive, and the file in it.
	Name   string
	SHA256 [sha256.Size]byte
	// Info is read from the executable, not from the source.
	Info *debug.BuildInfo
}

// Release is what the document describes.
type Release struct {
	Version, Revision string
	At                time.Time // of the revision
	Executables       []Executable
}

const module = "curfew"

// Make writes the document. The same release has the same bytes.
func Make(r Release) ([]byte, error) {
	bom := cyclonedx.NewBOM()
	product := component(cyclonedx.ComponentTypeApplication, module, r.Version)
	product.Properties = &[]cyclonedx.Property{{Name: "vcs.revision", Value: r.Revision}}
	bom.Metadata = &cyclonedx.Metadata{Timestamp: r.At.UTC().Format(time.RFC3339), Component: &product}

	modules := map[string]cyclonedx.Component{}
	var parts, graph []cyclonedx.Dependency
	var executables []cyclonedx.Component
	var names []string
	sorted := slices.SortedFunc(slices.Values(r.Executables), func(a, b Executable) int { return cmp.Compare(a.Name, b.Name) })
	for _, e := range sorted {
		c, uses, err := e.describe(r.Version, modules)
		if err != nil {
			return nil, err
		}
		executables, names = append(executables, c), append(names, c.BOMRef)
		parts = append(parts, cyclonedx.Dependency{Ref: c.BOMRef, Dependencies: &uses})
	}
	all := executables
	for _, ref := range slices.Sorted(maps.Keys(modules)) {
		all = append(all, modules[ref])
		graph = append(graph, cyclonedx.Dependency{Ref: ref})
	}
	bom.Components = &all
	graph = slices.Concat([]cyclonedx.Dependency{{Ref: product.BOMRef, Dependencies: &names}}, parts, graph)
	bom.Dependencies = &graph
	// A random number, as is usual, would be other bytes each time.
	first, err := encode(bom)
	if err != nil {
		return nil, err
	}
	bom.SerialNumber = serial(first)
	return encode(bom)
}

// describe returns the executable, and the references of the modules that it contains, which it adds to modules.
func (e Executable) describe(version string, modules map[string]cyclonedx.Component) (cyclonedx.Component, []string, error) {
	c := component(cyclonedx.ComponentTypeApplication, e.Name, version)
	c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(e.SHA256[:])}}
	if e.Info == nil || e.Info.GoVersion == "" {
		return c, nil, fmt.Errorf("%s has no build information of Go: was it stripped by another tool?", e.Name)
	}
	standard := component(cyclonedx.ComponentTypeLibrary, "stdlib", strings.TrimPrefix(strings.Fields(e.Info.GoVersion)[0], "go"))
	standard.PackageURL = "pkg:golang/stdlib@" + standard.Version
	standard.BOMRef = standard.PackageURL
	modules[standard.BOMRef] = standard
	uses := []string{standard.BOMRef}
	for _, m := range e.Info.Deps {
		for m.Replace != nil {
			m = m.Replace
		}
		if m.Version == "" || m.Sum == "" {
			return c, nil, fmt.Errorf("%s contains the module %s without a version or checksum: a release is made of published modules", e.Name, m.Path)
		}
		library := component(cyclonedx.ComponentTypeLibrary, m.Path, m.Version)
		library.PackageURL = "pkg:golang/" + m.Path + "@" + strings.ReplaceAll(m.Version, "+", "%2B")
		library.BOMRef = library.PackageURL
		library.Properties = &[]cyclonedx.Property{{Name: "go.sum", Value: m.Sum}}
		modules[library.BOMRef] = library
		uses = append(uses, library.BOMRef)
	}
	slices.Sort(uses)
	return c, uses, nil
}

func component(kind cyclonedx.ComponentType, name, version string) cyclonedx.Component {
	return cyclonedx.Component{BOMRef: name + "@" + version, Type: kind, Name: name, Version: version}
}

func encode(bom *cyclonedx.BOM) ([]byte, error) {
	var b bytes.Buffer
	err := cyclonedx.NewBOMEncoder(&b, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bom, cyclonedx.SpecVersion1_6)
	return b.Bytes(), err
}

// serial is a UUID of version 8: of the content.
// https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-8
func serial(content []byte) string {
	sum := sha256.Sum256(content)
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return "urn:uuid:" + strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
