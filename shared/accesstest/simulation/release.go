package simulation

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/record"
)

// adopt puts the elevation into the world: rows, grant, execution. Later executions use the new definition.
func (w *world) adopt(c oldElevation) error {
	if c.state == "" {
		return nil
	}
	r, err := firstRecords()
	if err != nil {
		return err
	}
	id := r.Elevations[c.state]
	for i, row := range r.rows() {
		if r.about(row, id) {
			w.store.Overwrite(row, r.Rows[i].Form)
		}
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
	if !c.runs || !e.EndDue.IsZero() { // this release does not answer for earlier faults
		from := time.Now()
		if !e.EndDue.IsZero() {
			from = e.EndDue
		}
		w.gate.happen("carried over", "", 1, from, time.Now())
	}
	if c.runs {
		row, _ := w.store.StoredRow(record.AccessKey("request#"+id, "request"))
		var asked struct{ Input string }
		if err := json.Unmarshal(row.Body, &asked); err != nil {
			return fmt.Errorf("simulation: the request of %s: %w", c.state, err)
		}
		if err := w.workflow.Start(context.Background(), id, asked.Input); err != nil {
			return fmt.Errorf("simulation: the execution of %s: %w", c.state, err)
		}
	}
	chaos{w}.deploy(Deployed)
	return nil
}

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

// releases are the lives that a deploy finds, with and without their execution, each with one that begins after it.
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
			all = append(all, base{name: name, cast: cast{lives: []life{l, beside}, from: oldElevation{state, runs}}})
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
