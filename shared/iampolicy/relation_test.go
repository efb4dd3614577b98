package iampolicy_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// shortTexts are all texts of up to six characters. Their beginning puts the colons at which wildcards stop being held back within reach.
func shortTexts(begin string) (all []string) {
	last := []string{begin}
	for range 6 {
		all = append(all, last...)
		var longer []string
		for _, s := range last {
			for _, c := range []string{"a", ":", "é"} {
				longer = append(longer, s+c)
			}
		}
		last = longer
	}
	return append(all, last...)
}

// relations are counts of pairs of patterns.
type relations struct{ pairs, covered, coverKnown, overlapping, exact int }

// matches gives the texts that a pattern matches in each context.
func matches(p *iampolicy.Pattern, texts []string, contexts []iampolicy.Context) (all []bool) {
	for _, c := range contexts {
		for _, s := range texts {
			all = append(all, p.Matches(s, c))
		}
	}
	return all
}

func (n *relations) check(t *testing.T, p, q *iampolicy.Pattern, texts []string, contexts []iampolicy.Context) {
	t.Helper()
	ps, qs := matches(p, texts, contexts), matches(q, texts, contexts)
	covers, overlaps := true, false
	for i := range ps {
		covers = covers && (ps[i] || !qs[i])
		overlaps = overlaps || ps[i] && qs[i]
	}
	n.pairs++
	variables := p.HasVariables() || q.HasVariables()
	if covers {
		n.covered++
	}
	if p.Covers(q) {
		n.coverKnown++
		if !covers {
			t.Errorf("%q does not cover %q", p, q)
		}
	}
	if got := p.Overlaps(q); !got && overlaps || got && !overlaps && !variables {
		t.Errorf("%q and %q overlap: %t, want %t", p, q, got, overlaps)
	}
	both, exact := p.Intersect(q)
	found := make([]bool, len(ps))
	for _, b := range both {
		for i, m := range matches(b, texts, contexts) {
			found[i] = found[i] || m
		}
	}
	if overlaps {
		n.overlapping++
	}
	if overlaps && exact {
		n.exact++
	}
	for i := range found {
		if want := ps[i] && qs[i]; want && !found[i] || exact && found[i] != want {
			t.Fatalf("%q and %q meet in %q, exactly: %t; wrong about %q", p, q, both, exact, texts[i%len(texts)])
		}
	}
}

func somePattern(t *testing.T, r *rand.Rand, begin string, parts []string) *iampolicy.Pattern {
	t.Helper()
	var b strings.Builder
	for range 1 + r.IntN(4) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	p, err := iampolicy.ResourcePattern(begin+b.String(), iampolicy.Version)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every answer about two patterns is that of all short texts. Cover is found nearly always.
func TestRelationsAgainstAllShortTexts(t *testing.T) {
	for _, begin := range []string{"", "::::"} {
		r, n, texts := rand.New(rand.NewPCG(3, 0)), relations{}, shortTexts(begin)
		parts := []string{"*", "*", "?", "a", ":", "é", "**", "*?"}
		for range 800 {
			n.check(t, somePattern(t, r, begin, parts), somePattern(t, r, begin, parts), texts, []iampolicy.Context{nil})
		}
		t.Logf("after %q: %+v", begin, n)
		if n.coverKnown*100 < n.covered*90 || n.exact*100 < n.overlapping*85 || n.covered < 100 {
			t.Errorf("after %q: %+v; too little is known", begin, n)
		}
	}
}

// With variables an answer holds in every context.
func TestRelationsOfVariablesInEveryContext(t *testing.T) {
	var contexts []iampolicy.Context
	for _, x := range []string{"absent", "", "a", ":", "*"} {
		for _, y := range []string{"absent", "é", "a:"} {
			c := iampolicy.Context{"aws:x": {x}, "aws:y": {y}}
			for key, v := range c {
				if v[0] == "absent" {
					delete(c, key)
				}
			}
			contexts = append(contexts, c)
		}
	}
	r, n, texts := rand.New(rand.NewPCG(5, 0)), relations{}, shortTexts("")
	texts = append(slices.DeleteFunc(texts, func(s string) bool { return len([]rune(s)) > 4 }), "*", "*a", "a*:")
	parts := []string{"*", "?", "a", ":", "${aws:x}", "${AWS:X}", "${aws:y, 'a'}", "${aws:y}"}
	for range 800 {
		n.check(t, somePattern(t, r, "", parts), somePattern(t, r, "", parts), texts, contexts)
	}
	t.Logf("%+v", n)
	if n.coverKnown < 40 || n.overlapping < 200 {
		t.Errorf("%+v; the patterns say little", n)
	}
}

func TestRelationsOfARNs(t *testing.T) {
	for _, c := range []struct {
		p, q    string
		covers  bool
		both    string
		inexact bool
	}{
		{p: "*", q: "arn:aws:s3:::a", covers: true, both: "arn:aws:s3:::a"},
		{p: "arn:aws:s3:::*", q: "arn:aws:s3:::a/${aws:username}", covers: true, both: "arn:aws:s3:::a/${aws:username}"},
		{p: "arn:aws:s3:::a/${aws:username}/*", q: "arn:aws:s3:::a/${AWS:username}/b*", covers: true, both: "arn:aws:s3:::a/${AWS:username}/b*"},
		{p: "arn:aws:s3:::a/${aws:username}/*", q: "arn:aws:s3:::a/b/*", both: "arn:aws:s3:::a/b/*", inexact: true},
		{p: "arn:aws:sqs:*:111122223333:orders", q: "arn:aws:sqs:eu-west-1:*:*", both: "arn:aws:sqs:eu-west-1:*:111122223333:orders arn:aws:sqs:eu-west-1:111122223333:orders"},
		{p: "arn:aws:s3:::a/*", q: "arn:aws:s3:::b/*"},
		{p: "arn:aws:s3:::ab*", q: "arn:aws:s3:::*bc", both: "arn:aws:s3:::ab*bc arn:aws:s3:::abc"},
		{p: "arn:aws:s3:::a/${*}", q: "arn:aws:s3:::a/*", both: "arn:aws:s3:::a/${*}"},
		// A * that is not the last of its segment stops at a colon.
		{p: "arn:aws:lambda:eu*1:*", q: "arn:aws:lambda:eu:1:1:function:x"},
		{p: "arn:aws:lambda:eu*", q: "arn:aws:lambda:eu-west-1:1:function:x", covers: true, both: "arn:aws:lambda:eu-west-1:1:function:x"},
	} {
		p, q := resourcePattern(t, c.p), resourcePattern(t, c.q)
		both, exact := p.Intersect(q)
		var texts []string
		for _, b := range both {
			texts = append(texts, b.String())
		}
		slices.Sort(texts)
		if got := strings.Join(texts, " "); p.Covers(q) != c.covers || got != c.both || exact == c.inexact || p.Overlaps(q) != (c.both != "") {
			t.Errorf("%q and %q: covers %t, both %q, exact %t, overlap %t", p, q, p.Covers(q), got, exact, p.Overlaps(q))
		}
	}
}

func resourcePattern(t *testing.T, s string) *iampolicy.Pattern {
	t.Helper()
	p, err := iampolicy.ResourcePattern(s, iampolicy.Version)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A document of version 2008-10-17 has no variables: its rules say so in the language of today.
func TestRulesOfOldDocuments(t *testing.T) {
	d := parse(t, `{"Version":"2008-10-17","Statement":{"Effect":"Deny","NotAction":"S3:get*","NotResource":"arn:aws:s3:::a/${aws:username}","Condition":{"StringLike":{"aws:x":"${aws:y}*"},"Bool":{"aws:z":"true"}}}}`)
	all, err := d.Rules()
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	r := all[0]
	if r.Allow || !r.NotAction || !r.NotResource || r.Resources[0].String() != "arn:aws:s3:::a/${$}{aws:username}" || r.Conditions[1].Values[0] != "${$}{aws:y}*" || r.Conditions[0].Values[0] != "true" {
		t.Errorf("%+v, %s", r, r.Resources)
	}
	if !r.Resources[0].Matches("arn:aws:s3:::a/${aws:username}", nil) || r.Resources[0].HasVariables() || !r.Actions[0].Matches("s3:GetObject", nil) {
		t.Error("the rule is not that of the document")
	}
	if _, err := (&iampolicy.Document{Statements: []iampolicy.Statement{{Effect: "Perhaps"}}}).Rules(); err == nil {
		t.Error("an invalid document has rules")
	}
}

// The table for two long patterns would be large: then an answer is the one that is not certain.
func TestRelationsOfLongPatternsAreOpen(t *testing.T) {
	p, q := resourcePattern(t, "arn:aws:s3:::"+strings.Repeat("*a", 2000)), resourcePattern(t, "arn:aws:s3:::"+strings.Repeat("*b", 2000)+"*")
	if both, exact := p.Intersect(q); p.Covers(q) || !p.Overlaps(q) || exact || len(both) != 1 {
		t.Errorf("covers %t, overlap %t, exact %t", p.Covers(q), p.Overlaps(q), exact)
	}
}

// A wildcard takes whole characters, in every form of matching.
func TestWildcardsTakeWholeCharacters(t *testing.T) {
	for _, s := range []string{"*??", "arn*??:b:c:d:e:*"} { // the second one is held back at colons
		p, one, two := resourcePattern(t, "x"+s), "x€", "x€é"
		if strings.HasPrefix(s, "arn") {
			one, two = "xarn€:b:c:d:e:f", "xarn€é:b:c:d:e:f"
		}
		if p.Matches(one, nil) || !p.Matches(two, nil) {
			t.Errorf("%q: one character %t, two %t", p, p.Matches(one, nil), p.Matches(two, nil))
		}
	}
}

// randomCondition is one that the calls of randomContext meet and fail.
func randomCondition(r *rand.Rand) iampolicy.Condition {
	pick := func(all []string) string { return all[r.IntN(len(all))] }
	kinds := [][2][]string{
		{{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "ForAllValues:StringLike", "ForAnyValue:StringNotEquals"}, {"a", "b", "a*", "?", "${aws:y}", "*"}},
		{{"NumericLessThan", "NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "NumericEquals", "NumericNotEquals"}, {"1", "2", "3"}},
		{{"DateLessThan", "DateGreaterThanEquals", "DateLessThanEquals", "DateGreaterThan"}, {"2026-11-23T12:00:00Z", "2026-11-23T13:00:00Z", "<not-after--instant>"}},
		{{"Bool", "Null"}, {"true", "false"}},
		{{"IpAddress", "NotIpAddress"}, {"203.0.113.0/24", "203.0.113.7", "0.0.0.0/0", "::/0"}},
		{{"ArnLike", "ArnNotLike"}, {"arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a"}},
	}
	k := kinds[r.IntN(len(kinds))]
	c := iampolicy.Condition{Operator: pick(k[0]), Key: pick([]string{"aws:x", "AWS:X", "aws:RequestedRegion"})}
	if c.Operator != "Null" && r.IntN(3) == 0 {
		c.Operator += "IfExists"
	}
	for range 1 + r.IntN(2) {
		c.Values = append(c.Values, pick(k[1]))
	}
	return c
}

func randomContext(r *rand.Rand) iampolicy.Context {
	values := []string{"a", "b", "ab", "", "1", "2", "2.5", "2026-11-23T12:00:00Z", "2026-11-23T12:30:00Z", "true", "false", "203.0.113.7", "203.0.113.8", "::1", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"}
	c := iampolicy.Context{}
	for range r.IntN(3) {
		c["aws:x"] = append(c["aws:x"], values[r.IntN(len(values))])
	}
	for _, key := range []string{"aws:RequestedRegion", "aws:y"} {
		if r.IntN(3) > 0 {
			c[key] = []string{values[r.IntN(len(values))]}
		}
	}
	return c
}

// What a condition implies holds with it, and what it excludes does not.
func TestImpliedAndExcludedConditions(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 0))
	var contexts []iampolicy.Context
	for range 200 {
		contexts = append(contexts, randomContext(r))
	}
	holds := func(c iampolicy.Condition) (all []bool) {
		s := iampolicy.Statement{Effect: iampolicy.Allow, Actions: []string{"*"}, Resources: []string{"*"}, Conditions: []iampolicy.Condition{c}}
		d := parse(t, string((&iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{s}}).Bytes()))
		for _, ctx := range contexts {
			all = append(all, outcome([]*iampolicy.Document{d}, iampolicy.Call{Action: "s3:GetObject", Resource: "*", Context: ctx}) == iampolicy.Allowed)
		}
		return all
	}
	implied, excluded := 0, 0
	for range 12000 {
		c, d := randomCondition(r), randomCondition(r)
		implies, excludes := c.Implies(d), c.Excludes(d)
		if excludes != d.Excludes(c) {
			t.Fatalf("%+v excludes %+v: %t; the other way it does not", c, d, excludes)
		}
		if !implies && !excludes {
			continue
		}
		cs, ds := holds(c), holds(d)
		for i := range cs {
			if implies && cs[i] && !ds[i] || excludes && cs[i] && ds[i] {
				t.Fatalf("%+v implies %t, excludes %t %+v; not with %v", c, implies, excludes, d, contexts[i])
			}
		}
		if implies {
			implied++
		} else {
			excluded++
		}
	}
	if implied < 100 || excluded < 50 {
		t.Errorf("%d implied, %d excluded; the conditions say little", implied, excluded)
	}
}

func TestRelationsOfWildcardsAndVariables(t *testing.T) {
	for _, c := range []struct {
		a, b             string
		covers, overlaps bool
	}{
		{"*", "arn:aws:s3:::x", true, true},
		{"arn:aws:s3:::x", "*", false, true},
		{"arn:aws:s3:::logs-*", "arn:aws:s3:::logs-a*", true, true},
		{"arn:aws:s3:::logs-a*", "arn:aws:s3:::logs-*", false, true},
		{"arn:aws:s3:::logs-a*", "arn:aws:s3:::logs-b*", false, false},
		{"arn:aws:s3:::*/x", "arn:aws:s3:::a/x", true, true},
		{"arn:aws:s3:::*/x", "arn:aws:s3:::a/y", false, false},
		{"arn:aws:s3:::a?c", "arn:aws:s3:::abc", true, true},
		{"arn:aws:s3:::a?c", "arn:aws:s3:::a*c", false, true},
		{"arn:aws:s3:::a*c", "arn:aws:s3:::a?c", true, true},
		{"arn:aws:ec2:eu-*-1:*:x", "arn:aws:ec2:eu-west-1:*:x", true, true},
		{"arn:aws:ec2:e*1:1:x", "arn:aws:ec2:e*:1:x", false, true}, // the second may have more segments
		{"arn:aws:s3:::${aws:username}", "arn:aws:s3:::${aws:username}", true, true},
		{"arn:aws:s3:::${aws:username}", "arn:aws:s3:::ana", false, true},
		{"arn:aws:s3:::*", "arn:aws:s3:::${aws:username}", true, true},
		{"arn:aws:s3:::a", "arn:aws:s3:::ab", false, false},
		{"arn:aws:ec2:e*-1:1:x", "arn:aws:ec2:ea:b-1:1:x", false, false}, // a colon ends a segment
		{"arn:aws:ec2:e?-1:1:x", "arn:aws:ec2:e:-1:1:x", false, false},
	} {
		a, err := iampolicy.ResourcePattern(c.a, iampolicy.Version)
		if err != nil {
			t.Fatal(err)
		}
		b, err := iampolicy.ResourcePattern(c.b, iampolicy.Version)
		if err != nil {
			t.Fatal(err)
		}
		if a.Covers(b) != c.covers || a.Overlaps(b) != c.overlaps || b.Overlaps(a) != c.overlaps {
			t.Errorf("%s covers %s: %t, want %t; overlaps: %t, want %t", a, b, a.Covers(b), c.covers, a.Overlaps(b), c.overlaps)
		}
	}
}
