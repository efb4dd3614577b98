package eventbus_test

import (
	"context"
	"slices"
	"testing"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// For all bytes Take returns, asks for no retry, and grants only to listed principals.
func FuzzTake(f *testing.F) {
	for _, name := range events.Examples() {
		raw, err := events.Example(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add(scheduled(f, "nightly", window))
	f.Add(event(f, running, "detail.iamRoleArn", role("0")))
	f.Add(event(f, running, "detail.iamRoleArn", role("9")))
	f.Add([]byte(`{"source":"curfew.schedule","detail":{"trigger":"nightly","trigger":"weekly"}}`))
	house := newFloor(f, 10)
	f.Cleanup(house.Close)
	house.Service.Workflow = idleWorkflow{Workflow: house.Service.Workflow}
	listed := []string{role("0"), role("1")}
	tr := nightlyTrigger()
	tr.Principals, tr.Start, tr.Unconfirmed = listed, []byte(`{"source":[{"exists":true}]}`), true
	tr.Ends = []trigger.End{{Pattern: []byte(`{"detail":{"over":[true]}}`), TaskAt: "detail.job"}}
	opens := tr
	opens.Name, opens.PrincipalAt, opens.Principals = "opens", "", listed[:1]
	opens.Schedule, opens.Job = &trigger.Schedule{}, &trigger.Job{Service: "backup"}
	house.reader.Triggers = &list{tr, opens}
	if out, err := house.reader.Take(f.Context(), event(f, running, "detail.iamRoleArn", role("1"))); err != nil || len(out) != 2 || out[0].Started != trigger.Began {
		f.Fatalf("%+v, %v; want a good event to begin, or nothing here proves anything", out, err)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out, err := house.reader.Take(t.Context(), raw)
		if err != nil {
			t.Errorf("%v, want it to be done with", err)
		}
		for _, o := range out {
			if o.Started == "" && o.Why == "" && o.Elevation == "" {
				t.Errorf("an outcome that says nothing: %+v", o)
			}
		}
		for _, o := range out {
			if o.Started == trigger.Began || o.Started == trigger.Joined {
				wantListed(t, house, o, listed)
			}
		}
	})
}

// wantListed checks the principal of an elevation.
func wantListed(t *testing.T, f *floor, o eventbus.Outcome, listed []string) {
	t.Helper()
	v, err := f.Service.Show(t.Context(), identity.Caller{ID: identity.TriggerID(o.Trigger), Kind: identity.Machine}, o.Elevation)
	if err != nil || !slices.Contains(listed, v.Terms.Principal.ARN) {
		t.Errorf("%+v is for %q, %v; want one of %q", o, v.Terms.Principal.ARN, err, listed)
	}
}

// idleWorkflow is a workflow that does nothing.
type idleWorkflow struct{ access.Workflow }

func (idleWorkflow) Start(context.Context, string, string) error { return nil }
