package simulation

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
)

//go:embed control.asl.json
var plainDefinition []byte

// plainMachine is parsed once: it is immutable.
var plainMachine = sync.OnceValues(func() (*asl.Machine, error) { return asl.Parse(plainDefinition, nil) })

// plain is the control: temporary access as it is often built. Its functions act, record it afterwards, and return
// errors. It has no Catch, sweep or fence.
type plain struct {
	gate     *gate
	iam      *inprocess.IAM
	store    *inprocess.Store
	cloud    *inprocess.Cloud
	workflow *inprocess.Workflow

	faultyStore    record.Store
	faultyCloud    access.Cloud
	faultyWorkflow access.Workflow
}

// The only elevation of a control world and its duration.
const (
	plainID  = "01j00000000000000000000001"
	plainFor = 4 * time.Minute
)

type plainRecord struct {
	State string `json:"state"`
}

func newPlain(s Schedule, keep bool) (*plain, error) {
	machine, err := plainMachine()
	if err != nil {
		return nil, err
	}
	iam, err := inprocess.LoadWorld(bytes.NewReader(inprocess.ExampleWorld()), "example-world.json")
	if err != nil {
		return nil, err
	}
	p := &plain{gate: newGate(baseSeed, s), iam: iam, store: inprocess.NewStore(inprocess.StoreSettings{})}
	p.gate.keep = keep
	p.cloud = &inprocess.Cloud{IAM: iam, Name: "curfew", Boundaries: []string{accesstest.Boundary}}
	p.workflow = inprocess.NewWorkflow(machine, inprocess.Handlers{
		Grant:  p.function(fnGrant, p.grant),
		Revoke: p.function(fnRevoke, p.revoke),
	}, inprocess.WorkflowSettings{})
	p.faultyStore, p.faultyCloud = store{p.store, p.gate}, cloud{p.cloud, p.gate}
	p.faultyWorkflow = workflow{p.workflow, p.gate}
	return p, nil
}

// function runs a function of the control with the product's faults.
func (p *plain) function(name string, f func(context.Context) error) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, _ []byte) ([]byte, error) {
		err := invoke(ctx, p.gate, name, 1, f)
		if errors.Is(err, errDied) {
			panic(err)
		}
		return []byte("{}"), err
	}
}

// ask is the request: it stores a record and starts the execution.
func (p *plain) ask(ctx context.Context) error {
	if err := p.put(ctx, "requested"); err != nil {
		return err
	}
	input, err := json.Marshal(map[string]any{"id": plainID, "seconds": int(plainFor / time.Second)})
	if err != nil {
		return err
	}
	return p.faultyWorkflow.Start(ctx, plainID, string(input))
}

func (p *plain) grant(ctx context.Context) error {
	sight, err := p.faultyCloud.Look(ctx, accesstest.Engineer)
	if err != nil {
		return err
	}
	err = p.faultyCloud.Attach(ctx, access.Grant{Name: access.GrantName("curfew", plainID), Principal: sight.Principal,
		Form: access.Inline, Documents: []string{unfenced}, AttachBy: time.Now().Add(time.Hour)})
	if err != nil {
		return err
	}
	return p.put(ctx, "active")
}

func (p *plain) revoke(ctx context.Context) error {
	if _, err := p.faultyCloud.Remove(ctx, access.Principal{ARN: accesstest.Engineer}, access.GrantName("curfew", plainID)); err != nil {
		return err
	}
	return p.put(ctx, "ended")
}

func (p *plain) put(ctx context.Context, state string) error {
	body, err := json.Marshal(plainRecord{state})
	if err != nil {
		return err
	}
	return p.faultyStore.Write(ctx, record.Change{If: record.Always, Row: record.Row{
		Key: record.Key{Table: record.AccessTable, Partition: "plain#" + plainID, Sort: "plain"}, Version: 1, Body: body,
	}})
}

// live plays the elevation of the control and waits a day: what is left then is permanent.
func (p *plain) live(r *ControlRow) {
	began := time.Now()
	_ = invoke(context.Background(), p.gate, "submit", 1, p.ask)
	time.Sleep(plainFor + time.Hour)
	r.allowed(p, began)
	time.Sleep(23 * time.Hour)
	r.left(p)
	p.workflow.Close()
	p.store.Close()
}

func (r *ControlRow) allowed(p *plain, began time.Time) {
	d := p.iam.Allowed(inprocess.DataCall{Principal: accesstest.Engineer, SessionName: "ana", Action: probeAction, Resource: probeResource})
	if d.Outcome == "allowed" && time.Since(began) > plainFor {
		r.AllowedAfter++
	}
}

func (r *ControlRow) left(p *plain) {
	there := len(p.cloud.Grants()) > 0
	if there {
		r.Orphans++
	}
	rows, err := p.store.Partition(context.Background(), record.AccessTable, "plain#"+plainID, "")
	if err != nil || len(rows) == 0 {
		return
	}
	var last plainRecord
	if json.Unmarshal(rows[0].Body, &last) == nil && (last.State == "active") != there {
		r.Mismatches++
	}
}

// ControlRow counts worlds with one fault each.
type ControlRow struct{ Worlds, Orphans, AllowedAfter, Mismatches int }
