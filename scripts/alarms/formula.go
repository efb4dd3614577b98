package main

import (
	"fmt"
	"regexp"
	"strconv"
)

// point is one value of a time series, or a missing one.
type point struct {
	value float64
	ok    bool
}

// formula evaluates a metric-math expression for one period.
//
//   - Arithmetic and comparison of a missing value is missing. A comparison is 1 or 0.
//   - FILL(m, 0) replaces a missing value. The page does not say what it does if a metric has no value at all in the
//     range: it is taken to fill as well.
//   - The page does not say which of comparison, AND and OR binds closer. As in other languages: comparison, AND, OR.
//
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
type formula func(of func(id string) point) point

var token = regexp.MustCompile(`^\s*([A-Za-z_][A-Za-z0-9_]*|[0-9.]+|==|!=|<=|>=|&&|\|\||[-+*/<>(),])`)

type parser struct {
	tokens []string
	err    error
}

func parseFormula(text string) (formula, error) {
	p := &parser{}
	for rest := text; rest != ""; {
		m := token.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("expression %q: %q is not understood", text, rest)
		}
		p.tokens = append(p.tokens, m[1])
		rest = rest[len(m[0]):]
	}
	f := p.binary(0)
	if p.err == nil && len(p.tokens) > 0 {
		p.err = fmt.Errorf("%q is left", p.tokens)
	}
	if p.err != nil {
		return nil, fmt.Errorf("expression %q: %w", text, p.err)
	}
	return f, nil
}

// levels are the operators, those that bind least first.
var levels = []map[string]func(a, b float64) float64{
	{"OR": either, "||": either},
	{"AND": both, "&&": both},
	{
		"==": func(a, b float64) float64 { return truth(a == b) }, "!=": func(a, b float64) float64 { return truth(a != b) },
		"<": func(a, b float64) float64 { return truth(a < b) }, "<=": func(a, b float64) float64 { return truth(a <= b) },
		">": func(a, b float64) float64 { return truth(a > b) }, ">=": func(a, b float64) float64 { return truth(a >= b) },
	},
	{"+": func(a, b float64) float64 { return a + b }, "-": func(a, b float64) float64 { return a - b }},
	{"*": func(a, b float64) float64 { return a * b }, "/": func(a, b float64) float64 { return a / b }},
}

func either(a, b float64) float64 { return truth(a != 0 || b != 0) }

func both(a, b float64) float64 { return truth(a != 0 && b != 0) }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (p *parser) next() string {
	if len(p.tokens) == 0 {
		return ""
	}
	return p.tokens[0]
}

func (p *parser) take() string {
	t := p.next()
	if t != "" {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) want(t string) {
	if got := p.take(); got != t && p.err == nil {
		p.err = fmt.Errorf("%q where %q was expected", got, t)
	}
}

func (p *parser) binary(level int) formula {
	if level == len(levels) {
		return p.operand()
	}
	left := p.binary(level + 1)
	for {
		do, ok := levels[level][p.next()]
		if !ok {
			return left
		}
		p.take()
		a, b := left, p.binary(level+1)
		left = func(of func(string) point) point {
			x, y := a(of), b(of)
			return point{do(x.value, y.value), x.ok && y.ok}
		}
	}
}

func (p *parser) operand() formula {
	t := p.take()
	if n, err := strconv.ParseFloat(t, 64); err == nil {
		return func(func(string) point) point { return point{n, true} }
	}
	switch t {
	case "(":
		f := p.binary(0)
		p.want(")")
		return f
	case "FILL":
		all := p.arguments(2)
		return func(of func(string) point) point {
			if v := all[0](of); v.ok {
				return v
			}
			return all[1](of)
		}
	case "IF":
		all := p.arguments(3)
		return func(of func(string) point) point {
			switch v := all[0](of); {
			case !v.ok:
				return v
			case v.value != 0:
				return all[1](of)
			}
			return all[2](of)
		}
	}
	if t == "" || p.next() == "(" {
		p.err = fmt.Errorf("%q is no operand", t)
	}
	return func(of func(string) point) point { return of(t) }
}

func (p *parser) arguments(n int) []formula {
	p.want("(")
	all := []formula{p.binary(0)}
	for len(all) < n {
		p.want(",")
		all = append(all, p.binary(0))
	}
	p.want(")")
	return all
}
