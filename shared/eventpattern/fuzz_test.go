package eventpattern_test

import (
	"strings"
	"testing"

	"curfew/events"
	"curfew/shared/eventpattern"
)

// seeds have every operator, and near misses.
var seeds = []string{
	`{"a": ["x", 5, 3.0e2, true, null, "10.0.0.1"]}`,
	`{"a": [{"prefix": "x"}, {"suffix": {"equals-ignore-case": "Y"}}, {"wildcard": "a*\\*b\\\\*"}]}`,
	`{"a": [{"anything-but": [1, 2]}, {"anything-but": {"wildcard": ["*x", "y*"]}}, {"exists": false}]}`,
	`{"a": [{"numeric": [">", -5e9, "<=", 5.000001]}, {"cidr": "2001:db8::/32"}, {"equals-ignore-case": ""}]}`,
	`{"a": {"$or": [{"b.c": [1]}, {"d": ["y"], "$or": [{"e": [0]}, {"f": [1]}]}]}, "": ["z"]}`,
	`{"a": [{"prefix": {}}], "a": []}`,
	`{"a\n": {"\u2028": 5}}`,
	`{"a": [{"anything-but": {"\n": []}}, {"\n": 1}]}`,
}

// FuzzParse: Parse returns for any text; its error is one line; an accepted pattern can be used.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, pattern []byte) {
		p, err := eventpattern.Parse(pattern)
		if err != nil {
			if p != nil || strings.ContainsAny(err.Error(), "\n\r") {
				t.Fatalf("refused with %v and %q, want nil and one line", p, err)
			}
			return
		}
		if _, err := p.Match([]byte(ec2)); err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		if values, ok := p.Exactly("source"); ok != (len(values) > 0) {
			t.Fatalf("%s: Exactly = %q, %t", pattern, values, ok)
		}
	})
}

// FuzzMatch: Match returns for any input, with the same result twice.
func FuzzMatch(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed), []byte(ec2))
		f.Add([]byte(seed), []byte(`{"a": [{"b": {"c": 1}, "d": "y", "f": 1}, ["x", [{"e": 0}]], 5], "": "z", "a": "::ffff:a00:1"}`))
	}
	for _, name := range events.Examples() {
		f.Add([]byte(`{"detail": {"state": [{"anything-but": "RUNNING"}]}}`), example(f, name))
	}
	f.Fuzz(func(t *testing.T, pattern, event []byte) {
		p, err := eventpattern.Parse(pattern)
		if err != nil {
			return
		}
		got, err := p.Match(event)
		again, errAgain := p.Match(event)
		if got != again || (err == nil) != (errAgain == nil) {
			t.Fatalf("match %t, %v, and again %t, %v", got, err, again, errAgain)
		}
		if got && err != nil {
			t.Fatalf("match and the error %v", err)
		}
	})
}
