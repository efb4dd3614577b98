package main

import (
	"encoding/json"
	"strings"
)

// statement is one statement of a policy. A reference of CloudFormation in a text (${AWS::Region}) is filled in at
// deployment.
type statement struct {
	sid       string
	effect    string            // Allow if empty
	principal map[string]string // of resource policies and trust policies only
	actions   []string
	but       []string // NotAction, instead of actions
	resources []string
	when      conditions
}

// conditions are operator, key and values.
type conditions map[string]map[string][]string

const deny = "Deny"

// document is the policy of these statements, as the value of a CloudFormation property.
func document(statements ...statement) map[string]any {
	var all []any
	for _, s := range statements {
		all = append(all, s.value())
	}
	return map[string]any{"Version": "2012-10-17", "Statement": all}
}

func (s statement) value() map[string]any {
	v := map[string]any{"Sid": s.sid, "Effect": "Allow"}
	if s.effect != "" {
		v["Effect"] = s.effect
	}
	if s.principal != nil {
		v["Principal"] = principals(s.principal)
	}
	if s.actions != nil {
		v["Action"] = texts(s.actions)
	}
	if s.but != nil {
		v["NotAction"] = texts(s.but)
	}
	if s.resources != nil {
		v["Resource"] = texts(s.resources)
	}
	if s.when != nil {
		when := map[string]any{}
		for operator, keys := range s.when {
			of := map[string]any{}
			for key, values := range keys {
				of[key] = texts(values)
			}
			when[operator] = of
		}
		v["Condition"] = when
	}
	return v
}

func principals(of map[string]string) any {
	v := map[string]any{}
	for kind, who := range of {
		v[kind] = texts([]string{who})
	}
	return v
}

// texts is one text or a list of them, each with its references filled in by CloudFormation.
func texts(all []string) any {
	values := make([]any, len(all))
	for i, text := range all {
		values[i] = text
		if hasReference(text) {
			values[i] = map[string]any{"Fn::Sub": text}
		}
	}
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// size is what a document counts towards IAM's quotas, or a little more: a reference is counted as it is written, in the
// braces around it, and what it becomes is shorter than that in nearly every case.
func size(document map[string]any) int {
	b, err := json.Marshal(document)
	if err != nil { // maps, lists and texts: there is nothing that could fail
		return 0
	}
	return len(b)
}

// hasReference reports whether CloudFormation has something to fill in.
func hasReference(text string) bool { return strings.Contains(text, "${") }

func join(parts ...[]statement) []statement {
	var all []statement
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
