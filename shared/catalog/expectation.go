package catalog

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/detection"
)

// expectation is one entry of tests.yaml: a question and its answer, or an event and what it starts.
type expectation struct {
	name string
	line int

	question access.Question
	allow    bool
	by       []string // nil: any

	event  []byte // nil: a question
	starts []start

	records *recordTest // nil: not about detections
}

// recordTest is records with their facts, and the detections that they hit.
type recordTest struct {
	records []json.RawMessage
	facts   []detection.Event // of each record, or one of all
	repeat  int
	every   time.Duration
	silent  string // the subject of a silence; empty: none is asked about
	since   time.Time
	now     time.Time
	detects []string
}

// exampleID is the elevation id in tests.
const exampleID = "01example0000000000000000"

// start is what an event starts by one trigger.
type start struct {
	trigger    string
	principal  string
	task       string
	parameters map[string]string // nil: any
}

// String describes the start in a test result.
func (s start) String() string {
	text := fmt.Sprintf("%s for %s on %s", s.trigger, s.task, s.principal)
	for _, name := range slices.Sorted(maps.Keys(s.parameters)) {
		text += fmt.Sprintf(", %s %s", name, s.parameters[name])
	}
	return text
}

func describeDecision(allow bool, by []string, known bool) string {
	word := "deny"
	if allow {
		word = "allow"
	}
	switch {
	case len(by) > 0:
		return word + " by " + strings.Join(by, ", ")
	case known:
		return word + " by default"
	default:
		return word
	}
}
