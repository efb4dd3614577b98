package iampolicy

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"curfew/shared/strictjson"
)

// condition is one key under one operator, prepared for comparing.
type condition struct {
	operator
	key      string
	patterns []pattern // strings
	arns     [][]pattern
	numbers  []float64
	instants []instant
	bools    []bool
	networks []netip.Prefix
	binaries []string
}

func (p *parser) conditions(n *strictjson.Value) ([]Condition, []condition, error) {
	if n.Kind != strictjson.Object {
		return nil, nil, p.fail(n.Offset, "an object is needed, not %s", n.Kind)
	}
	var all []Condition
	var prepared []condition
	depth := len(p.path)
	for i := range n.Members {
		m := &n.Members[i]
		p.path.to(depth, step{name: m.Name})
		op, err := parseOperator(m.Name)
		if err != nil {
			return nil, nil, p.fail(m.Offset, "%v", err)
		}
		if m.Value.Kind != strictjson.Object {
			return nil, nil, p.fail(m.Value.Offset, "an object is needed, not %s", m.Value.Kind)
		}
		for j := range m.Value.Members {
			k := &m.Value.Members[j]
			p.path.to(depth+1, step{name: k.Name})
			if has(all, op.name, k.Name) {
				return nil, nil, p.fail(k.Offset, "the same key twice under one operator")
			}
			c, ready, err := p.condition(op, k)
			if err != nil {
				return nil, nil, err
			}
			all, prepared = append(all, c), append(prepared, ready)
		}
	}
	p.path = p.path[:depth]
	slices.SortFunc(all, compareConditions)
	return all, prepared, nil
}

func compareConditions(a, b Condition) int {
	return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Key, b.Key))
}

func has(all []Condition, operator, key string) bool {
	return slices.ContainsFunc(all, func(c Condition) bool {
		return c.Operator == operator && strings.EqualFold(c.Key, key)
	})
}

func (p *parser) condition(op operator, k *strictjson.Member) (Condition, condition, error) {
	c := Condition{Operator: op.name, Key: k.Name}
	ready := condition{operator: op, key: k.Name}
	if err := checkKey(k.Name); err != nil {
		return c, ready, p.fail(k.Offset, "%v", err)
	}
	depth := len(p.path)
	items := k.Value.Items
	if k.Value.Kind != strictjson.List {
		items = []strictjson.Value{k.Value}
	}
	for i := range items {
		item := &items[i]
		if k.Value.Kind == strictjson.List {
			p.path.to(depth, step{index: i})
		}
		if item.Kind != strictjson.String && item.Kind != strictjson.Number && item.Kind != strictjson.Bool {
			return c, ready, p.fail(item.Offset, "a string, number or boolean is needed, not %s", item.Kind)
		}
		if err := ready.add(item.Text, p.variables()); err != nil {
			return c, ready, p.fail(item.Offset, "%v", err)
		}
		c.Values = append(c.Values, item.Text)
	}
	p.path = p.path[:depth]
	return c, ready, nil
}

// add prepares one value. Variables exist for strings and ARNs only.
func (c *condition) add(value string, variables bool) error {
	switch c.compare {
	case compareString:
		return c.addPattern(value, style{variables: variables})
	case compareFold:
		return c.addPattern(value, style{variables: variables, fold: true})
	case compareLike:
		return c.addPattern(value, style{variables: variables, wild: true})
	case compareARN:
		return c.addARN(value, variables)
	case compareNumber:
		return appendParsed(&c.numbers, value, parseNumber, "number")
	case compareDate:
		return appendParsed(&c.instants, value, parsePolicyInstant, "date (ISO 8601 with a zone, or seconds since 1970)")
	case compareBinary:
		return appendParsed(&c.binaries, value, parseBinary, "base64 value")
	case compareIP:
		return appendParsed(&c.networks, value, parseNetwork, "address or CIDR range")
	default:
		return appendParsed(&c.bools, value, parseBool, "boolean")
	}
}

func appendParsed[T any](to *[]T, value string, parse func(string) (T, bool), what string) error {
	v, ok := parse(value)
	if !ok {
		return fmt.Errorf("%q is no %s", value, what)
	}
	*to = append(*to, v)
	return nil
}

func (c *condition) addPattern(value string, st style) error {
	p, err := compilePattern(value, st)
	if err != nil {
		return err
	}
	c.patterns = append(c.patterns, p)
	return nil
}

func (c *condition) addARN(value string, variables bool) error {
	var parts []pattern
	for _, part := range splitARN(value, variables) {
		p, err := compilePattern(part, style{variables: variables, wild: true})
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	c.arns = append(c.arns, parts)
	return nil
}

func parseBool(s string) (value, ok bool) {
	return strings.EqualFold(s, "true"), strings.EqualFold(s, "true") || strings.EqualFold(s, "false")
}

func parseBinary(s string) (string, bool) {
	b, err := base64.StdEncoding.DecodeString(s)
	return string(b), err == nil
}

func parseNetwork(s string) (netip.Prefix, bool) {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return netip.Prefix{}, false
		}
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	p, err := netip.ParsePrefix(s)
	return p, err == nil
}
