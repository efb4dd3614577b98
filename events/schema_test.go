package events

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/task"
)

// schema is as much of JSON Schema as the two files use.
type schema struct {
	Schema     string            `json:"$schema"`
	Type       string            `json:"type"`
	Const      string            `json:"const"`
	Enum       []string          `json:"enum"`
	Pattern    string            `json:"pattern"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
}

func readSchema(t *testing.T, name string) schema {
	t.Helper()
	raw, err := os.ReadFile("schema/" + name + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(raw, &s); err != nil {
		t.Fatal(err)
	}
	if s.Schema != "https://json-schema.org/draft/2020-12/schema" || s.Type != "object" {
		t.Fatalf("%s is a %q of %q, want an object of draft 2020-12", name, s.Type, s.Schema)
	}
	return s
}

func TestTheElevationSchemaIsWhatAccessPublishes(t *testing.T) {
	detail := readSchema(t, "elevation-state-change").Properties["detail"]
	full := sortedKeys(t, access.Changed{
		Elevation: "e", State: access.Ended, Cause: access.Deadline, Principal: "p", Entitlement: "x", Requester: "r",
		Deadline: "2026-08-06T15:32:00Z",
	})
	if got := slices.Sorted(maps.Keys(detail.Properties)); !slices.Equal(got, full) {
		t.Errorf("properties = %v, want %v", got, full)
	}
	least := sortedKeys(t, access.Changed{})
	if got := slices.Sorted(slices.Values(detail.Required)); !slices.Equal(got, least) {
		t.Errorf("required = %v, want %v", got, least)
	}
	states := []string{
		string(access.Requested), string(access.Approved), string(access.Granting), string(access.Active), string(access.Revoking),
		string(access.Stuck), string(access.Ended), string(access.DeniedState), string(access.WithdrawnState), string(access.LapsedState),
	}
	if got := detail.Properties["state"].Enum; !slices.Equal(got, states) {
		t.Errorf("states = %v, want %v", got, states)
	}
	causes := []string{
		string(access.Deadline), string(access.Completed), string(access.Released), string(access.Revoked), string(access.HeartbeatLost),
		string(access.PolicyDenied), string(access.Refused), string(access.Drift), string(access.Failed),
	}
	if got := detail.Properties["cause"].Enum; !slices.Equal(got, causes) {
		t.Errorf("causes = %v, want %v", got, causes)
	}
}

func TestTheElevationExamplesAreWhatAccessPublishes(t *testing.T) {
	s := readSchema(t, "elevation-state-change")
	for name, want := range map[string]access.Changed{
		"elevation-active": {State: access.Active},
		"elevation-ended":  {State: access.Ended, Cause: access.Deadline},
	} {
		t.Run(name, func(t *testing.T) {
			var e struct {
				DetailType string         `json:"detail-type"`
				Source     string         `json:"source"`
				Detail     access.Changed `json:"detail"`
			}
			raw := example(t, name)
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			if got, want := e.DetailType, s.Properties["detail-type"].Const; got != want {
				t.Errorf("detail-type = %q, want %q", got, want)
			}
			if e.Detail.State != want.State || e.Detail.Cause != want.Cause {
				t.Errorf("state %s, cause %q; want %s, %q", e.Detail.State, e.Detail.Cause, want.State, want.Cause)
			}
			if _, err := time.Parse(time.RFC3339, e.Detail.Deadline); err != nil {
				t.Error(err)
			}
			if got, want := keysOf(t, raw, "detail"), sortedKeys(t, e.Detail); !slices.Equal(got, want) {
				t.Errorf("keys = %v, want %v", got, want)
			}
			checkSchema(t, s, raw)
		})
	}
}

func TestTheTaskSchemaIsWhatIsRead(t *testing.T) {
	s := readSchema(t, "curfew-task")
	detail := s.Properties["detail"]
	if got, want := detail.Properties["kind"].Enum, task.Kinds(); !slices.Equal(got, want) {
		t.Errorf("kinds = %v, want %v", got, want)
	}
	if got, want := slices.Sorted(slices.Values(detail.Properties["state"].Enum)), slices.Sorted(maps.Keys(ownTask.states)); !slices.Equal(got, want) {
		t.Errorf("states = %v, want %v", got, want)
	}
	for what, pair := range map[string][2]string{
		"task id":     {detail.Properties["id"].Pattern, task.IDPattern()},
		"envelope id": {s.Properties["id"].Pattern, word().String()},
		"account":     {s.Properties["account"].Pattern, account().String()},
		"region":      {s.Properties["region"].Pattern, region().String()},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: pattern %s, want %s", what, pair[0], pair[1])
		}
	}
	if _, ok := kinds[header{s.Properties["source"].Const, s.Properties["detail-type"].Const}]; !ok {
		t.Error("the schema's source and detail-type are not read")
	}
	for _, name := range []string{"curfew-task-started", "curfew-task-ended"} {
		raw := example(t, name)
		checkSchema(t, s, raw)
		for _, field := range s.Required {
			wantShape(t, without(t, raw, field), field)
		}
		for _, field := range detail.Required {
			wantShape(t, without(t, raw, "detail."+field), "detail."+field)
		}
	}
}

// checkSchema checks that raw has every required key and only keys of the schema and the envelope.
func checkSchema(t *testing.T, s schema, raw []byte) {
	t.Helper()
	outer, inner := keysOf(t, raw, ""), keysOf(t, raw, "detail")
	for _, name := range s.Required {
		if !slices.Contains(outer, name) {
			t.Errorf("%s is missing", name)
		}
	}
	detail := s.Properties["detail"]
	for _, name := range detail.Required {
		if !slices.Contains(inner, name) {
			t.Errorf("detail.%s is missing", name)
		}
	}
	for _, name := range inner {
		if _, ok := detail.Properties[name]; !ok {
			t.Errorf("the schema does not name detail.%s", name)
		}
	}
}

func sortedKeys(t *testing.T, v any) []string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return keysOf(t, raw, "")
}

// keysOf gives the sorted keys of the object in raw, or of the one under name in it.
func keysOf(t *testing.T, raw []byte, name string) []string {
	t.Helper()
	all, err := members(raw)
	if err == nil && name != "" {
		all, err = members(all[name])
	}
	if err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(all))
}
