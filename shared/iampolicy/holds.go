package iampolicy

import (
	"cmp"
	"net/netip"
	"strings"
)

// holds reports whether the condition is met. Keys and operators of a statement are ANDed, values of one key ORed.
func (c *condition) holds(ctx Context) bool {
	values, present := ctx.lookup(c.key)
	if c.compare == compareNull && c.quantifier == single {
		// IAM, "Set operators": false checks that "the context key exists and its value is not null". An empty string
		// counts as null.
		return c.null(!present || isNullSet(values))
	}
	if !present {
		return c.absent()
	}
	switch {
	case c.quantifier == forAll:
		return isNullSet(values) || c.allMeet(values, ctx)
	case c.quantifier == forAny:
		return !isNullSet(values) && c.anyMeets(values, ctx)
	case c.negated: // without set prefix: no value may match
		return c.allMeet(values, ctx)
	}
	return c.anyMeets(values, ctx)
}

func (c *condition) null(absent bool) bool {
	for _, want := range c.bools {
		if want == absent {
			return true
		}
	}
	return false
}

// absent is the result for a key that the call lacks. True: IfExists, ForAllValues and negated operators. False:
// ForAnyValue and the rest.
func (c *condition) absent() bool {
	switch {
	case c.ifExists:
		return true
	case c.quantifier == single:
		return c.negated
	}
	return c.quantifier == forAll
}

// isNullSet reports whether a value "resolves to a null dataset, such as an empty string" (IAM, "Set operators").
func isNullSet(values []string) bool { return len(values) == 1 && values[0] == "" }

func (c *condition) allMeet(values []string, ctx Context) bool {
	for _, v := range values {
		if !c.meets(v, ctx) {
			return false
		}
	}
	return true
}

func (c *condition) anyMeets(values []string, ctx Context) bool {
	for _, v := range values {
		if c.meets(v, ctx) {
			return true
		}
	}
	return false
}

// meets reports whether a value meets the operator. One that is not of the operator's type meets neither the operator nor its
// negation: IAM's policy simulator answers so for ARNs.
func (c *condition) meets(v string, ctx Context) bool {
	if c.negated {
		return c.isOfType(v) && !c.matches(v, ctx)
	}
	return c.matches(v, ctx)
}

func (c *condition) isOfType(v string) (ok bool) {
	switch c.compare {
	case compareARN:
		return strings.HasPrefix(v, "arn:") && strings.Count(v, ":") >= 5
	case compareNumber:
		_, ok = parseNumber(v)
	case compareDate:
		_, ok = parseInstant(v)
	case compareIP:
		_, err := netip.ParseAddr(v)
		ok = err == nil
	default:
		ok = true
	}
	return ok
}

// matches ignores the operator's negation.
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
	case compareNull: // with a set prefix: a value is there
		return c.null(false)
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

// matchesFold, unlike a folding pattern, folds the values of variables, and letters beyond ASCII.
func (c *condition) matchesFold(v string, ctx Context) bool {
	for i := range c.patterns {
		if s, ok := c.patterns[i].expand(ctx); ok && strings.EqualFold(s, v) {
			return true
		}
	}
	return false
}

// expand returns the text of a pattern without wildcards.
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
