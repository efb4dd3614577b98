package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"

	"curfew/shared/inprocess/asl"
)

// Case is an execution of a machine, as the driver reads it.
type Case struct {
	Machine json.RawMessage `json:"machine"`
	Input   any             `json:"input"`
	Answers []Answer        `json:"answers"` // of the machine's function, in order; then null
}

// Answer is a value, "echo" for the payload, or an error's name.
type Answer struct {
	OK    any    `json:"ok"`
	Error string `json:"error,omitempty"`
}

// functionError is an error with a name.
type functionError string

func (e functionError) Error() string { return string(e) }

func nameOf(err error) string {
	var e functionError
	errors.As(err, &e)
	return string(e)
}

func (c Case) run() (string, error) {
	m, err := asl.Parse(c.Machine, nil)
	if err != nil {
		return "", err
	}
	input, err := json.Marshal(c.Input)
	if err != nil {
		return "", err
	}
	return c.execute(m, string(input))
}

func (c Case) execute(m *asl.Machine, input string) (string, error) {
	closed := make(chan asl.Closed, 1)
	engine := asl.NewEngine(m, asl.Config{
		Functions: map[string]asl.Function{"f": c.function()},
		ErrorName: nameOf,
		OnClose:   func(x asl.Closed) { closed <- x },
	})
	defer engine.Close()
	if _, err := engine.Start("one", input); err != nil {
		return "", err
	}
	x := <-closed
	if x.Status == asl.Succeeded {
		return `{"output":` + sorted(x.Output) + `}`, nil
	}
	return sorted(`{"error":` + quoted(x.Error) + `}`), nil
}

func (c Case) function() asl.Function {
	var mu sync.Mutex
	left := c.Answers
	return func(_ context.Context, payload []byte) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		if len(left) == 0 {
			return nil, nil
		}
		a := left[0]
		left = left[1:]
		switch {
		case a.Error != "":
			return nil, functionError(a.Error)
		case a.OK == "echo":
			return payload, nil
		}
		return json.Marshal(a.OK)
	}
}

// sorted is JSON as the driver prints it.
func sorted(text string) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return text
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return text
	}
	return strings.TrimSpace(b.String())
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // a string
	return string(b)
}

func class(_ Case, answer string) string {
	if strings.HasPrefix(answer, `{"error"`) {
		return answer
	}
	return "succeeded"
}
