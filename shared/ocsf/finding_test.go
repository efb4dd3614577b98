package ocsf_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/finding"
	"curfew/shared/identity"
	"curfew/shared/ocsf"
	"curfew/shared/record"
)

// object is what testdata/ocsf.json quotes of one object of OCSF.
type object struct {
	Members, Required []string
	AtLeastOne        []string `json:"at_least_one"`
	Types             map[string]string
	Captions          map[string]map[string]string
}

func readQuote(t *testing.T) map[string]object {
	t.Helper()
	b, err := os.ReadFile("testdata/ocsf.json")
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Version string
		Objects map[string]object
	}
	if err := json.Unmarshal(b, &s); err != nil || s.Version != ocsf.Version {
		t.Fatalf("version %q, want %q: %v", s.Version, ocsf.Version, err)
	}
	return s.Objects
}

// occur stores occurrences, and what a person did, as rows would have them.
func occur(t *testing.T, o finding.Occurrence, kind finding.Kind, acts ...func(finding.Stored) ([]record.Change, error)) finding.Stored {
	t.Helper()
	var was finding.Stored
	was.Row.Key, was.Closing.Row.Key = finding.Key(kind, o.Subject), record.AccessKey("closing#x", "closing")
	raise := func(was finding.Stored) ([]record.Change, error) { return finding.Raise(was, kind, o, at) }
	for _, act := range append([]func(finding.Stored) ([]record.Change, error){raise}, acts...) {
		changes, err := act(was)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			switch c.Row.Key.Sort {
			case "finding":
				was.Row = c.Row
				was.Value, err = record.Decode[finding.Finding](c.Row)
			case "closing":
				was.Closing.Row = c.Row
				was.Closing.Value, err = record.Decode[finding.Closing](c.Row)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return was
}

var at = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

func kind(s finding.Severity) finding.Kind {
	return finding.Kind{Name: "foreign", PageInterval: finding.Daily, Severity: s, Why: "it was not us", Do: "find out who"}
}

func acknowledge(was finding.Stored) ([]record.Change, error) {
	return was.Acknowledge(identity.Caller{ID: "person:x|dee"}, "", at.Add(time.Hour))
}

func closes(was finding.Stored) ([]record.Change, error) {
	return was.Close(identity.Caller{ID: "person:x|dee"}, "done", at.Add(2*time.Hour))
}

func TestEveryMappedFindingHoldsAgainstTheSchema(t *testing.T) {
	quote := readQuote(t)
	full := finding.Occurrence{Subject: "role x", What: "its trust policy was changed", Elevation: "01k6y3m1x8q2v4t6w8y0a2c4e6",
		Principal: "arn:aws:iam::111122223333:user/x", Events: []string{"e1", "e2"}}
	more := full
	more.Events = []string{"e3"}
	for _, severity := range append(finding.Severities(), "") {
		for name, c := range map[string]struct {
			was      finding.Stored
			activity int
			status   string
		}{
			"new":          {occur(t, full, kind(severity)), 1, "New"},
			"bare":         {occur(t, finding.Occurrence{Subject: "sweep"}, finding.Kind{Name: "bare", Severity: severity}), 1, "New"},
			"acknowledged": {occur(t, full, kind(severity), acknowledge), 2, "In Progress"},
			"closed":       {occur(t, full, kind(severity), acknowledge, closes), 3, "Resolved"},
			"again": {occur(t, full, kind(severity), closes, func(was finding.Stored) ([]record.Change, error) {
				return finding.Raise(was, kind(severity), more, at.Add(3*time.Hour))
			}), 2, "New"},
		} {
			t.Run(fmt.Sprint(severity, " ", name), func(t *testing.T) {
				d := ocsf.FromFinding("curfew", c.was)
				if d.ActivityID != c.activity || d.Status != c.status || d.Time != c.was.ChangedAt().UnixMilli() {
					t.Errorf("activity %d, status %s at %d", d.ActivityID, d.Status, d.Time)
				}
				b, err := json.Marshal(d)
				if err != nil {
					t.Fatal(err)
				}
				var event map[string]any
				if err := json.Unmarshal(b, &event); err != nil {
					t.Fatal(err)
				}
				check(t, quote, "detection_finding", event)
				// The cloud profile requires the member, and the member the profile.
				if profiles, _ := event["metadata"].(map[string]any)["profiles"].([]any); slices.Contains(profiles, any("cloud")) != (event["cloud"] != nil) {
					t.Errorf("profiles %v with cloud %v", profiles, event["cloud"])
				}
				if event["type_uid"] != event["class_uid"].(float64)*100+event["activity_id"].(float64) {
					t.Errorf("type_uid = %v", event["type_uid"])
				}
			})
		}
	}
}

// The example of events/ is what is sent.
func TestTheExampleEventIsAFinding(t *testing.T) {
	b, err := os.ReadFile("../../events/examples/finding-new.json")
	if err != nil {
		t.Fatal(err)
	}
	var example struct {
		DetailType string `json:"detail-type"`
		Detail     map[string]any
	}
	if err := json.Unmarshal(b, &example); err != nil || example.DetailType != "Finding State Change" {
		t.Fatalf("%q, %v", example.DetailType, err)
	}
	check(t, readQuote(t), "detection_finding", example.Detail)
	want := ocsf.FromFinding("curfew", occur(t, finding.Occurrence{Subject: "arn:aws:iam::111122223333:role/engineer-deploy", What: "its trust policy was changed",
		Principal: "arn:aws:iam::111122223333:role/engineer-deploy", Events: []string{"c14ed7ce-4153-5285-9b06-a452ce9678af"}}, kind(finding.High)))
	if got, _ := json.Marshal(example.Detail); string(got) != sorted(t, want) {
		t.Errorf("got  %s\nwant %s", got, sorted(t, want))
	}
}

func sorted(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(b, &members); err != nil {
		t.Fatal(err)
	}
	b, _ = json.Marshal(members)
	return string(b)
}

// check compares an object with its members, types, required ones, and the meanings of its numbers.
func check(t *testing.T, quote map[string]object, name string, v any) {
	t.Helper()
	is, ok := v.(map[string]any)
	known, quoted := quote[name]
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
			checkValue(t, quote, name+"."+member, of, one)
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

func checkValue(t *testing.T, quote map[string]object, at, of string, v any) {
	t.Helper()
	ok := true
	switch of {
	case "integer_t", "long_t", "timestamp_t":
		_, ok = v.(float64)
	case "boolean_t":
		_, ok = v.(bool)
	case "string_t", "resource_uid_t":
		_, ok = v.(string)
	default:
		check(t, quote, of, v)
	}
	if !ok {
		t.Errorf("%s is %v, want a %s", at, v, of)
	}
}

// TestQuoteIsOfTheSchema reads the schema in the directory CURFEW_OCSF, of https://github.com/ocsf/ocsf-schema.
func TestQuoteIsOfTheSchema(t *testing.T) {
	root := os.Getenv("CURFEW_OCSF")
	if root == "" {
		t.Skip("set CURFEW_OCSF to a directory with the schema")
	}
	dictionary := readAttributes(t, filepath.Join(root, "dictionary.json"))
	for name, quoted := range readQuote(t) {
		known := find(t, name, filepath.Join(root, "objects"), filepath.Join(root, "events/findings"))
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
