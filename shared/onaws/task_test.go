package onaws

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"curfew/shared/access"
	"curfew/shared/fault"
)

// now is the instant of these tests.
var now = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// newFunction is a function whose lines can be read.
func newFunction(t *testing.T) (*Function, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return &Function{
		Log:     NewLog(&out, "test"),
		Metrics: &Metrics{Out: &out, Installation: "curfew", Function: "test", Now: func() time.Time { return now }},
	}, &out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lines are the JSON objects that a function wrote.
func lines(t *testing.T, out *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(out.String()) {
		var m map[string]any
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line is no JSON object: %s", line)
		}
		all = append(all, m)
	}
	return all
}

func TestErrorsKeepTheirKinds(t *testing.T) {
	kind := func(k fault.Kind) error { return fault.Errorf(k, "text") }
	for name, c := range map[string]struct {
		err  error
		want messages.InvokeResponse_Error
	}{
		"a kind":         {kind(fault.NotYours), messages.InvokeResponse_Error{Type: "NotYours", Message: "text"}},
		"wrapped":        {fmt.Errorf("outside: %w", kind(fault.Transient)), messages.InvokeResponse_Error{Type: "Transient", Message: "outside: text"}},
		"joined":         {errors.Join(errors.New("other"), kind(fault.NotYet)), messages.InvokeResponse_Error{Type: "NotYet", Message: "other\ntext"}},
		"a fault":        {kind(fault.Internal), messages.InvokeResponse_Error{Type: "Internal", Message: "the function failed: see its log"}},
		"without a kind": {errors.New("secret"), messages.InvokeResponse_Error{Type: "Internal", Message: "the function failed: see its log"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, out := newFunction(t)
			h := Task(f, func(context.Context, struct{}) (struct{}, error) { return struct{}{}, c.err })
			raw, err := h.Invoke(t.Context(), []byte(`{}`))
			if got, ok := err.(messages.InvokeResponse_Error); !ok || got.Type != c.want.Type || got.Message != c.want.Message || raw != nil {
				t.Errorf("Invoke = %q, %#v, want %#v", raw, err, c.want)
			}
			if got := lines(t, out)[0]["Kind"]; got != c.want.Type {
				t.Errorf("counted as %v, want %s", got, c.want.Type)
			}
		})
	}
}

func TestPayloadsAreReadStrictly(t *testing.T) {
	for name, c := range map[string]struct {
		payload, want string // want: the error's type; empty: accepted
	}{
		"an object":             {`{"id":"a","execution":"b"}`, ""},
		"members not known yet": {`{"id":"a","newer":[1,2]}`, ""},
		"white space around":    {" {\"id\":\"a\"}\n", ""},
		"nothing":               {``, "Invalid"},
		"null":                  {`null`, "Invalid"},
		"a list":                {`[{"id":"a"}]`, "Invalid"},
		"text":                  {`"a"`, "Invalid"},
		"cut off":               {`{"id":"a"`, "Invalid"},
		"two objects":           {`{"id":"a"}{"id":"b"}`, "Invalid"},
		"another type":          {`{"id":7}`, "Invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			f, _ := newFunction(t)
			h := Task(f, func(_ context.Context, in access.GrantIn) (access.GrantOut, error) {
				if in.ID != "a" {
					t.Errorf("id = %q, want a", in.ID)
				}
				return access.GrantOut{TimeoutSeconds: 2, BeatSeconds: 1}, nil
			})
			raw, err := h.Invoke(t.Context(), []byte(c.payload))
			if named, _ := err.(messages.InvokeResponse_Error); named.Type != c.want {
				t.Fatalf("error = %v, want type %q", err, c.want)
			}
			if want := `{"timeout_seconds":2,"beat_seconds":1}`; c.want == "" && string(raw) != want {
				t.Errorf("answer = %s, want %s", raw, want)
			}
		})
	}
}

func TestNothingOfAPayloadIsLogged(t *testing.T) {
	f, out := newFunction(t)
	h := Task(f, func(context.Context, access.WaitIn) (struct{}, error) { return struct{}{}, nil })
	for _, payload := range []string{`{"token":{"s3cret":1}}`, `{"token":"s3cret`, `{"verb":"s3cret"} s3cret`} {
		if _, err := h.Invoke(t.Context(), []byte(payload)); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("error = %v, want one that does not repeat the payload", err)
		}
	}
	if strings.Contains(out.String(), "s3cret") {
		t.Errorf("the log repeats the payload: %s", out)
	}
}

func TestAPanicIsAnErrorOfOneInvocation(t *testing.T) {
	f, out := newFunction(t)
	die := true
	h := Task(f, func(context.Context, struct{}) (int, error) {
		if die {
			panic("dead")
		}
		return 1, nil
	})
	_, err := h.Invoke(t.Context(), []byte(`{}`))
	if named, _ := err.(messages.InvokeResponse_Error); named.Type != "Internal" {
		t.Errorf("error = %v, want Internal", err)
	}
	if l := lines(t, out)[0]; l["panic"] != "dead" || l["stack"] == nil {
		t.Errorf("log = %v, want the panic with its stack", l)
	}
	die = false
	if raw, err := h.Invoke(t.Context(), []byte(`{}`)); string(raw) != "1" || err != nil {
		t.Errorf("the next invocation = %s, %v, want 1", raw, err)
	}
}

func TestTheFirstLineSaysWhichBuildThisIs(t *testing.T) {
	f, out := newFunction(t)
	Begin(f.Log, "c0ffee")
	l := lines(t, out)[0]
	if l["msg"] != "begin" || l["version"] != "dev" || l["catalog"] != "c0ffee" || l["function"] != "test" {
		t.Errorf("first line = %v, want function, version and catalog", l)
	}
	if at, err := time.Parse(time.RFC3339Nano, l["time"].(string)); err != nil || at.Location() != time.UTC {
		t.Errorf("time = %v, want UTC", l["time"])
	}
}
