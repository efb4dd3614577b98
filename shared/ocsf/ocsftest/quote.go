// Package ocsftest compares events with OCSF, as testdata/ocsf.json quotes it.
package ocsftest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"curfew/shared/ocsf"
)

//go:embed testdata/ocsf.json
var text []byte

// Quote is what we use of the schema.
type Quote struct{ objects map[string]object }

// object is one object or class of OCSF.
type object struct {
	Members, Required []string
	AtLeastOne        []string `json:"at_least_one"`
	Types             map[string]string
	Captions          map[string]map[string]string
	// Since is the version that has it first, if drafts lack it. Those that have it as a member quote its type alone.
	Since string
}

func Read(t *testing.T) Quote {
	t.Helper()
	var s struct {
		Version string
		Objects map[string]object
	}
	if err := json.Unmarshal(text, &s); err != nil || s.Version != ocsf.Version {
		t.Fatalf("version %q, want %q: %v", s.Version, ocsf.Version, err)
	}
	return Quote{s.Objects}
}

// Check compares an object with its members, types, required ones, and the meanings of its numbers.
func (q Quote) Check(t *testing.T, name string, v any) {
	t.Helper()
	is, ok := v.(map[string]any)
	known, quoted := q.objects[name]
	if !ok || !quoted {
		t.Fatalf("%s is %T, and quoted: %v", name, v, quoted)
	}
	for member, value := range is {
		of, array := strings.CutSuffix(known.Types[member], "[]")
		all, isArray := value.([]any)
		if of == "" || array != isArray {
			t.Errorf("%s.%s is %v, want a %s", name, member, value, known.Types[member])
		}
		if !isArray {
			all = []any{value}
		}
		for _, one := range all {
			q.value(t, name+"."+member, of, one)
		}
		if captions := known.Captions[member]; captions != nil {
			caption := captions[fmt.Sprint(value)]
			if sibling := is[strings.TrimSuffix(member, "_id")]; caption == "" || sibling != nil && strings.HasSuffix(member, "_id") && sibling != caption {
				t.Errorf("%s.%s is %v, which means %q, beside %v", name, member, value, caption, sibling)
			}
		}
	}
	for _, member := range known.Required {
		if is[member] == nil {
			t.Errorf("%s: %q is missing", name, member)
		}
	}
	if len(known.AtLeastOne) > 0 && !slices.ContainsFunc(known.AtLeastOne, func(m string) bool { return is[m] != nil }) {
		t.Errorf("%s: want at least one of %q", name, known.AtLeastOne)
	}
}

func (q Quote) value(t *testing.T, at, of string, v any) {
	t.Helper()
	ok := true
	switch of {
	case "integer_t", "long_t", "timestamp_t":
		_, ok = v.(float64)
	case "boolean_t":
		_, ok = v.(bool)
	case "string_t", "resource_uid_t", "username_t", "ip_t":
		_, ok = v.(string)
	default:
		q.Check(t, of, v)
	}
	if !ok {
		t.Errorf("%s is %v, want a %s", at, v, of)
	}
}
