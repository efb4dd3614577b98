package evidence_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

// The tests of this file verify the golden chain by the text of OCSF, with another implementation of RFC 8785 and
// without this package.

// schema is what testdata/ocsf.json quotes of OCSF.
type schema struct {
	Profile struct{ Attribute, Object string }
	Objects map[string]struct {
		Members, Required []string
		AtLeastOne        []string `json:"at_least_one"`
		NotCovered        []string `json:"not_covered"`
		Captions          map[string]map[string]string
	}
}

func readSchema(t *testing.T) schema {
	t.Helper()
	b, err := os.ReadFile("testdata/ocsf.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestGoldenChainVerifiesByTheTextOfOCSF: "computed over a canonical serialization of the event: the entire event, including
// the attestation's own authority_uid, chain_uid, and prev_event attributes, and excluding only the attestation's fingerprint
// and signatures".
func TestGoldenChainVerifiesByTheTextOfOCSF(t *testing.T) {
	s := readSchema(t)
	var before map[string]any // the event before, and its fingerprint
	var last any
	for i, text := range golden(t) {
		if canonical, err := jcs.Transform([]byte(text)); err != nil || string(canonical) != text {
			t.Fatalf("record %d is not canonical: %v", i+1, err)
		}
		event := object(t, text)
		attestation := event[s.Profile.Attribute].([]any)[0].(map[string]any)
		own := attestation["fingerprint"].(map[string]any)
		for _, name := range s.Objects[s.Profile.Object].NotCovered {
			delete(attestation, name)
		}
		b, err := json.Marshal(event)
		if err != nil {
			t.Fatal(err)
		}
		covered, err := jcs.Transform(b)
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(covered); own["value"] != hex.EncodeToString(sum[:]) {
			t.Errorf("record %d: fingerprint %v is not that of %s", i+1, own["value"], covered)
		}
		prev, follows := attestation["prev_event"].(map[string]any)
		if follows != (before != nil) {
			t.Fatalf("record %d: prev_event %v", i+1, prev)
		}
		if follows && (prev["fingerprint"].(map[string]any)["value"] != last || prev["uid"] != before["metadata"].(map[string]any)["uid"]) {
			t.Errorf("record %d: prev_event %v, want %v", i+1, prev, last)
		}
		before, last = event, own["value"]
	}
}

func TestRecordHasTheMembersOfOCSF(t *testing.T) {
	s := readSchema(t)
	for _, text := range golden(t) {
		event := object(t, text)
		s.check(t, "base_event", event)
		s.check(t, "metadata", event["metadata"])
		for _, a := range event[s.Profile.Attribute].([]any) {
			attestation := a.(map[string]any)
			s.check(t, s.Profile.Object, attestation)
			s.check(t, "fingerprint", attestation["fingerprint"])
			if prev, ok := attestation["prev_event"].(map[string]any); ok {
				s.check(t, "prev_event", prev)
				s.check(t, "fingerprint", prev["fingerprint"])
			}
		}
	}
}

// check compares an object with its members, the required ones, and the meanings of its numbers.
func (s schema) check(t *testing.T, name string, v any) {
	t.Helper()
	is, known := v.(map[string]any), s.Objects[name]
	for member, value := range is {
		if !slices.Contains(known.Members, member) {
			t.Errorf("OCSF's %s has no member %q", name, member)
		}
		if captions, ok := known.Captions[member]; ok {
			if b, _ := json.Marshal(value); captions[string(b)] == "" {
				t.Errorf("%s of a %s is %s, want one of %v", member, name, b, captions)
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

// uncovered returns a text without its first fingerprint, and the fingerprint's value.
func uncovered(text string) (rest, value string) {
	before, after, _ := strings.Cut(text, `,"fingerprint":{`)
	member, after, _ := strings.Cut(after, "}")
	return before + after, member[len(member)-65 : len(member)-1]
}
