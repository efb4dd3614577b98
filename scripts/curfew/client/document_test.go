package client

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestTypesAreTheDocuments holds the types against the API's own description: each member of one is a member of the other.
func TestTypesAreTheDocuments(t *testing.T) {
	schemas := readSchemas(t)
	for name, v := range map[string]any{
		"Me": Me{}, "Entitlement": Entitlement{}, "EntitlementShown": EntitlementShown{}, "Trial": Trial{}, "Request": Request{}, "Task": Task{}, "Caller": Caller{}, "Session": Session{},
		"Approval": Approval{}, "Elevation": Elevation{}, "ElevationPage": Page{}, "ElevationShown": Detail{}, "Terms": Terms{},
		"NewDecision": Decide{}, "Decision": Decision{}, "Receipt": Receipt{}, "Review": Review{},
		"NewEnd": EndAll{}, "Reach": Reach{}, "NewSuspension": Suspend{}, "NewLift": Lift{}, "Known": Known{}, "Suspension": Suspension{},
	} {
		t.Run(name, func(t *testing.T) {
			got, want := members(reflect.TypeOf(v)), schemas[name].members(schemas)
			if !slices.Equal(got, want) {
				t.Errorf("%T has %v\nthe document %v", v, got, want)
			}
		})
	}
}

// TestRecordIsTheDocuments holds a record of evidence against its description. The second has a record before it.
func TestRecordIsTheDocuments(t *testing.T) {
	schemas := readSchemas(t)
	d := ended(t)
	var record map[string]any
	if err := json.Unmarshal(d.Timeline[1].Text(), &record); err != nil {
		t.Fatal(err)
	}
	schemas["EvidenceRecord"].holds(t, schemas, "record", record)
}

// holds fails the test for each member that is not described, and for each that must be there and is not.
func (s schema) holds(t *testing.T, all map[string]schema, at string, v any) {
	t.Helper()
	if s.Ref != "" {
		s = all[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
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
			described.holds(t, all, at+"."+name, member)
		}
	case []any:
		for _, item := range v {
			s.Items.holds(t, all, at, item)
		}
	}
}

type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	AllOf      []schema          `json:"allOf"`
	Required   []string          `json:"required"`
	Items      *schema           `json:"items"`
}

func readSchemas(t *testing.T) map[string]schema {
	t.Helper()
	b, err := os.ReadFile("../../../shared/httpapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]schema `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(b, &document); err != nil {
		t.Fatal(err)
	}
	return document.Components.Schemas
}

func (s schema) members(all map[string]schema) []string {
	names := slices.Collect(maps.Keys(s.Properties))
	for _, part := range s.AllOf {
		if part.Ref != "" {
			part = all[part.Ref[strings.LastIndexByte(part.Ref, '/')+1:]]
		}
		names = append(names, part.members(all)...)
	}
	slices.Sort(names)
	return names
}

func members(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			names = append(names, members(f.Type)...)
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "-" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
