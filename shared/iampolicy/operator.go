package iampolicy

import (
	"fmt"
	"strings"
)

// comparison is the kind of values compared, without negation.
type comparison uint8

const (
	compareString comparison = iota
	compareFold
	compareLike
	compareARN
	compareNumber
	compareDate
	compareBool
	compareBinary
	compareIP
	compareNull
)

type relation uint8

const (
	equal relation = iota
	less
	lessOrEqual
	greater
	greaterOrEqual
)

// quantifier is the set prefix of an operator.
type quantifier uint8

const (
	single quantifier = iota
	forAll
	forAny
)

// operator is a parsed condition operator.
type operator struct {
	name       string // canonical, with prefix and suffix
	compare    comparison
	relation   relation // for numbers and dates
	negated    bool
	quantifier quantifier
	ifExists   bool
}

// baseOperators are those of IAM, "Condition operators". ArnEquals and ArnLike behave the same in IAM.
func baseOperators() []operator {
	all := []operator{
		{name: "StringEquals", compare: compareString},
		{name: "StringNotEquals", compare: compareString, negated: true},
		{name: "StringEqualsIgnoreCase", compare: compareFold},
		{name: "StringNotEqualsIgnoreCase", compare: compareFold, negated: true},
		{name: "StringLike", compare: compareLike},
		{name: "StringNotLike", compare: compareLike, negated: true},
		{name: "ArnEquals", compare: compareARN},
		{name: "ArnLike", compare: compareARN},
		{name: "ArnNotEquals", compare: compareARN, negated: true},
		{name: "ArnNotLike", compare: compareARN, negated: true},
		{name: "Bool", compare: compareBool},
		{name: "BinaryEquals", compare: compareBinary},
		{name: "IpAddress", compare: compareIP},
		{name: "NotIpAddress", compare: compareIP, negated: true},
		{name: "Null", compare: compareNull},
	}
	for prefix, compare := range map[string]comparison{"Numeric": compareNumber, "Date": compareDate} {
		all = append(all,
			operator{name: prefix + "Equals", compare: compare},
			operator{name: prefix + "NotEquals", compare: compare, negated: true},
			operator{name: prefix + "LessThan", compare: compare, relation: less},
			operator{name: prefix + "LessThanEquals", compare: compare, relation: lessOrEqual},
			operator{name: prefix + "GreaterThan", compare: compare, relation: greater},
			operator{name: prefix + "GreaterThanEquals", compare: compare, relation: greaterOrEqual},
		)
	}
	return all
}

var operatorsByName = func() map[string]operator {
	byName := make(map[string]operator)
	for _, o := range baseOperators() {
		byName[strings.ToLower(o.name)] = o
	}
	return byName
}()

// parseOperator accepts any case and returns AWS's spelling.
func parseOperator(name string) (operator, error) {
	rest, quant, prefix := strings.ToLower(name), single, ""
	if r, ok := strings.CutPrefix(rest, "forallvalues:"); ok {
		rest, quant, prefix = r, forAll, "ForAllValues:"
	} else if r, ok := strings.CutPrefix(rest, "foranyvalue:"); ok {
		rest, quant, prefix = r, forAny, "ForAnyValue:"
	}
	rest, ifExists := strings.CutSuffix(rest, "ifexists")
	o, ok := operatorsByName[rest]
	if !ok {
		return o, fmt.Errorf("unknown condition operator %q", name)
	}
	if o.compare == compareNull && ifExists {
		return o, fmt.Errorf("the operator Null does not take IfExists: %q", name)
	}
	o.name, o.quantifier, o.ifExists = prefix+o.name, quant, ifExists
	if ifExists {
		o.name += "IfExists"
	}
	return o, nil
}
