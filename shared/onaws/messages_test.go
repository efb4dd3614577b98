package onaws

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"curfew/shared/fault"
)

// batchOf is a batch of messages whose ids are their texts.
func batchOf(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var batch events.SQSEvent
	for _, b := range bodies {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: b, Body: b})
	}
	raw, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// takeBatch returns the ids to redeliver, and the metrics.
func takeBatch(t *testing.T, ctx context.Context, batch []byte, take func(context.Context, []byte) ([]string, error)) (again []string, counted string) {
	t.Helper()
	var lines, metrics bytes.Buffer // each has its own lock
	f := &Function{Log: NewLog(&lines, "trigger"), Metrics: &Metrics{Out: &metrics, Installation: "curfew", Function: "trigger", Now: noon}}
	raw, err := Messages(f, take, strings.ToLower)(ctx, batch)
	if err != nil {
		t.Fatal(err)
	}
	var answer events.SQSEventResponse
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte(`"batchItemFailures":[`)) { // null would fail the whole batch
		t.Errorf("answer = %s, want a list", raw)
	}
	for _, i := range answer.BatchItemFailures {
		again = append(again, i.ItemIdentifier)
	}
	return again, metrics.String()
}

// Only failing and panicking messages come again.
func TestAPoisonMessageStopsNoOther(t *testing.T) {
	again, counted := takeBatch(t, t.Context(), batchOf(t, "a", "poison", "b", "later", "c"), func(_ context.Context, body []byte) ([]string, error) {
		switch string(body) {
		case "poison":
			panic("died of it")
		case "later":
			return nil, fault.Errorf(fault.Transient, "busy")
		}
		return []string{"Began"}, nil
	})
	if want := []string{"poison", "later"}; !slices.Equal(again, want) {
		t.Errorf("to come again = %q, want %q", again, want)
	}
	if got := strings.Count(counted, `"Outcome":"began"`); got != 3 {
		t.Errorf("counted %d as begun, want 3:\n%s", got, counted)
	}
}

// No message waits for another.
func TestMessagesAreTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		again, _ := takeBatch(t, t.Context(), batchOf(t, "a", "b", "c"), func(context.Context, []byte) ([]string, error) {
			time.Sleep(10 * time.Second)
			return nil, nil
		})
		if took := time.Since(began); len(again) != 0 || took != 10*time.Second {
			t.Errorf("took %s, %q to come again, want 10s and none", took, again)
		}
	})
}

// A message that cannot be finished is not started.
func TestNoTimeForAMessage(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), messageTime/2)
	defer cancel()
	again, _ := takeBatch(t, ctx, batchOf(t, "a"), func(context.Context, []byte) ([]string, error) {
		t.Error("it was taken")
		return nil, nil
	})
	if !slices.Equal(again, []string{"a"}) {
		t.Errorf("to come again = %q, want a", again)
	}
}

func TestAMessageWithoutAnID(t *testing.T) {
	f := &Function{Log: NewLog(&bytes.Buffer{}, "trigger"), Metrics: &Metrics{Out: &bytes.Buffer{}, Now: noon}}
	_, err := Messages(f, func(context.Context, []byte) ([]string, error) {
		return nil, fault.Errorf(fault.Transient, "busy")
	}, strings.ToLower)(t.Context(), batchOf(t, ""))
	if err == nil {
		t.Error("no error: Lambda would delete an unhandled message")
	}
}

// A batch is one call. Only what it names comes again; a panic, or results for others than the messages, bring all again.
func TestABatchIsDeliveredTogether(t *testing.T) {
	for _, c := range []struct {
		name    string
		deliver func(context.Context, []string) []error
		again   []string
		fails   bool
	}{
		{"one fails", func(_ context.Context, bodies []string) []error {
			failed := make([]error, len(bodies))
			failed[slices.Index(bodies, "b")] = fault.Errorf(fault.Transient, "busy")
			return failed
		}, []string{"b"}, false},
		{"it panics", func(context.Context, []string) []error { panic("died of it") }, nil, true},
		{"too few results", func(context.Context, []string) []error { return nil }, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := &Function{Log: NewLog(io.Discard, "correlate"), Metrics: &Metrics{Out: io.Discard, Installation: "curfew", Function: "correlate", Now: noon}}
			raw, err := Batch(f, c.deliver)(t.Context(), batchOf(t, "a", "b", "c"))
			if (err != nil) != c.fails {
				t.Fatalf("error = %v", err)
			}
			var answer events.SQSEventResponse
			if err := json.Unmarshal(raw, &answer); err != nil && !c.fails {
				t.Fatal(err)
			}
			var again []string
			for _, i := range answer.BatchItemFailures {
				again = append(again, i.ItemIdentifier)
			}
			if !slices.Equal(again, c.again) {
				t.Errorf("to come again = %q, want %q", again, c.again)
			}
		})
	}
}
