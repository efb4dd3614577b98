package httpapi

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"

	"curfew/shared/access"
	"curfew/shared/iampolicy"
	"curfew/shared/task"
)

func model(t *testing.T) v3.Document {
	t.Helper()
	doc, err := libopenapi.NewDocument(document)
	if err != nil {
		t.Fatal(err)
	}
	m, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	return m.Model
}

func TestDocumentIsValid(t *testing.T) {
	ok, errs := documented().ValidateDocument()
	for _, e := range errs {
		t.Errorf("%s: %s %v", e.Message, e.Reason, e.SchemaValidationErrors)
	}
	if !ok {
		t.Error("the document is not OpenAPI 3.1")
	}
}

// TestDocumentHasEveryRoute: what is described is routed, and what is routed is described.
func TestDocumentHasEveryRoute(t *testing.T) {
	var described, routed []string
	for path, item := range model(t).Paths.PathItems.FromOldest() {
		for method, op := range item.GetOperations().FromOldest() {
			described = append(described, strings.ToUpper(method)+" "+path)
			if op.Summary == "" || op.Description == "" || op.OperationId == "" {
				t.Errorf("%s %s: no summary, description or operationId", method, path)
			}
		}
	}
	d := door{svc: &access.Service{}}
	for _, r := range append(d.api(), d.decisions()...) {
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
		"kinds of problem": {[]string{"Problem", "type"}, each(kinds(), func(k kind) string { return "urn:curfew:problem:" + string(k) })},
		"states":           {[]string{"State"}, each(access.States(), func(s access.State) string { return string(s) })},
		"kinds of task":    {[]string{"TaskKind"}, task.Kinds()},
		"parameter types":  {[]string{"ParameterType"}, each(iampolicy.ParameterTypes(), func(p iampolicy.ParameterType) string { return string(p) })},
	}
	schemas := model(t).Components.Schemas
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			schema := schemas.GetOrZero(test.path[0]).Schema()
			for _, p := range test.path[1:] {
				schema = schema.Properties.GetOrZero(p).Schema()
			}
			var got []string
			for _, node := range schema.Enum {
				got = append(got, node.Value)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("described: %v\nthere are: %v", got, test.want)
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
	request, _ := model(t).Components.Schemas.Get("Request")
	work, _ := request.Schema().Properties.Get("task")
	id, _ := work.Schema().Properties.Get("id")
	if got := id.Schema().Pattern; got != task.IDPattern() {
		t.Errorf("pattern %s, want %s", got, task.IDPattern())
	}
	if got := id.Schema().MaxLength; got == nil || *got != task.MaxID {
		t.Errorf("maxLength %v, want %d", got, task.MaxID)
	}
}
