package accesstest_test

import (
	"context"
	"encoding/json"
	"sync"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/inprocess/asl"
	"curfew/shared/record"
	"curfew/statemachines"
)

func TestWorkflowInProcess(t *testing.T) {
	accesstest.WorkflowContract(t, openWorkflow)
}

func openWorkflow(t *testing.T) accesstest.WorkflowUnderTest {
	f := &functions{tokens: map[string]string{}, orders: map[string]access.Order{}, closed: map[string]bool{}}
	machine, err := asl.Parse(statemachines.Elevation(), map[string]string{"wait": "wait", "grant": "grant", "revoke": "revoke"})
	if err != nil {
		t.Fatal(err)
	}
	w := inprocess.NewWorkflow(machine, inprocess.Handlers{Wait: f.wait, Grant: f.grant, Revoke: f.revoke},
		inprocess.WorkflowSettings{OnClose: f.onClose})
	t.Cleanup(w.Close)
	return accesstest.WorkflowUnderTest{
		Workflow: w, Input: input, Failed: []string{"Denied", "Withdrawn", "Lapsed"},
		Token: func(t *testing.T, id string) string { return seen(t, f, f.tokens, id) },
		Closed: func(t *testing.T, id string) {
			seen(t, f, f.closed, id)
		},
		Revoked: func(t *testing.T, id string) access.Order { return seen(t, f, f.orders, id) },
		Late: func(t *testing.T, id string) access.Late {
			select {
			case <-w.Late():
			case <-time.After(5 * time.Second):
			}
			for _, l := range w.TakeDeferred() {
				if l.Elevation == id {
					return l
				}
			}
			t.Fatalf("nothing late of %s", id)
			return access.Late{}
		},
	}
}

func input(id string) string {
	return access.Input{
		ID: id, Route: "ask", Account: "111122223333", Principal: account + "role/engineer-deploy",
		PrincipalID: "AROAEXAMPLE0000000001", StartAt: record.Instant(time.Now()).Add(time.Hour), DecideSeconds: 7200,
	}.String()
}

// functions replace the functions of the state machine, and keep their inputs.
type functions struct {
	mu     sync.Mutex // guards the fields below
	tokens map[string]string
	orders map[string]access.Order
	closed map[string]bool
}

func (f *functions) wait(_ context.Context, payload []byte) ([]byte, error) {
	var in struct{ ID, Token string }
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tokens[in.ID] = in.Token
	return nil, nil
}

func (f *functions) grant(context.Context, []byte) ([]byte, error) {
	return nil, fault.Errorf(fault.NotYours, "nothing is granted in this test")
}

func (f *functions) revoke(_ context.Context, payload []byte) ([]byte, error) {
	var o access.Order
	if err := json.Unmarshal(payload, &o); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.orders[o.ID] = o
	return nil, nil
}

func (f *functions) onClose(c asl.Closed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed[c.Name] = true
}

// seen waits for an entry of this id.
func seen[T any](t *testing.T, f *functions, in map[string]T, id string) T {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		f.mu.Lock()
		v, ok := in[id]
		f.mu.Unlock()
		if ok {
			return v
		}
	}
	t.Fatalf("nothing was seen of %s", id)
	var none T
	return none
}
