package iampolicy

import (
	"cmp"
	"net/netip"
	"strings"
)

// holds tells whether the condition is met in a context. Keys and operators of a
// statement are ANDed, the values of one key are ORed.
func (c *condition) holds(ctx Context) bool {
	values, present := ctx.lookup(c.key)
	if c.compare == compareNull {
		// "the Null condition operator … with a false value to check if the context key
		// exists and its value is not null", an empty string included (Set operators).
		return c.null(!present || nullSet(values))
	}
	if !present {
		return c.absent()
	}
	switch c.quantifier {
	case forAll:
		return nullSet(values) || c.all(values, ctx)
	case forAny:
		return !nullSet(values) && c.some(values, ctx)
	}
	return c.one(values, ctx)
}

func (c *condition) null(absent bool) bool {
	for _, want := range c.bools {
		if want == absent {
			return true
		}
	}
	return false
}

// absent answers for a key that the call does not have: IfExists is true;
// ForAllValues is true, ForAnyValue is false; a negated operator is true.
func (c *condition) absent() bool {
	switch {
	case c.ifExists:
		return true
	case c.quantifier == single:
		return c.negated
	}
	return c.quantifier == forAll
}

// nullSet tells a key whose value "resolves to a null dataset, such as an empty
// string" (IAM, Set operators).
func nullSet(values []string) bool { return len(values) == 1 && values[0] == "" }

func (c *condition) all(values []string, ctx Context) bool {
	for _, v := range values {
		if c.matches(v, ctx) == c.negated {
			return false
		}
	}
	return true
}

func (c *condition) some(values []string, ctx Context) bool {
	for _, v := range values {
		if c.matches(v, ctx) != c.negated {
			return true
		}
	}
	return false
}

// one is an operator without set prefix. A key of many values, for which it is
// not meant, matches if one of them does; negated, if none does.
func (c *condition) one(values []string, ctx Context) bool {
	for _, v := range values {
		if c.matches(v, ctx) {
			return !c.negated
		}
	}
	return c.negated
}

// matches compares one value of the call with the values of the policy, without
// the operator's negation.
func (c *condition) matches(v string, ctx Context) bool {
	switch c.compare {
	case compareString, compareLike:
		return c.matchesPattern(v, ctx)
	case compareFold:
		return c.matchesFold(v, ctx)
	case compareARN:
		return c.matchesARN(v, ctx)
	case compareNumber:
		return c.matchesNumber(v)
	case compareDate:
		return c.matchesInstant(v)
	case compareBinary:
		return c.matchesBinary(v)
	case compareIP:
		return c.matchesAddress(v)
	}
	return c.matchesBool(v)
}

func (c *condition) matchesPattern(v string, ctx Context) bool {
	for i := range c.patterns {
		if c.patterns[i].match(v, ctx) {
			return true
		}
	}
	return false
}

// matchesFold differs from a folding pattern in variables, whose values keep
// their case until here, and in letters beyond ASCII.
func (c *condition) matchesFold(v string, ctx Context) bool {
	for i := range c.patterns {
		if s, ok := c.patterns[i].expand(ctx); ok && strings.EqualFold(s, v) {
			return true
		}
	}
	return false
}

// expand writes a pattern without wildcards as text.
func (p *pattern) expand(ctx Context) (string, bool) {
	if len(p.atoms) == 1 {
		return p.atoms[0].literal(ctx)
	}
	var b strings.Builder
	for i := range p.atoms {
		s, ok := p.atoms[i].literal(ctx)
		if !ok {
			return "", false
		}
		b.WriteString(s)
	}
	return b.String(), true
}

// matchesARN compares the six parts of an ARN each by itself.
func (c *condition) matchesARN(v string, ctx Context) bool {
	for _, parts := range c.arns {
		if matchParts(parts, v, ctx) {
			return true
		}
	}
	return false
}

func matchParts(parts []pattern, v string, ctx Context) bool {
	if len(parts) != 6 {
		return false
	}
	for i := range 5 {
		part, rest, ok := strings.Cut(v, ":")
		if !ok || !parts[i].match(part, ctx) {
			return false
		}
		v = rest
	}
	return parts[5].match(v, ctx)
}

func (c *condition) matchesNumber(v string) bool {
	got, ok := parseNumber(v)
	if !ok {
		return false
	}
	for _, want := range c.numbers {
		if c.relation.holds(cmp.Compare(got, want)) {
			return true
		}
	}
	return false
}

func (c *condition) matchesInstant(v string) bool {
	got, ok := parseInstant(v)
	if !ok {
		return false
	}
	for _, want := range c.instants {
		if !want.never && c.relation.holds(got.compare(want)) {
			return true
		}
	}
	return false
}

func (c *condition) matchesBinary(v string) bool {
	got, ok := parseBinary(v)
	if !ok {
		return false
	}
	for _, want := range c.binaries {
		if got == want {
			return true
		}
	}
	return false
}

func (c *condition) matchesAddress(v string) bool {
	got, err := netip.ParseAddr(v)
	if err != nil {
		return false
	}
	for _, want := range c.networks {
		if want.Contains(got) {
			return true
		}
	}
	return false
}

func (c *condition) matchesBool(v string) bool {
	got, ok := parseBool(v)
	if !ok {
		return false
	}
	for _, want := range c.bools {
		if got == want {
			return true
		}
	}
	return false
}
