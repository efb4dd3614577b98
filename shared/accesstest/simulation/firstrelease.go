package simulation

import (
	"embed"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
)

// A deploy meets running executions of an older definition and records of an older release. testdata/release-1 has
// those of the first release: its state machine, and the rows and grants of an elevation in every state. Until the
// first release, change them by hand with the stored form. After it, never change them.
//
//go:embed testdata/release-1
var firstRelease embed.FS

var firstDefinition = sync.OnceValues(func() (*asl.Machine, error) {
	text, err := firstRelease.ReadFile("testdata/release-1/elevation.asl.json")
	if err != nil {
		return nil, err
	}
	return parse(text)
})

// records are the rows and grants of the first release at one instant.
type records struct {
	At         time.Time         `json:"at"`
	Elevations map[string]string `json:"elevations"` // ids by example name
	Rows       []storedRow       `json:"rows"`
	Grants     []access.Found    `json:"grants"` // in IAM
}

// storedRow is a row as a release stored it, with its body as text.
type storedRow struct {
	record.Row
	Form int64
	Body string
}

func (r records) rows() []record.Row {
	var all []record.Row
	for _, s := range r.Rows {
		s.Row.Body = json.RawMessage(s.Body)
		all = append(all, s.Row)
	}
	return all
}

var firstRecords = sync.OnceValues(func() (records, error) {
	var r records
	text, err := firstRelease.ReadFile("testdata/release-1/records.json")
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(text, &r)
})

// oldElevation is an elevation of the first release that this deploy finds. The zero value is none.
type oldElevation struct {
	state string // the example's name in records
	// runs: its execution continues under the old definition. It is started again, and by its contract reaches the same
	// state. Otherwise only record and grant exist.
	runs bool
}

func (c oldElevation) await() error {
	if c.state == "" {
		return nil
	}
	r, err := firstRecords()
	time.Sleep(time.Until(r.At))
	return err
}

func (c oldElevation) names() map[int]string {
	r, err := firstRecords()
	if err != nil || c.state == "" {
		return nil
	}
	return map[int]string{1: r.Elevations[c.state]}
}

// about reports whether a row belongs to this elevation or to none.
func (r records) about(row record.Row, id string) bool {
	text := row.Key.Partition + row.Key.Sort + string(row.Body)
	for _, other := range r.Elevations {
		if other != id && strings.Contains(text, other) {
			return false
		}
	}
	return true
}

// firstMembers are the JSON members of an elevation that the first release knew.
var firstMembers = sync.OnceValues(func() (map[string]bool, error) {
	text, err := firstRelease.ReadFile("testdata/release-1/elevation.members")
	known := map[string]bool{}
	for _, name := range strings.Fields(string(text)) {
		known[name] = true
	}
	return known, err
})

// asFirstRelease returns the changes as a handler of the first release would write them: without the members that it
// does not know.
func asFirstRelease(changes []record.Change) []record.Change {
	known, err := firstMembers()
	if err != nil {
		return changes // cannot happen: embedded
	}
	changes = slices.Clone(changes)
	for i, c := range changes {
		var members map[string]json.RawMessage
		if c.Row.Key.Sort != "elevation" || json.Unmarshal(c.Row.Body, &members) != nil {
			continue
		}
		maps.DeleteFunc(members, func(name string, _ json.RawMessage) bool { return !known[name] })
		if body, err := json.Marshal(members); err == nil {
			changes[i].Row.Body = body
		}
	}
	return changes
}
