package client

import (
	"encoding/json"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"curfew/shared/evidence"
)

// TestTypesAreTheDocuments holds the types against the API's own description: each member of one is a member of the other.
func TestTypesAreTheDocuments(t *testing.T) {
	schemas := readSchemas(t)
	for name, v := range map[string]any{
		"Me": Me{}, "Entitlement": Entitlement{}, "Request": Request{}, "Task": Task{}, "Caller": Caller{}, "Session": Session{},
		"Approval": Approval{}, "Elevation": Elevation{}, "ElevationPage": Page{}, "ElevationShown": Detail{}, "Terms": Terms{},
		"NewDecision": Decide{}, "Decision": Decision{}, "Evidence": evidence.Record{}, "Receipt": Receipt{}, "Review": Review{},
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

type schema struct {
	Ref        string            `json:"$ref"`
	Properties map[string]schema `json:"properties"`
	AllOf      []schema          `json:"allOf"`
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
