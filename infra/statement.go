package main

import (
	"encoding/json"
	"strings"
)

type statement struct {
	sid        string
	effect     string            // "": Allow
	principal  map[string]string // only in resource and trust policies
	actions    []string
	notActions []string // NotAction, instead of actions
	resources  []string
	when       conditions
}

// conditions maps operator to key to values.
type conditions map[string]map[string][]string

const deny = "Deny"

// document returns a policy of these statements as a CloudFormation value.
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
	if s.notActions != nil {
		v["NotAction"] = texts(s.notActions)
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

func texts(all []string) any {
	values := make([]any, len(all))
	for i, text := range all {
		values[i] = filled(text)
	}
	if len(values) == 1 {
		return values[0]
	}
	return values
}

func filled(text string) any {
	if hasReference(text) {
		return map[string]any{"Fn::Sub": text}
	}
	return text
}

// size counts references as written, nearly always longer than their value.
func size(document map[string]any) int {
	b, err := json.Marshal(document)
	if err != nil { // maps, lists and strings: cannot fail
		return 0
	}
	return len(b)
}

func hasReference(text string) bool { return strings.Contains(text, "${") }

func join(parts ...[]statement) []statement {
	var all []statement
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}
