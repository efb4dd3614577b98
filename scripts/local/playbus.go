package main

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"curfew/events"
	"curfew/shared/trigger"
)

// happens puts an event of events/examples on the bus.
func (s *story) happens(example string) error {
	raw, err := events.Example(example)
	if err != nil {
		return err
	}
	_, err = s.brings(example, raw)
	return err
}

// happensNow puts an alarm's event on the bus with the current time: it is the second of its kind.
func (s *story) happensNow(example string) error {
	raw, err := events.Example(example)
	if err != nil {
		return err
	}
	stamp := regexp.MustCompile(`("timestamp": )"[^"]*"`)
	now := stamp.ReplaceAll(raw, []byte(`${1}"`+time.Now().UTC().Format(time.RFC3339)+`"`))
	_, err = s.brings(example+", now", now)
	return err
}

// elevates puts an event on the bus. A trigger must begin an elevation without a request.
func (s *story) elevates(example, name string) (id string, err error) {
	raw, err := events.Example(example)
	if err != nil {
		return "", err
	}
	got, err := s.brings(example, raw)
	if err != nil {
		return "", err
	}
	for _, t := range got.Triggers {
		if t.Trigger == name && t.Started == trigger.Began {
			s.line("Curfew", fmt.Sprintf("the trigger %s elevates, for %s %s", name, kindOf(got.Task), tail(got.Task)), string(t.Started))
			return t.Elevation, nil
		}
	}
	return "", fmt.Errorf("%s: %+v, wanted %s to begin", example, got.Triggers, name)
}

func kindOf(task string) string {
	kind, _, _ := strings.Cut(task, "/")
	return kind
}

func (s *story) brings(what string, raw []byte) (eventAnswer, error) {
	var got eventAnswer
	if err := s.post("/local/events", raw, &got); err != nil {
		return got, err
	}
	outcome := "task " + string(got.State)
	if got.State == events.Other {
		outcome = "task neither started nor over"
	}
	s.line("the bus", what, outcome)
	return got, nil
}
