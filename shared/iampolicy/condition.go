package iampolicy

import (
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
)

// condition is one key under one operator, prepared for comparison.
type condition struct {
	operator
	key      string
	patterns []pattern
	arns     [][]pattern
	numbers  []float64
	instants []instant
	bools    []bool
	networks []netip.Prefix
	binaries []string
}

// add prepares one value. Only strings and ARNs have variables.
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
		return fmt.Errorf("%q is not a valid %s", value, what)
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

// splitARN cuts at colons, except inside a variable, into at most six parts.
func splitARN(s string, variables bool) []string {
	var parts []string
	from := 0
	for i := 0; i < len(s) && len(parts) < 5; i++ {
		if variables && strings.HasPrefix(s[i:], "${") {
			if n := variableLength(s[i:]); n > 0 {
				i += n - 1
				continue
			}
		}
		if s[i] == ':' {
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
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
