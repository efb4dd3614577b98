package ocsftest

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestQuoteIsOfTheSchema reads the schema in the directory CURFEW_OCSF, of https://github.com/ocsf/ocsf-schema.
func TestQuoteIsOfTheSchema(t *testing.T) {
	root := os.Getenv("CURFEW_OCSF")
	if root == "" {
		t.Skip("set CURFEW_OCSF to a directory with the schema")
	}
	dictionary := readAttributes(t, filepath.Join(root, "dictionary.json"))
	for name, quoted := range Read(t).objects {
		if quoted.Since != "" {
			continue
		}
		known := find(t, name, filepath.Join(root, "objects"), filepath.Join(root, "events/findings"), filepath.Join(root, "events/iam"), filepath.Join(root, "events/application"))
		var required []string
		for member, a := range known {
			if a.Requirement == "required" && a.Profile == "" {
				required = append(required, member)
			}
		}
		slices.Sort(required)
		if !slices.Equal(required, quoted.Required) {
			t.Errorf("%s requires %q, and the quote %q", name, required, quoted.Required)
		}
		for _, member := range quoted.Members {
			a, there := known[member]
			of := dictionary[member]
			if a.Type != "" {
				of.Type = a.Type
			}
			if of.IsArray {
				of.Type += "[]"
			}
			if !there || of.Type != quoted.Types[member] {
				t.Errorf("%s.%s: there %v, of type %s, and in the quote %s", name, member, there, of.Type, quoted.Types[member])
			}
			for number, caption := range quoted.Captions[member] {
				if got := cmp.Or(a.Enum[number].Caption, of.Enum[number].Caption); got != caption && !strings.HasSuffix(member, "_uid") {
					t.Errorf("%s.%s: %s means %q, and in the quote %q", name, member, number, got, caption)
				}
			}
		}
	}
}

type attribute struct {
	Type, Requirement, Profile string
	IsArray                    bool `json:"is_array"`
	Enum                       map[string]struct{ Caption string }
}

func readAttributes(t *testing.T, file string) map[string]attribute {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Extends    string
		Attributes map[string]json.RawMessage
	}
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(file, err)
	}
	all := map[string]attribute{}
	if dir := filepath.Dir(file); d.Extends != "" {
		all = find(t, d.Extends, dir, filepath.Join(dir, ".."))
	}
	for member, raw := range d.Attributes {
		if member == "$include" {
			include(t, file, raw, all)
			continue
		}
		a := all[member]
		a.Profile = ""
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatal(file, member, err)
		}
		all[member] = a
	}
	return all
}

func include(t *testing.T, file string, raw json.RawMessage, all map[string]attribute) {
	t.Helper()
	var files []string
	if err := json.Unmarshal(raw, &files); err != nil {
		t.Fatal(file, err)
	}
	for _, f := range files {
		for member, a := range readAttributes(t, filepath.Join(rootOf(filepath.Dir(file)), f)) {
			if _, own := all[member]; !own {
				a.Profile = f
				all[member] = a
			}
		}
	}
}

// rootOf returns the directory above with the dictionary.
func rootOf(dir string) string {
	for range 4 {
		if _, err := os.Stat(filepath.Join(dir, "dictionary.json")); err == nil {
			return dir
		}
		dir = filepath.Join(dir, "..")
	}
	return dir
}

// find reads what is named in the first directory that has it.
func find(t *testing.T, name string, dirs ...string) map[string]attribute {
	t.Helper()
	for _, dir := range dirs {
		file := filepath.Join(dir, name+".json")
		if _, err := os.Stat(file); err == nil {
			return readAttributes(t, file)
		}
	}
	t.Fatalf("the schema has no %s", name)
	return nil
}
