package iampolicy

import (
	"fmt"
	"slices"
	"unicode/utf8"
)

// Bytes returns the document as compact canonical JSON: elements in a fixed order, condition operators and keys sorted,
// statements and values in their order. A list of one is written as its value.
func (d *Document) Bytes() []byte {
	b := append(make([]byte, 0, 512), '{') // usually enough
	if d.Version != "" {
		b = append(appendString(append(b, `"Version":`...), d.Version), ',')
	}
	if d.ID != "" {
		b = append(appendString(append(b, `"Id":`...), d.ID), ',')
	}
	b = append(b, `"Statement":[`...)
	for i := range d.Statements {
		if i > 0 {
			b = append(b, ',')
		}
		b = d.Statements[i].append(b)
	}
	return append(b, "]}"...)
}

func (s *Statement) append(b []byte) []byte {
	b = append(b, '{')
	if s.Sid != "" {
		b = append(appendString(append(b, `"Sid":`...), s.Sid), ',')
	}
	b = appendString(append(b, `"Effect":`...), string(s.Effect))
	b = appendPrincipals(b, s.Principals)
	b = appendElement(b, "Action", s.Actions)
	b = appendElement(b, "NotAction", s.NotActions)
	b = appendElement(b, "Resource", s.Resources)
	b = appendElement(b, "NotResource", s.NotResources)
	return append(appendConditions(b, s.Conditions), '}')
}

func appendElement(b []byte, name string, values []string) []byte {
	if len(values) == 0 {
		return b
	}
	b = append(appendString(append(b, ','), name), ':')
	return appendValues(b, values)
}

func appendValues(b []byte, values []string) []byte {
	if len(values) == 1 {
		return appendString(b, values[0])
	}
	b = append(b, '[')
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, v)
	}
	return append(b, ']')
}

func appendPrincipals(b []byte, all []Principal) []byte {
	if len(all) == 0 {
		return b
	}
	b = append(b, `,"Principal":`...)
	if all[0].Type == "*" {
		return append(b, `"*"`...)
	}
	separator := byte('{')
	for _, kind := range []string{"AWS", "Service", "Federated", "CanonicalUser"} {
		var values []string
		for _, p := range all {
			if p.Type == kind {
				values = append(values, p.Value)
			}
		}
		if values == nil {
			continue
		}
		b = append(appendString(append(b, separator), kind), ':')
		b = appendValues(b, values)
		separator = ','
	}
	return append(b, '}')
}

func appendConditions(b []byte, all []Condition) []byte {
	if len(all) == 0 {
		return b
	}
	if !slices.IsSortedFunc(all, compareConditions) {
		all = slices.SortedFunc(slices.Values(all), compareConditions)
	}
	b = append(b, `,"Condition":{`...)
	for i, c := range all {
		switch {
		case i > 0 && all[i-1].Operator == c.Operator:
			b = append(b, ',')
		case i > 0:
			b = append(b, "},"...)
			fallthrough
		default:
			b = append(appendString(b, c.Operator), ":{"...)
		}
		b = append(appendString(b, c.Key), ':')
		b = appendValues(b, c.Values)
	}
	return append(b, "}}"...)
}

// appendString escapes only quote, backslash and control characters. A policy holds no character beyond U+00FF, and an
// escape would count against IAM's quota.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < 0x20:
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// Size returns the characters without white space (IAM quotas page).
func Size(b []byte) int {
	n := utf8.RuneCount(b)
	for _, c := range b {
		if c == ' ' || c == '\t' || c == '\n' || c == '\r' {
			n--
		}
	}
	return n
}
