package main

import (
	"bytes"
	"encoding/json"
	"strings"

	"curfew/scripts/compare"
)

// Patterns with the two escapes.
const (
	star      = `a\*b`
	backslash = `a\\b`
)

const runtimeError = `{"error":"States.Runtime"}`

// AWS's documents, where LocalStack's interpreter is known to differ.
func reasons() []compare.Reason[Case] {
	return []compare.Reason[Case]{
		{
			Says: "a timestamp is of RFC 3339, with offset or fraction (States Language: Choice)",
			Rewrite: func(c Case, ours string) (Case, string, bool) {
				return c.replaced(ours, offset, "2026-11-23T12:00:00Z", fraction, "2026-11-23T12:00:01Z")
			},
		},
		{
			Says: `in StringMatches \* is a star and \\ a backslash (States Language: Choice)`,
			Rewrite: func(c Case, ours string) (Case, string, bool) {
				return c.replaced(ours, pattern(star), pattern("a[*]b"), pattern(backslash), pattern(`a\b`))
			},
		},
		{
			Says: "a ResultPath that does not fit is States.ResultPathMatchFailure (Error names)",
			Explains: func(c Case, ours, theirs string) bool {
				retried := theirs == runtimeError && bytes.Contains(c.Machine, []byte("$.a.r")) && bytes.Contains(c.Machine, []byte("Retry"))
				return strings.Contains(ours, "States.ResultPathMatchFailure") || retried
			},
		},
		{
			Says: "an index is of a list, not of a text (Paths)",
			Explains: func(c Case, ours, theirs string) bool {
				return ours == runtimeError && isOutput(theirs) && bytes.Contains(c.Machine, []byte(`$.l[`))
			},
		},
		{
			Says: "States.Runtime is not caught or retried (Error names)",
			Explains: func(c Case, ours, theirs string) bool {
				return ours == runtimeError && isOutput(theirs) && (bytes.Contains(c.Machine, []byte("Catch")) || bytes.Contains(c.Machine, []byte("Retry")))
			},
		},
	}
}

func isOutput(answer string) bool { return strings.HasPrefix(answer, `{"output":`) }

// pattern is a comparison in JSON.
func pattern(s string) string { return `"StringMatches":` + quoted(s) }

// replaced replaces texts in machine, input and answer.
func (c Case) replaced(answer string, oldnew ...string) (Case, string, bool) {
	b, _ := json.Marshal(c) // it went to the program so
	with := strings.NewReplacer(oldnew...)
	text := with.Replace(string(b))
	var other Case
	if err := json.Unmarshal([]byte(text), &other); err != nil {
		return c, answer, false
	}
	return other, with.Replace(answer), text != string(b)
}
