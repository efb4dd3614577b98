package simulation

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
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
	Rows       []record.Row      `json:"rows"`
	Grants     []access.Found    `json:"grants"` // in IAM
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

// adopt puts the elevation into the world: its rows, its grant, its execution. From then on executions are started under
// the new definition.
func (w *world) adopt(c carried) error {
	if c.state == "" {
		return nil
	}
	r, err := firstRecords()
	if err != nil {
		return err
	}
	id := r.Elevations[c.state]
	var changes []record.Change
	for _, row := range r.Rows {
		if r.about(row, id) {
			changes = append(changes, record.Change{If: record.Absent, Row: row})
		}
	}
	if err := w.store.Write(w.alive, changes...); err != nil {
		return fmt.Errorf("simulation: the rows of %s: %w", c.state, err)
	}
	for _, g := range r.Grants {
		if g.Grant != access.GrantName("curfew", id) {
			continue
		}
		if err := w.iam.PutRolePolicyByHand(g.Principal.ARN, g.Grant, g.Documents[0]); err != nil {
			return fmt.Errorf("simulation: the grant of %s: %w", c.state, err)
		}
	}
	e, err := w.oracle.adopt(id)
	if err != nil {
		return err
	}
	if !c.runs || !e.EndDue.IsZero() { // what went wrong before is not held against this release
		from := time.Now()
		if !e.EndDue.IsZero() {
			from = e.EndDue
		}
		w.gate.happen("carried over", "", 1, from, time.Now())
	}
	if c.runs {
		if err := w.workflow.Start(context.Background(), id, e.Input); err != nil {
			return fmt.Errorf("simulation: the execution of %s: %w", c.state, err)
		}
	}
	chaos{w}.deploy(Deployed)
	return nil
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

// deploy makes another definition the one that executions are started under.
func (w chaos) deploy(e Event) {
	machine, err := parsed()
	if e == RolledBack {
		machine, err = firstDefinition()
	}
	if err != nil { // it was parsed when the world was made
		w.oracle.wrong("the definition cannot be read: %v", err)
		return
	}
	w.workflow.Engine().Update(machine)
}

// handOver lets handlers of the first release write until an instant, as after a rollback.
func (o *oracle) handOver(until time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.oldUntil = until
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

// adopt follows an elevation from here on.
func (o *oracle) adopt(id string) (access.Elevation, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	es, ts, err := access.Lives(o.w.store.All(record.AccessTable))
	if err != nil || len(es) != 1 || len(ts) != 1 || es[0].ID != id {
		return access.Elevation{}, fmt.Errorf("simulation: %d elevations were carried over, want %s alone: %v", len(es), id, err)
	}
	t := o.life(id)
	t.is, t.terms = es[0], ts[0]
	o.lookAtIAM()
	if t.is.State.Open() {
		o.granting(t)
	}
	return t.is, nil
}

// releases are the lives that a deploy finds, each beside one that begins after it: with its execution, and without.
func releases(beside life) []base {
	lead := life{n: 1, stored: true, startsAfter: time.Second}
	var all []base
	add := func(state string, change func(*life)) {
		l := lead
		change(&l)
		for _, runs := range []bool{true, false} {
			name := "release 1, " + state
			if !runs {
				name += ", execution lost"
			}
			all = append(all, base{name: name, cast: cast{lives: []life{l, beside}, from: carried{state, runs}}})
		}
	}
	add("requested", func(l *life) { l.entitlement, l.decides = "admin", 20*time.Second })
	add("active", func(l *life) { l.holdsOn() })
	add("active-person", func(l *life) { l.ends, l.endsAfter = revokedBy, time.Minute })
	for _, state := range []string{"approved", "granting", "granting-unattached", "revoking", "stuck", "ended", "denied", "withdrawn"} {
		add(state, func(*life) {})
	}
	return all
}
