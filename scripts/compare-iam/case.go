package main

import (
	"encoding/json"
	"fmt"
	"slices"

	"curfew/shared/iampolicy"
)

// Case is one question to both evaluators, as the driver reads it.
type Case struct {
	Principal string         `json:"principal"`
	Action    string         `json:"action"`
	Resource  string         `json:"resource"`
	Context   map[string]any `json:"context"` // a string, or a list of strings
	Identity  []Policy       `json:"identity"`
	Boundary  *Policy        `json:"boundary,omitempty"`
}

// Policy and Statement are documents as text would have them.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement leaves out what it does not have.
type Statement struct {
	Effect      string
	Action      []string                       `json:",omitempty"`
	NotAction   []string                       `json:",omitempty"`
	Resource    []string                       `json:",omitempty"`
	NotResource []string                       `json:",omitempty"`
	Condition   map[string]map[string][]string `json:",omitempty"`
}

func (c Case) evaluate() (string, error) {
	var p iampolicy.Policies
	for i, policy := range c.Identity {
		d, err := policy.parse()
		if err != nil {
			return "", err
		}
		p.Identity = append(p.Identity, iampolicy.Named{Name: fmt.Sprintf("p%d", i), Document: d})
	}
	if c.Boundary != nil {
		d, err := c.Boundary.parse()
		if err != nil {
			return "", err
		}
		p.Boundary = d
	}
	call := iampolicy.Call{Action: c.Action, Resource: c.Resource, Context: iampolicy.Context{}}
	for key, value := range c.Context {
		if s, ok := value.(string); ok {
			call.Context[key] = []string{s}
		} else if values, ok := value.([]string); ok {
			call.Context[key] = values
		}
	}
	return string(iampolicy.Evaluate(p, call).Outcome), nil
}

func (p *Policy) parse() (*iampolicy.Document, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return iampolicy.Parse(b)
}

func (c Case) policies() []Policy {
	if c.Boundary == nil {
		return c.Identity
	}
	return append(slices.Clone(c.Identity), *c.Boundary)
}

func (c Case) class(outcome string) string {
	if slices.ContainsFunc(c.policies(), func(p Policy) bool {
		return slices.ContainsFunc(p.Statement, func(s Statement) bool { return len(s.Condition) > 0 })
	}) {
		return outcome + ", with conditions"
	}
	return outcome
}
