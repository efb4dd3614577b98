package main

import (
	"encoding/json"
	"net/netip"
	"strings"

	"curfew/scripts/compare"
)

// AWS's rules, where the package is known to differ.
const (
	saysRange    = "0.0.0.0/0 holds every IPv4 address, and no IPv4 range an IPv6 address (Condition operators: CIDR)"
	saysEpoch    = "a date may be given in seconds since 1970 (Condition operators: Date)"
	saysLiteral  = "${*}, ${?} and ${$} stand for the character (Variables)"
	saysIfExists = "with IfExists a condition on a key that is not there is true (Condition operators)"
	saysNull     = "for a variable without value there is no equal or like value (Variables)"
)

func reasons() (all []compare.Reason[Case]) {
	for _, says := range []string{saysRange, saysEpoch, saysLiteral, saysIfExists, saysNull} {
		all = append(all, compare.Reason[Case]{Says: says, Rewrite: func(c Case, ours string) (Case, string, bool) { return c.rewritten(says), ours, true }})
	}
	return all
}

// rewriter rewrites a case for a reason.
type rewriter struct {
	context map[string]any
	reason  string
}

func (w rewriter) may(reason string) bool { return w.reason == reason }

func (c Case) rewritten(reason string) Case {
	b, _ := json.Marshal(c) // strings and maps of strings
	var same Case
	_ = json.Unmarshal(b, &same)
	same.Context = c.Context
	w := rewriter{context: c.Context, reason: reason}
	for _, p := range same.policies() {
		for i := range p.Statement {
			w.statement(&p.Statement[i])
		}
	}
	return same
}

func (w rewriter) statement(s *Statement) {
	for i, resource := range s.NotResource {
		if w.may(saysNull) && w.unresolved(resource) {
			s.NotResource[i] = "arn:aws:sqs:::matches-nothing"
		}
	}
	for operator, keys := range s.Condition {
		for key, values := range keys {
			if w.may(saysIfExists) && strings.HasSuffix(operator, "IfExists") && w.context[key] == nil {
				delete(keys, key)
				continue
			}
			var out []string
			for _, v := range values {
				out = append(out, w.value(operator, key, v)...)
			}
			keys[key] = out
		}
		if len(keys) == 0 {
			delete(s.Condition, operator)
		}
	}
}

// value gives what stands for one value of the policy.
func (w rewriter) value(operator, key, v string) []string {
	switch {
	case w.may(saysRange) && strings.Contains(operator, "IpAddress"):
		return w.network(key, v)
	case w.may(saysEpoch) && strings.Contains(operator, "Date") && v == "1795435200":
		return []string{"2026-11-23T12:00:00Z"}
	case w.may(saysLiteral) && strings.Contains(operator, "Equals") && (v == "a${*}" || v == "x${$}"):
		return []string{strings.NewReplacer("${*}", "*", "${$}", "$").Replace(v)}
	case w.may(saysNull) && w.unresolved(v) && strings.HasPrefix(v, "arn:"):
		return []string{"arn:aws:sqs:::matches-nothing"}
	case w.may(saysNull) && w.unresolved(v):
		return []string{"matches-nothing"}
	}
	return []string{v}
}

func (w rewriter) network(key, v string) []string {
	address, _ := w.context[key].(string)
	a, err := netip.ParseAddr(address)
	switch {
	case err == nil && a.Is6() && !strings.Contains(v, ":"):
		return []string{"2001:db9::/32"} // contains no address that is used
	case v == "0.0.0.0/0":
		return []string{"0.0.0.0/1", "128.0.0.0/1"}
	}
	return []string{v}
}

// unresolved tells the patterns with a variable that has neither value nor default.
func (w rewriter) unresolved(v string) bool {
	for _, key := range []string{"aws:username", "aws:PrincipalTag/team"} {
		if strings.Contains(v, "${"+key+"}") && w.context[key] == nil {
			return true
		}
	}
	return false
}
