package iampolicy

import (
	"slices"
	"strings"
)

// Implies reports whether d certainly holds in every context in which c does. Both are of version 2012-10-17. False: it does not, or
// it is not known.
func (c Condition) Implies(d Condition) bool {
	if !strings.EqualFold(c.Key, d.Key) {
		return false
	}
	if c.Operator == d.Operator && slices.Equal(c.Values, d.Values) {
		return true
	}
	mine, err := parseOperator(c.Operator)
	if err != nil {
		return false
	}
	other, err := parseOperator(d.Operator)
	if err != nil || mine.quantifier != other.quantifier || mine.negated != other.negated || mine.ifExists && !other.ifExists {
		return false
	}
	// One of several values is enough, unless the operator is negated: then all of them must differ.
	if mine.negated {
		return other.coverAll(d.Values, mine, c.Values)
	}
	return mine.coverAll(c.Values, other, d.Values)
}

// Excludes reports whether c and d certainly never hold together. Both are of version 2012-10-17. False: they may, or it is not known.
func (c Condition) Excludes(d Condition) bool {
	if !strings.EqualFold(c.Key, d.Key) {
		return false
	}
	mine, err := parseOperator(c.Operator)
	if err != nil || mine.quantifier != single {
		return false
	}
	other, err := parseOperator(d.Operator)
	if err != nil || other.quantifier != single || mine.ifExists && other.ifExists {
		return false // without the key, both hold
	}
	if mine.compare == compareNull || other.compare == compareNull {
		return mine.compare == other.compare && mine.disjoint(c.Values, other, d.Values)
	}
	switch {
	case mine.negated && other.negated:
		return false
	case other.negated: // what the one needs the other forbids
		return !mine.ifExists && mine.coverAll(c.Values, other, d.Values)
	case mine.negated:
		return !other.ifExists && other.coverAll(d.Values, mine, c.Values)
	}
	return oneValued(c.Key) && mine.disjoint(c.Values, other, d.Values)
}

// oneValued tells global keys that a request has one value of.
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
func oneValued(key string) bool {
	return slices.ContainsFunc([]string{"aws:MultiFactorAuthPresent", "aws:SecureTransport", "aws:ViaAWSService", "aws:PrincipalIsAWSService", "aws:RequestedRegion",
		"aws:PrincipalAccount", "aws:ResourceAccount", "aws:PrincipalOrgID", "aws:ResourceOrgID", "aws:userid", "aws:SourceVpc", "aws:SourceVpce"},
		func(name string) bool { return strings.EqualFold(name, key) })
}

// coverAll reports whether what any narrow value of o matches, a wide value of by matches.
func (o operator) coverAll(narrow []string, by operator, wide []string) bool {
	return !slices.ContainsFunc(narrow, func(n string) bool {
		return !slices.ContainsFunc(wide, func(w string) bool { return by.covers(w, o, n) })
	})
}

// covers reports whether a value w of o matches all that n of the other operator matches. It ignores negations.
func (o operator) covers(w string, other operator, n string) bool {
	switch {
	case o.compare == other.compare && o.relation == other.relation && w == n:
		return true
	case o.isText() && other.isText():
		wide, narrow := o.text(w), other.text(n)
		return wide != nil && narrow != nil && wide.Covers(narrow)
	case o.compare != other.compare:
		return false
	}
	switch o.compare {
	case compareNumber:
		x, ok := parseNumber(n)
		y, valid := parseNumber(w)
		return ok && valid && o.wider(other, x < y, x == y)
	case compareDate:
		x, ok := parsePolicyInstant(n)
		y, valid := parsePolicyInstant(w)
		return ok && valid && !x.never && !y.never && o.wider(other, x.compare(y) < 0, x.compare(y) == 0)
	case compareIP:
		x, ok := parseNetwork(n)
		y, valid := parseNetwork(w)
		return ok && valid && y.Bits() <= x.Bits() && y.Contains(x.Addr())
	case compareBool, compareNull:
		return strings.EqualFold(w, n)
	}
	return false
}

// wider reports whether a relation to y holds wherever the other relation to x does, where x is less than y, or equal.
func (o operator) wider(other operator, below, same bool) bool {
	switch {
	case o.relation == other.relation && o.relation == equal:
		return same
	case o.relation == lessOrEqual && (other.relation == less || other.relation == lessOrEqual || other.relation == equal):
		return below || same
	case o.relation == less && (other.relation == lessOrEqual || other.relation == equal):
		return below
	case o.relation == less && other.relation == less:
		return below || same
	case o.relation == greaterOrEqual && (other.relation == greater || other.relation == greaterOrEqual || other.relation == equal):
		return !below
	case o.relation == greater && (other.relation == greaterOrEqual || other.relation == equal):
		return !below && !same
	case o.relation == greater && other.relation == greater:
		return !below
	}
	return false
}

func (o operator) isText() bool { return o.compare == compareString || o.compare == compareLike }

// text is a value's pattern; nil: it is invalid.
func (o operator) text(value string) *Pattern {
	p, err := newPattern(value, style{variables: true, wild: o.compare == compareLike})
	if err != nil {
		return nil
	}
	return p
}

func (o operator) disjoint(values []string, other operator, others []string) bool {
	return !slices.ContainsFunc(values, func(v string) bool {
		return slices.ContainsFunc(others, func(w string) bool { return !o.apart(v, other, w) })
	})
}

func (o operator) apart(v string, other operator, w string) bool {
	if o.isText() && other.isText() {
		p, q := o.text(v), other.text(w)
		return p != nil && q != nil && !p.Overlaps(q)
	}
	return o.compare == other.compare && (o.compare == compareBool || o.compare == compareNull) && !strings.EqualFold(v, w)
}
