package console

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is a JSON schema of openapi.json.
type schema struct {
	Ref                  string             `json:"$ref"`
	Type                 any                `json:"type"` // a name, or several
	Format, Pattern      string             `json:",omitempty"`
	Const                any                `json:"const"`
	Enum                 []any              `json:"enum"`
	Required             []string           `json:"required"`
	Properties           map[string]*schema `json:"properties"`
	Items                *schema            `json:"items"`
	AllOf, OneOf         []*schema          `json:",omitempty"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
}

// response is an answer of openapi.json.
type response struct {
	Ref     string `json:"$ref"`
	Content map[string]struct {
		Schema *schema `json:"schema"`
	} `json:"content"`
}

// apiDocument is what the stub needs of openapi.json.
type apiDocument struct {
	Paths map[string]map[string]struct {
		Responses map[string]response `json:"responses"`
	} `json:"paths"`
	Components struct {
		Schemas   map[string]*schema  `json:"schemas"`
		Responses map[string]response `json:"responses"`
	} `json:"components"`
}

func readDocument(t *testing.T) *apiDocument {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "shared", "httpapi", "openapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	// A path has members that are no operations.
	var loose struct {
		Paths      map[string]map[string]json.RawMessage `json:"paths"`
		Components json.RawMessage                       `json:"components"`
	}
	if err := json.Unmarshal(text, &loose); err != nil {
		t.Fatal(err)
	}
	for _, path := range loose.Paths {
		delete(path, "parameters")
	}
	text, err = json.Marshal(loose)
	if err != nil {
		t.Fatal(err)
	}
	d := &apiDocument{}
	if err := json.Unmarshal(text, d); err != nil {
		t.Fatal(err)
	}
	return d
}

// answers makes the answer of an operation from its schema. All its free text is from texts, one after the other; a map's names too.
type answers struct {
	document *apiDocument
	texts    []string
	wild     bool // states, digests and instants are from texts as well
	many     int  // items of a list at the top, or in it
	refuses  bool // all operations answer a problem

	next, flip int
}

// to returns the answer to a request, and false if the document has no such operation.
func (a *answers) to(method, path string) (any, bool) {
	for pattern, operations := range a.document.Paths {
		if !matches(pattern, path) {
			continue
		}
		o, there := operations[strings.ToLower(method)]
		if !there {
			continue
		}
		for _, status := range []string{"200", "201"} {
			r := o.Responses[status]
			if r.Ref != "" {
				r = a.document.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
			}
			if s := r.Content["application/json"].Schema; s != nil {
				return a.value(s, 0), true
			}
		}
	}
	return nil, false
}

// matches compares with a path such as /v1/elevations/{id}.
func matches(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return false
	}
	for i := range want {
		if want[i] != have[i] && !strings.HasPrefix(want[i], "{") {
			return false
		}
	}
	return true
}

func (a *answers) text() string {
	a.next++
	return a.texts[(a.next-1)%len(a.texts)]
}

func (a *answers) resolve(s *schema) *schema {
	for s.Ref != "" {
		s = a.document.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
	}
	return s
}

// members are the properties of an object, those of allOf included.
func (a *answers) members(s *schema) map[string]*schema {
	all := map[string]*schema{}
	for _, one := range append(slices.Clone(s.AllOf), s) {
		one = a.resolve(one)
		if one != s {
			for name, p := range a.members(one) {
				all[name] = p
			}
		}
		for name, p := range one.Properties {
			all[name] = p
		}
	}
	return all
}

// value is deep first: a list in a list has two items.
func (a *answers) value(s *schema, depth int) any {
	s = a.resolve(s)
	switch {
	case len(s.OneOf) > 0:
		return a.value(s.OneOf[0], depth)
	case s.Const != nil:
		return s.Const
	case len(s.Enum) > 0 && !a.wild:
		a.flip++
		return s.Enum[a.flip%len(s.Enum)]
	case len(s.AllOf) > 0 || len(s.Properties) > 0:
		return a.object(s, depth)
	}
	switch kind := fmt.Sprint(s.Type); {
	case kind == "integer" || kind == "number":
		return 7
	case kind == "boolean":
		a.flip++
		return a.flip%2 == 0
	case strings.Contains(kind, "array"):
		return a.list(s, depth)
	case kind == "object":
		return a.free(s, depth)
	}
	return a.string(s)
}

func (a *answers) object(s *schema, depth int) any {
	made := map[string]any{}
	members := a.members(s)
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if name != "next_cursor" { // there is no second page
			made[name] = a.value(members[name], depth+1)
		}
	}
	return made
}

func (a *answers) list(s *schema, depth int) any {
	n := 2
	if depth <= 1 {
		n = a.many
	}
	made := []any{}
	for range n {
		if s.Items == nil {
			made = append(made, a.text())
		} else {
			made = append(made, a.value(s.Items, depth+2))
		}
	}
	return made
}

// free is an object with any names: parameters, or a policy.
func (a *answers) free(s *schema, depth int) any {
	made := map[string]any{}
	value := &schema{Type: "string"}
	if json.Unmarshal(s.AdditionalProperties, value) != nil {
		value = &schema{Type: "string"}
	}
	for range 4 {
		made[a.text()] = a.value(value, depth+2)
	}
	return made
}

func (a *answers) string(s *schema) any {
	switch {
	case a.wild:
		return a.text()
	case s.Format == "date-time" || strings.HasPrefix(s.Pattern, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T"):
		a.flip++
		return time.Now().UTC().Add(time.Duration(a.flip%7-2) * 10 * time.Minute).Format("2006-01-02T15:04:05Z")
	case s.Pattern == "^[0-9a-f]{64}$":
		return strings.Repeat("0123456789abcdef", 4)
	case strings.HasPrefix(s.Pattern, "^[0-7][0-9a-hjkmnp-tv-z]"):
		a.flip++
		return fmt.Sprintf("01jd%022d", a.flip)
	case s.Pattern == "^[0-9]{12}$":
		return "111122223333"
	}
	return a.text()
}

// problem is a refusal.
func (a *answers) problem() any {
	p := a.value(&schema{Ref: "#/components/schemas/Problem"}, 0)
	if members, ok := p.(map[string]any); ok {
		members["title"], members["detail"] = a.text(), a.text()
	}
	return p
}

// inbox is the answer of a rehearsal's GET /local/inbox.
func (a *answers) inbox() any {
	all := []any{}
	for n := range a.many {
		kind := "decide"
		if a.wild {
			kind = a.text()
		}
		all = append(all, map[string]any{"number": n, "received_at": time.Now().UTC(), "line": a.text(), "message": map[string]any{"kind": kind, "elevation": a.text()}})
	}
	return map[string]any{"messages": all}
}
