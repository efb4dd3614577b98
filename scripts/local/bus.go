package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/task"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// maxEvent is EventBridge's limit for one event.
const maxEvent = events.MaxSize

// bus stands in for EventBridge, the queue behind it, and the services that Curfew asks back.
type bus struct {
	reader eventbus.Reader
	told   *told
	name   string // of the installation: source of its events

	alive context.Context
	end   context.CancelFunc
	takes sync.WaitGroup // deliveries in the background
}

func newBus(sys *inprocess.System, set eventbus.Catalog, log *slog.Logger) *bus {
	b := &bus{told: &told{tasks: map[task.Task]events.Signal{}}, name: sys.Service.Settings.Name}
	b.alive, b.end = context.WithCancel(context.Background())
	b.reader = eventbus.Reader{
		Domain: access.Triggers{Service: sys.Service}, Tasks: sys.Service.Tasks(), Source: sys.Service.Settings.Name,
		Triggers: set, Facts: b.told, Jobs: &jobs{log: log}, StateMachine: sys.StateMachine(), Governs: access.Accounts(sys.Service).IsGoverned,
	}
	sys.Notifier.OnEvent = b.announce
	return b
}

// eventAnswer is the answer of POST /local/events.
type eventAnswer struct {
	Task     string         `json:"task"` // "none" if the event has no task
	State    events.State   `json:"state"`
	Triggers []eventTrigger `json:"triggers"`
}

type eventTrigger struct {
	Trigger   string               `json:"trigger,omitempty"`
	Elevation string               `json:"elevation,omitempty"`
	Started   trigger.StartOutcome `json:"begun,omitempty"`
	Why       string               `json:"why,omitempty"`
}

// takeEvent handles an event as the function trigger does. The service's confirmation repeats the last event, unless
// ?fact= sets another.
func (b *bus) takeEvent(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		http.Error(w, "event: "+err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if err := fault.CheckUTF16(raw); err != nil {
		http.Error(w, "event "+err.Error(), http.StatusBadRequest)
		return
	}
	reader := b.reader
	if said := r.URL.Query().Get("fact"); said != "" {
		if !slices.Contains(truths(), eventbus.Confirmation(said)) {
			http.Error(w, "fact: want so, over, not so, or cannot be asked", http.StatusBadRequest)
			return
		}
		reader.Facts = says(said)
	}
	signal, shape := events.Read(raw)
	b.told.hear(signal)
	outcomes, err := reader.Take(r.Context(), raw)
	switch {
	case err != nil:
		http.Error(w, "event: "+err.Error(), http.StatusServiceUnavailable)
	case shape != nil && !errors.Is(shape, events.ErrNotATask):
		http.Error(w, shape.Error()+": events/examples has one of each kind", http.StatusBadRequest)
	default:
		answer(w, answerOf(signal, outcomes))
	}
}

func answerOf(s events.Signal, outcomes []eventbus.Outcome) eventAnswer {
	a := eventAnswer{Task: "none", State: s.State, Triggers: []eventTrigger{}}
	if s.Task.ID != "" {
		a.Task = s.Task.String()
	}
	for _, o := range outcomes {
		a.Triggers = append(a.Triggers, eventTrigger(o))
	}
	return a
}

func truths() []eventbus.Confirmation {
	return []eventbus.Confirmation{eventbus.Confirmed, eventbus.Finished, eventbus.Refuted, eventbus.Unconfirmable}
}

// announce puts one of our events on the bus, and so to the reader: a job may wait for it.
func (b *bus) announce(e access.Event) {
	detail, err := json.Marshal(e.Detail)
	if err != nil {
		return // cannot fail: a struct of strings
	}
	at := e.At.Format(time.RFC3339)
	raw, err := json.Marshal(map[string]any{
		"version": "0", "id": e.Detail.Elevation, "source": b.name, "detail-type": e.DetailType, "account": "111122223333",
		"time": at, "region": "us-east-1", "resources": []string{}, "detail": json.RawMessage(detail),
	})
	if err != nil || b.alive.Err() != nil {
		return
	}
	b.takes.Go(func() { b.bring(raw) })
}

// redeliver is the visibility time-out of a message.
const redeliver = 2 * time.Second

// bring delivers an event until the reader accepts it.
func (b *bus) bring(raw []byte) {
	for {
		if _, err := b.reader.Take(b.alive, raw); err == nil {
			return
		}
		select {
		case <-b.alive.Done():
			return
		case <-time.After(redeliver):
		}
	}
}

// told stands in for the AWS services: it knows the last signal of each task.
type told struct {
	mu    sync.Mutex // guards the fields below
	tasks map[task.Task]events.Signal
}

func (t *told) hear(s events.Signal) {
	if s.State != events.Started && s.State != events.Ended {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if was, ok := t.tasks[s.Task]; !ok || was.At.Before(s.At) || was.At.Equal(s.At) && s.State == events.Ended {
		t.tasks[s.Task] = s
	}
}

// Confirm is [eventbus.Facts].
func (t *told) Confirm(_ context.Context, s events.Signal) (eventbus.Fact, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	was, ok := t.tasks[s.Task]
	switch {
	case !ok || was.Role != "" && s.Role != "" && was.Role != s.Role:
		return eventbus.Fact{Confirmation: eventbus.Refuted}, nil
	case was.State == events.Ended:
		return eventbus.Fact{Confirmation: eventbus.Finished}, nil
	}
	return eventbus.Fact{Confirmation: eventbus.Confirmed}, nil
}

// says is a service that answers every question alike.
type says eventbus.Confirmation

func (s says) Confirm(context.Context, events.Signal) (eventbus.Fact, error) {
	return eventbus.Fact{Confirmation: eventbus.Confirmation(s)}, nil
}

// jobs logs what would be started.
type jobs struct{ log *slog.Logger }

func (j *jobs) Start(ctx context.Context, job trigger.Job, _, token string) error {
	j.log.InfoContext(ctx, "a job would be started", "service", job.Service, "elevation", token)
	return nil
}

// brisk is the catalog with seconds in place of minutes: an alarm or other task is settled within settleTask.
type brisk struct{ *catalog.Set }

func (b brisk) Entitlement(ctx context.Context, hash, name string) (access.Entitlement, error) {
	e, err := b.Set.Entitlement(ctx, hash, name)
	return settling(e), err
}

func (b brisk) Entitlements(ctx context.Context) ([]access.Entitlement, error) {
	all, err := b.Set.Entitlements(ctx)
	for i := range all {
		all[i] = settling(all[i])
	}
	return all, err
}

func settling(e access.Entitlement) access.Entitlement {
	e.Tasks = slices.Clone(e.Tasks)
	for i, rule := range e.Tasks {
		if rule.Settle > 0 || rule.Kind == "incident" {
			e.Tasks[i].Settle = settleTask
		}
	}
	return e
}
