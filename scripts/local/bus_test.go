package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"curfew/events"
	"curfew/shared/task"
	"curfew/shared/trigger"
	"curfew/shared/trigger/eventbus"
)

// bring posts an event, and returns status and answer.
func bring(t *testing.T, url string, raw []byte) (int, eventAnswer) {
	t.Helper()
	resp, err := http.Post(url, "application/json", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var a eventAnswer
	if resp.StatusCode == http.StatusOK {
		if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode, a
}

func example(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := events.Example(name)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// eventually waits for other goroutines.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within a minute", what)
		}
	}
}

func TestEventFileElevatesAndEnds(t *testing.T) {
	t.Parallel()
	h, server := serve(t)
	url := server.URL + "/local/events"
	_, a := bring(t, url, example(t, "backup-job-running"))
	if len(a.Triggers) != 1 || a.Triggers[0].Started != trigger.Began || a.Triggers[0].Trigger != "nightly-backup" {
		t.Fatalf("running: %+v, want nightly-backup to begin", a)
	}
	eventually(t, "a grant", func() bool { return len(h.Cloud.Grants()) == 1 })
	if _, again := bring(t, url, example(t, "backup-job-running")); again.Triggers[0].Started != trigger.Repeated {
		t.Errorf("running again: %+v, want it to be known", again)
	}
	bring(t, url, example(t, "backup-job-completed"))
	eventually(t, "no grant", func() bool { return len(h.Cloud.Grants()) == 0 })
	if _, late := bring(t, url, example(t, "backup-job-running")); late.Triggers[0].Started != "" || !strings.Contains(late.Triggers[0].Why, "is over") {
		t.Errorf("running, late: %+v, want it to be over", late)
	}
}

func TestServiceThatSaysOtherwise(t *testing.T) {
	t.Parallel()
	h, server := serve(t)
	for query, want := range map[string]string{"not+so": "denies it", "cannot+be+asked": "has no way to confirm it", "over": "is over"} {
		status, a := bring(t, server.URL+"/local/events?fact="+query, example(t, "backup-job-running"))
		if status != http.StatusOK || len(a.Triggers) != 1 || !strings.Contains(a.Triggers[0].Why, want) {
			t.Errorf("%s: %d %+v, want %q", query, status, a, want)
		}
	}
	if status, _ := bring(t, server.URL+"/local/events?fact=perhaps", example(t, "backup-job-running")); status != http.StatusBadRequest {
		t.Errorf("perhaps: %d, want it refused", status)
	}
	if n := len(h.Cloud.Grants()); n != 0 {
		t.Errorf("%d grants, want none", n)
	}
}

func TestServiceSaysWhatItWasToldLast(t *testing.T) {
	at := time.Date(2026, 8, 6, 10, 0, 0, 0, time.UTC)
	work := task.Task{Kind: "backup", ID: "job-1"}
	start := events.Signal{Task: work, State: events.Started, At: at, Role: backups}
	end := events.Signal{Task: work, State: events.Ended, At: at.Add(time.Minute)}
	again := start
	again.At = at.Add(time.Hour)
	other := start
	other.Role = agents
	for _, c := range []struct {
		name  string
		heard []events.Signal
		asked events.Signal
		want  eventbus.Confirmation
	}{
		{"nothing", nil, start, eventbus.Refuted},
		{"a start", []events.Signal{start}, start, eventbus.Confirmed},
		{"a start of another role", []events.Signal{start}, other, eventbus.Refuted},
		{"an end", []events.Signal{start, end}, start, eventbus.Finished},
		{"a start that came late", []events.Signal{end, start}, start, eventbus.Finished},
		{"a start once more", []events.Signal{start, end, again}, again, eventbus.Confirmed},
		{"a task that waits", []events.Signal{{Task: work, State: events.Other, At: at}}, start, eventbus.Refuted},
	} {
		t.Run(c.name, func(t *testing.T) {
			heard := told{tasks: map[task.Task]events.Signal{}}
			for _, s := range c.heard {
				heard.hear(s)
			}
			if got, err := heard.Confirm(t.Context(), c.asked); got.Confirmation != c.want || err != nil {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}
