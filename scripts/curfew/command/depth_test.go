package command_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"curfew/events"
	"curfew/scripts/curfew/command"
	"curfew/scripts/curfew/hold"
	"curfew/scripts/curfew/onboard"
	"curfew/shared/catalog"
	"curfew/shared/detection"
	"curfew/shared/eventpattern"
	"curfew/shared/evidence"
	"curfew/shared/evidence/log"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/strictjson"
	"curfew/shared/trail"
)

// The lint of a catalog took 15 s and 1.4 GB for 60 KB of nesting. Each reader of text from outside has a bound, most that of
// package strictjson, and refuses before it builds anything.
func TestNestedTextIsRefusedByEachReader(t *testing.T) {
	const n = 10_000
	json := strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n)
	lists := `{"a":` + strings.Repeat("[", 3*n) + strings.Repeat("]", 3*n) + "}"
	pattern, err := eventpattern.Parse([]byte(`{"a":["b"]}`))
	if err != nil {
		t.Fatal(err)
	}
	config := newSettings(t)
	wordsOf := func(_ any, err error) error { return err }
	policy := func(text string) error {
		_, err := catalog.Load(fstest.MapFS{"policies/own.cedar": {Data: []byte(text)}})
		return err
	}
	readers := map[string]struct {
		read  func(text string) error
		texts []string
		want  string
	}{
		"strictjson":      {func(s string) error { return strictjson.Check(s, strictjson.Rules{}) }, []string{json, lists}, "nested deeper than 100"},
		"state machine":   {func(s string) error { return wordsOf(asl.Parse([]byte(s), nil)) }, []string{json, lists}, "nested deeper than 100"},
		"event":           {func(s string) error { return wordsOf(events.Read([]byte(s))) }, []string{json, lists}, "nested deeper than 100"},
		"event, matched":  {func(s string) error { return wordsOf(pattern.Match([]byte(s))) }, []string{json, lists}, "nested deeper than 100"},
		"event pattern":   {func(s string) error { return wordsOf(eventpattern.Parse([]byte(s[:4000]))) }, []string{json, lists}, "nested deeper than 100"},
		"evidence":        {func(s string) error { return wordsOf(evidence.Decode([]byte(s))) }, []string{json, lists}, "nested deeper than 100"},
		"entry of a log":  {func(s string) error { return wordsOf(log.EntryOf([]byte(s))) }, []string{json, lists}, "nested deeper than 100"},
		"IAM policy":      {func(s string) error { return wordsOf(iampolicy.Parse([]byte(s))) }, []string{json[:18_000], lists[:18_000]}, "nested deeper than 9"},
		"CloudTrail":      {readsTrail, []string{json}, "nested too deeply"},
		"world":           {func(s string) error { return wordsOf(inprocess.LoadWorld(strings.NewReader(s), "w.json")) }, []string{json, lists}, "nested deeper than 100"},
		"account details": {func(s string) error { return wordsOf(onboard.FromFile([]byte(s), "x", onboard.Settings{})) }, []string{json, lists}, "nested deeper than 100"},
		"ticket":          {func(s string) error { return wordsOf(hold.ReadTicket([]byte(s))) }, []string{json[:4000], lists[:4000]}, "nested deeper than 100"},
		"configuration of the CLI": {func(s string) error {
			if err := os.WriteFile(filepath.Join(config.home, "curfew", "config.yaml"), []byte(s), 0o600); err != nil {
				return err
			}
			return fmt.Errorf("%s", config.run(nil, "me").stderr)
		}, []string{lists, json, strings.Repeat("- ", 3*n)}, "more than 100"},
		"Cedar policy": {policy, []string{
			"forbid (principal, action, resource) when {" + strings.Repeat("(", 3*n), "// \"\n" + strings.Repeat("[", 6*n),
			"forbid (principal, action, resource) when {" + strings.Repeat("! ", 3*n),
		}, "nested deeper than 100"},
		"when": {func(s string) error { return wordsOf(detection.ParseWhen(s)) }, []string{
			strings.Repeat("(", 3*n) + "true" + strings.Repeat(")", 3*n), strings.Repeat("-", 6*n) + "1", "\"(\\\"\" == " + strings.Repeat("!(", 3*n),
		}, "nested deeper than 100"},
		"when, chained": {func(s string) error { return wordsOf(detection.ParseWhen(s)) }, []string{"context" + strings.Repeat(".a", 3*n)}, "bytes, more than 16384"},
	}
	for name, r := range readers {
		for i, text := range r.texts {
			var err error
			allocated := testing.AllocsPerRun(1, func() { err = r.read(text) })
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("%s %d: %.200v; want %q", name, i, err, r.want)
			}
			if most := float64(5 * len(text)); allocated > most {
				t.Errorf("%s %d: %.0f allocations of %d bytes of text, want at most %.0f", name, i, allocated, len(text), most)
			}
		}
	}
	if config.run(nil, "me").code != command.Usage {
		t.Error("a configuration that cannot be read is not the caller's mistake")
	}
}

func readsTrail(text string) error {
	var r trail.Reader
	err := r.ReadText("x", text, func(*trail.Record) error { return nil })
	return fmt.Errorf("%v %v", r.Counts, err)
}

// The bound leaves room for what AWS publishes, of 12 levels at most, and for brackets within strings.
func TestTextOfOrdinaryDepthIsRead(t *testing.T) {
	for name, text := range map[string]string{
		"levels":   strings.Repeat("[", 100) + strings.Repeat("]", 100),
		"strings":  `{"a":"` + strings.Repeat("[", 1000) + `\"` + strings.Repeat("{", 1000) + `"}`,
		"siblings": `[` + strings.Repeat("[],", 1000) + `-1]`,
	} {
		if err := strictjson.CheckDepth(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := strictjson.Check(text, strictjson.Rules{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
