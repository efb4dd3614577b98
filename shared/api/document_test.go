package api

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/evidence"
	"curfew/shared/identity"
)

// document is openapi.json, as far as shapes need it.
type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct {
		Schemas    map[string]schema
		Responses  map[string]content
		Parameters map[string]parameter
	}
}

type operationDoc struct {
	OperationID string
	Summary     string
	Parameters  []parameter
	RequestBody content
	Responses   map[string]content
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name     string
	Required bool
	Schema   schema
}

type content struct {
	Ref     string `json:"$ref"`
	Content map[string]struct{ Schema schema }
}

func (c content) schema() schema { return c.Content["application/json"].Schema }

type schema struct {
	Ref                  string `json:"$ref"`
	Type                 any
	Format               string
	Properties           map[string]schema
	Required             []string
	AllOf                []schema
	Items                *schema
	Const                any
	Enum                 []string
	AdditionalProperties any
}

func readDocument(t *testing.T) document {
	t.Helper()
	b, err := os.ReadFile("../httpapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestOperationsAreTheDocuments: each is described once, in the same words, and takes and answers what is described: names, types,
// and which members must be there.
func TestOperationsAreTheDocuments(t *testing.T) {
	d := readDocument(t)
	described := map[string]bool{"openapi": true} // HTTP's own
	for path, item := range d.Paths {
		var shared []parameter
		if all := item["parameters"]; all != nil && json.Unmarshal(all, &shared) != nil {
			t.Fatal(path)
		}
		for method, raw := range item {
			var o operationDoc
			if method == "parameters" || json.Unmarshal(raw, &o) != nil || o.OperationID == "openapi" {
				continue
			}
			described[o.OperationID] = true
			t.Run(o.OperationID, func(t *testing.T) {
				i := slices.IndexFunc(Operations(), func(op Operation) bool { return op.Name == o.OperationID })
				if i < 0 {
					t.Fatalf("%s %s is in no table", method, path)
				}
				op := Operations()[i]
				if op.About != o.Summary || op.Changes != (method == "post" && op.Name != "tryElevation") {
					t.Errorf("it is %q (changes: %v), the document has %q by %s", op.About, op.Changes, o.Summary, method)
				}
				d.compare(t, "input", d.input(o, shared), op.In, true)
				d.compare(t, "answer", d.answer(o), op.Out, false)
			})
		}
	}
	for _, op := range Operations() {
		if !described[op.Name] {
			t.Errorf("the document has no %s", op.Name)
		}
	}
}

// input is what an operation takes, wherever in the call it comes from.
func (d document) input(o operationDoc, shared []parameter) schema {
	in := schema{Type: "object", Properties: map[string]schema{}}
	body := d.resolve(o.RequestBody.schema())
	maps.Copy(in.Properties, body.Properties)
	in.Required = slices.Clone(body.Required)
	for _, p := range slices.Concat(o.Parameters, shared) {
		if p.Ref != "" {
			p = d.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
		}
		name := strings.ReplaceAll(strings.ToLower(p.Name), "-", "_")
		if in.Properties[name] = p.Schema; p.Schema.Type == "array" { // in a query it is one text
			in.Properties[name] = schema{Type: "string"}
		}
		if p.Required {
			in.Required = append(in.Required, name)
		}
	}
	return in
}

func (d document) answer(o operationDoc) schema {
	for _, status := range []string{"200", "201"} {
		if c, ok := o.Responses[status]; ok {
			if c.Ref != "" {
				c = d.Components.Responses[c.Ref[strings.LastIndexByte(c.Ref, '/')+1:]]
			}
			return d.resolve(c.schema())
		}
	}
	return schema{}
}

// resolve follows a reference and puts the parts of a whole together.
func (d document) resolve(s schema) schema {
	if s.Ref != "" {
		return d.resolve(d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]])
	}
	if len(s.AllOf) == 0 {
		return s
	}
	whole := schema{Type: "object", Properties: map[string]schema{}}
	for _, part := range s.AllOf {
		part = d.resolve(part)
		maps.Copy(whole.Properties, part.Properties)
		whole.Required = append(whole.Required, part.Required...)
	}
	return whole
}

// compare holds a Go type against its description.
func (d document) compare(t *testing.T, at string, s schema, of reflect.Type, input bool) {
	t.Helper()
	s = d.resolve(s)
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if list, ok := s.Type.([]any); ok { // one of them is null
		s.Type = list[0]
	}
	if want := jsonType(of); want != "" && s.Type != want {
		t.Errorf("%s: %s is %s in JSON, the document has %v", at, of, want, s.Type)
		return
	}
	switch {
	case of == instant:
		if s.Format != "date-time" {
			t.Errorf("%s: an instant, the document has a %s", at, s.Format)
		}
	case jsonType(of) == "array":
		d.compare(t, at+"[]", *s.Items, of.Elem(), input)
	case jsonType(of) == "object" && of.Kind() == reflect.Struct:
		d.compareMembers(t, at, s, of, input)
	}
}

func (d document) compareMembers(t *testing.T, at string, s schema, of reflect.Type, input bool) {
	t.Helper()
	fields := Fields(of)
	if got, want := slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(s.Properties)); !slices.Equal(got, want) {
		t.Errorf("%s: %s has %v\nthe document %v", at, of, got, want)
		return
	}
	for name, f := range fields {
		if required := slices.Contains(s.Required, name); required == f.Optional {
			t.Errorf("%s.%s: required in the document: %v, may be left out in %s: %v", at, name, required, of, f.Optional)
		}
		if input && (f.Const == "true") != (s.Properties[name].Const == true) {
			t.Errorf("%s.%s: the only value is %q, in the document %v", at, name, f.Const, s.Properties[name].Const)
		}
		d.compare(t, at+"."+name, s.Properties[name], f.Type, input)
	}
}

// jsonType is what a type is in JSON; empty: anything.
func jsonType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return ""
	case t == reflect.TypeFor[time.Time](), t == reflect.TypeFor[evidence.Record](), t.Kind() == reflect.String:
		return "string"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Int, t.Kind() == reflect.Int64:
		return "integer"
	case t.Kind() == reflect.Slice:
		return "array"
	}
	return "object"
}

// TestValuesAreTheDocuments: where only some texts are answered or taken, they are those in the code.
func TestValuesAreTheDocuments(t *testing.T) {
	d := readDocument(t)
	kinds := []string{string(identity.Person), string(identity.Machine)}
	for at, want := range map[string][]string{
		"State": each(access.States()),
		"Cause": each([]access.Cause{access.Deadline, access.Completed, access.Released, access.Revoked, access.HeartbeatLost, access.PolicyDenied,
			access.Refused, access.Drift, access.Failed}),
		"Bind":                  each([]access.Bind{access.BindUserID, access.BindSourceIdentity, access.BindVPCEndpoint, access.BindNone}),
		"Caller.kind":           kinds,
		"Me.kind":               kinds,
		"Terms.form":            each([]access.Form{access.Inline, access.Managed}),
		"Decision.decision":     {Approve, Deny, Withdraw},
		"NewDecision.decision":  {Approve, Deny, Withdraw},
		"EvidenceVerdict.state": each([]evidence.State{evidence.Verified, evidence.Broken, evidence.Truncated}),
	} {
		name, member, _ := strings.Cut(at, ".")
		s := d.Components.Schemas[name]
		if member != "" {
			s = s.Properties[member]
		}
		if !slices.Equal(s.Enum, want) {
			t.Errorf("%s: the document has %v, the code %v", at, s.Enum, want)
		}
	}
}

func each[T ~string](all []T) (out []string) {
	for _, v := range all {
		out = append(out, string(v))
	}
	return out
}

// TestProblemIsTheDocuments holds the members of a written problem against its description.
func TestProblemIsTheDocuments(t *testing.T) {
	d := readDocument(t)
	d.compare(t, "problem", d.Components.Schemas["Problem"], reflect.TypeFor[Problem](), false)
}

// TestRecordIsTheDocuments holds a record of evidence against its description. The second has a record before it.
func TestRecordIsTheDocuments(t *testing.T) {
	var record map[string]any
	if err := json.Unmarshal(ended(t).Timeline[1].Text(), &record); err != nil {
		t.Fatal(err)
	}
	d := readDocument(t)
	d.holds(t, d.Components.Schemas["EvidenceRecord"], "record", record)
}

// holds fails the test for each member that is not described, and for each that must be there and is not.
func (d document) holds(t *testing.T, s schema, at string, v any) {
	t.Helper()
	s = d.resolve(s)
	switch v := v.(type) {
	case map[string]any:
		for _, name := range s.Required {
			if v[name] == nil {
				t.Errorf("%s has no %s", at, name)
			}
		}
		for name, member := range v {
			described, ok := s.Properties[name]
			if !ok && s.Properties != nil {
				t.Errorf("%s: the document has no %s", at, name)
			}
			d.holds(t, described, at+"."+name, member)
		}
	case []any:
		for _, item := range v {
			d.holds(t, *s.Items, at, item)
		}
	}
}
