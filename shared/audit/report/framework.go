package report

import (
	"bytes"
	"embed"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"curfew/shared/fault"
)

//go:embed frameworks/*.yaml
var mappings embed.FS

// Framework maps the controls of a standard to figures.
type Framework struct {
	Name     string    `json:"name" yaml:"-"` // of its file
	Title    string    `json:"title" yaml:"title"`
	Edition  string    `json:"edition" yaml:"edition"`
	Source   string    `json:"source" yaml:"source"`
	Scope    string    `json:"scope" yaml:"scope"`
	Controls []Control `json:"controls" yaml:"controls"`
}

// Control is one control in Curfew's words, not those of its standard.
type Control struct {
	ID       string   `json:"id" yaml:"id"`
	Title    string   `json:"title" yaml:"title"`
	Does     string   `json:"does" yaml:"does"`         // what Curfew does; empty: nothing
	Evidence []string `json:"evidence" yaml:"evidence"` // ids of figures
	Gaps     string   `json:"gaps" yaml:"gaps"`         // what Curfew does not do
}

// Frameworks returns the names of all, sorted.
func Frameworks() (names []string) {
	files, err := mappings.ReadDir("frameworks")
	if err != nil {
		panic(err) // embedded
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".yaml"))
	}
	return names
}

// frameworksOf returns frameworks by name; no names: all.
func frameworksOf(wanted []string) ([]Framework, error) {
	if len(wanted) == 0 {
		wanted = Frameworks()
	}
	all := []Framework{}
	for _, name := range wanted {
		if !slices.Contains(Frameworks(), name) {
			return nil, fault.Errorf(fault.Invalid, "%q is no framework; there are %s", name, strings.Join(Frameworks(), ", "))
		}
		f, err := readFramework(name)
		if err != nil {
			return nil, fault.Wrap(err, "reading the framework %s", name)
		}
		all = append(all, f)
	}
	return all, nil
}

func readFramework(name string) (f Framework, err error) {
	b, err := mappings.ReadFile("frameworks/" + name + ".yaml")
	if err == nil {
		err = yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&f)
	}
	f.Name = name
	return f, err
}
