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

// A deploy meets executions that run on under the definition that they were started with, and records that an older
// release wrote. Those of the first release are kept under testdata as it wrote them: its state machine, and at one instant
// the rows and grants of an elevation in every state. Nothing is released yet: until it is, they follow a stored form that
// changes, by hand. From then on they are never made anew.
//
//go:embed testdata/release-1
var firstRelease embed.FS

// firstDefinition is the state machine of the first release.
var firstDefinition = sync.OnceValues(func() (*asl.Machine, error) {
	text, err := firstRelease.ReadFile("testdata/release-1/elevation.asl.json")
	if err != nil {
		return nil, err
	}
	return parse(text)
})

// records are what the first release left at one instant.
type records struct {
	At         time.Time         `json:"at"`
	Elevations map[string]string `json:"elevations"` // ids, by what they are an example of
	Rows       []stored          `json:"rows"`
	Grants     []access.Found    `json:"grants"` // in IAM
}

// stored is a row as a release stored it, with its body as text.
type stored struct {
	record.Row
	Form int64
	Body string
}

// rows are all of them, as a store gives rows.
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

// carried is an elevation of the first release, as the deploy of this one finds it. The zero value is none.
type carried struct {
	state string // its name among the records
	// runs: its execution goes on under the old definition. It is started anew, which by its contract comes to where it
	// was. Else it is lost, and there is nothing but the record and the grant.
	runs bool
}

// await lets time pass until the instant of the records.
func (c carried) await() error {
	if c.state == "" {
		return nil
	}
	r, err := firstRecords()
	time.Sleep(time.Until(r.At))
	return err
}

// names gives the elevation its number, which is 1.
func (c carried) names() map[int]string {
	r, err := firstRecords()
	if err != nil || c.state == "" {
		return nil
	}
	return map[int]string{1: r.Elevations[c.state]}
}

// about reports whether a row has to do with an elevation, or with none in particular.
func (r records) about(row record.Row, id string) bool {
	text := row.Key.Partition + row.Key.Sort + string(row.Body)
	for _, other := range r.Elevations {
		if other != id && strings.Contains(text, other) {
			return false
		}
	}
	return true
}

// firstMembers are the members of an elevation that the first release knew, one a line.
var firstMembers = sync.OnceValues(func() (map[string]bool, error) {
	text, err := firstRelease.ReadFile("testdata/release-1/elevation.members")
	known := map[string]bool{}
	for _, name := range strings.Fields(string(text)) {
		known[name] = true
	}
	return known, err
})

// asFirstRelease is what a handler of the first release would make of these changes: it reads a record that this release
// wrote, and what it does not know of it is not there any more when it swaps in its own.
func asFirstRelease(changes []record.Change) []record.Change {
	known, err := firstMembers()
	if err != nil {
		return changes // it is embedded
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
