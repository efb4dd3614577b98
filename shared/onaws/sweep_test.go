package onaws

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/record"
)

// records is a store of elevations that are all due.
type records struct {
	record.Store
	elevations []access.Elevation
}

func (r records) List(_ context.Context, q record.Query) (record.Page, error) {
	var p record.Page
	for _, e := range r.elevations {
		if q.Index == record.ByDue || e.State.Indexed() == q.Partition {
			p.Keys = append(p.Keys, record.Key{Table: record.AccessTable, Partition: "elevation#" + e.ID, Sort: "elevation"})
		}
	}
	return p, nil
}

func (r records) Read(_ context.Context, keys ...record.Key) (record.Rows, error) {
	rows := record.Rows{}
	for _, e := range r.elevations {
		for _, k := range keys {
			if k.Partition != "elevation#"+e.ID {
				continue
			}
			body, err := json.Marshal(e)
			if err != nil {
				return nil, err
			}
			rows[k] = record.Row{Key: k, Version: 1, Body: body}
		}
	}
	return rows, nil
}

func (records) Partition(context.Context, record.Table, string, string) ([]record.Row, error) {
	return nil, nil
}

func (records) Write(context.Context, ...record.Change) error { return nil }

func TestTheSweepCountsWhatThereIs(t *testing.T) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	store := records{elevations: []access.Elevation{
		{ID: "a", State: access.Active, Deadline: now.Add(time.Hour)},
		{ID: "b", State: access.Active, Deadline: ago(30 * time.Second)},
		{ID: "c", State: access.Active, Deadline: ago(2 * time.Minute)},
		{ID: "d", State: access.Granting, Deadline: now.Add(time.Hour)},
		{ID: "e", State: access.Revoking, EndDue: ago(30 * time.Second)},
		{ID: "f", State: access.Revoking, EndDue: ago(2 * time.Minute), Deadline: now.Add(time.Hour)},
		{ID: "g", State: access.Stuck, EndDue: ago(time.Hour)},
		{ID: "h", State: access.Requested},
	}}
	f, out := newFunction(t)
	svc := f.Service(InstallationConfig{Name: "curfew"})
	svc.Store, svc.Now = store, noon
	if err := f.countElevations(t.Context(), svc); err != nil {
		t.Fatal(err)
	}
	got := lines(t, out)[0]
	for metric, want := range map[string]float64{MetricActive: 7, MetricOverdue: 3, MetricStuck: 1} {
		if got[metric] != want {
			t.Errorf("%s = %v, want %v", metric, got[metric], want)
		}
	}
}

// queue is a queue of late evidence.
type queue struct {
	bodies  []string
	deleted []string
	isGiven bool
}

func (q *queue) Receive(context.Context) ([]LateMessage, error) {
	var messages []LateMessage
	for i, body := range q.bodies {
		if !q.isGiven {
			messages = append(messages, LateMessage{Body: body, Receipt: fmt.Sprint(i)})
		}
	}
	q.isGiven = true
	return messages, nil
}

func (q *queue) Delete(_ context.Context, receipt string) error {
	q.deleted = append(q.deleted, receipt)
	return nil
}

func TestLateEvidenceStaysUntilItIsStored(t *testing.T) {
	late := string(access.Late{Elevation: anID, Grant: "curfew-" + anID, By: "sweep"}.Body())
	for name, c := range map[string]struct {
		store   record.Store
		bodies  []string
		deleted []string
		kind    fault.Kind
	}{
		"the store is not there":   {unreachable{}, []string{late}, nil, fault.Transient},
		"there is no such record":  {records{}, []string{late}, []string{"0"}, ""},
		"what is no evidence goes": {records{}, []string{"[]", late}, []string{"0", "1"}, ""},
		"nothing is there":         {records{}, nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFunction(t)
			svc := f.Service(InstallationConfig{Name: "curfew"})
			svc.Store, svc.Now = c.store, noon
			q := &queue{bodies: c.bodies}
			err := f.appendLate(t.Context(), svc, q)
			if fault.KindOf(err) != c.kind || !slices.Equal(q.deleted, c.deleted) {
				t.Errorf("deleted %v, %v, want %v and an error of kind %q", q.deleted, err, c.deleted, c.kind)
			}
		})
	}
}

func TestAFunctionIsRefusedWhatItWasNotGiven(t *testing.T) {
	f, _ := newFunction(t)
	s := f.Service(InstallationConfig{Name: "curfew"})
	ctx := t.Context()
	first := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"look":             first(s.Cloud.Look(ctx, "")),
		"attach":           s.Cloud.Attach(ctx, access.Grant{}),
		"remove":           first(s.Cloud.Remove(ctx, access.Principal{}, "")),
		"read":             first(s.Cloud.Read(ctx, access.Principal{}, "")),
		"survey":           first(s.Cloud.Survey(ctx, "", "")),
		"grant removes":    first(AttachOnly{Cloud: s.Cloud}.Remove(ctx, access.Principal{}, "")),
		"revoke attaches":  RemoveOnly{Cloud: s.Cloud}.Attach(ctx, access.Grant{}),
		"api attaches":     LookOnly{Cloud: s.Cloud}.Attach(ctx, access.Grant{}),
		"the sweep puts":   ReadOnly{Cloud: s.Cloud}.Attach(ctx, access.Grant{}),
		"start":            s.Workflow.Start(ctx, "", ""),
		"answer":           s.Workflow.Answer(ctx, "", ""),
		"beat":             s.Workflow.Beat(ctx, ""),
		"order":            s.Workflow.Revoke(ctx, access.Order{}),
		"postpone":         s.Workflow.Postpone(ctx, access.Late{}),
		"tell":             s.Notifier.Send(ctx, access.Message{}),
		"publish":          s.Notifier.Publish(ctx, access.Event{}),
		"an entitlement":   first(s.Decider.Entitlement(ctx, "", "")),
		"all entitlements": first(s.Decider.Entitlements(ctx)),
		"groups":           first(s.Decider.Groups(ctx, "")),
		"policy":           first(s.Decider.Decide(ctx, access.Question{})),
	} {
		if fault.KindOf(err) != fault.Denied {
			t.Errorf("%s: error = %v, want Denied", name, err)
		}
	}
}
