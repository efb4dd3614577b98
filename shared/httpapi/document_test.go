package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/task"
)

// documentModel is what the document says, as far as it is held against the code. That it is OpenAPI, and that answers are as it
// says, scripts/oracles holds.
type documentModel struct {
	Paths map[string]map[string]json.RawMessage // operations by method, and what all of a path share

	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Properties map[string]schema
	Enum       []string
	Pattern    string
	MaxLength  int
}

func model(t *testing.T) (d documentModel) {
	t.Helper()
	if err := json.Unmarshal(document, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDocumentHasEveryRoute: what is described is routed, and what is routed is described.
func TestDocumentHasEveryRoute(t *testing.T) {
	var described, routed []string
	for path, item := range model(t).Paths {
		delete(item, "parameters")
		for method, text := range item {
			var op struct{ Summary, Description, OperationID string }
			if err := json.Unmarshal(text, &op); err != nil {
				t.Fatal(err)
			}
			described = append(described, strings.ToUpper(method)+" "+path)
			if op.Summary == "" || op.Description == "" || op.OperationID == "" {
				t.Errorf("%s %s: no summary, description or operationId", method, path)
			}
		}
	}
	for _, r := range routes() {
		routed = append(routed, r.method+" "+r.path)
	}
	slices.Sort(described)
	slices.Sort(routed)
	if !slices.Equal(described, routed) {
		t.Errorf("described: %v\nrouted: %v", described, routed)
	}
}

// TestDocumentListsWhatThereIs: an enumeration of the document is the list in the code.
func TestDocumentListsWhatThereIs(t *testing.T) {
	tests := map[string]struct {
		path []string // a schema, and perhaps a property of it
		want []string
	}{
		"kinds of problem": {[]string{"Problem", "type"}, each(meanings(), func(m meaning) string { return "urn:curfew:problem:" + string(m.kind) })},
		"states":           {[]string{"State"}, each(access.States(), func(s access.State) string { return string(s) })},
		"kinds of task":    {[]string{"TaskKind"}, task.Kinds()},
		"parameter types":  {[]string{"ParameterType"}, each(iampolicy.ParameterTypes(), func(p iampolicy.ParameterType) string { return string(p) })},
	}
	schemas := model(t).Components.Schemas
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			found := schemas[test.path[0]]
			for _, p := range test.path[1:] {
				found = found.Properties[p]
			}
			if !slices.Equal(found.Enum, test.want) {
				t.Errorf("described: %v\nthere are: %v", found.Enum, test.want)
			}
		})
	}
}

func each[T any](all []T, f func(T) string) (out []string) {
	for _, v := range all {
		out = append(out, f(v))
	}
	return out
}

func TestDocumentIsServedToAnybody(t *testing.T) {
	a := newWorld(t).call("", "GET", "/v1/openapi.json", "").want(t, http.StatusOK)
	if !bytes.Equal(a.body, document) {
		t.Errorf("%d bytes were served, want the %d of openapi.json", len(a.body), len(document))
	}
}

// The document's grammar of a task's id is the one that requests are held to.
func TestTaskIDOfTheDocumentIsAccess(t *testing.T) {
	id := model(t).Components.Schemas["NewElevation"].Properties["task"].Properties["id"]
	if id.Pattern != task.IDPattern() || id.MaxLength != task.MaxID {
		t.Errorf("pattern %s of at most %d, want %s of %d", id.Pattern, id.MaxLength, task.IDPattern(), task.MaxID)
	}
}
