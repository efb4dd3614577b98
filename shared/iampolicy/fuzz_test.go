package iampolicy_test

import (
	"bytes"
	"errors"
	"testing"

	"curfew/shared/iampolicy"
)

// A parsed policy writes bytes that parse to the same bytes. Evaluate never fails on it, and Split only by size.
func FuzzParse(f *testing.F) {
	for _, seed := range (list{allowAll, readNotDelete, fencedStatements(1), condition(`{"ForAnyValue:ArnLikeIfExists":{"aws:x":["arn:aws:*:*:*:${aws:y, 'z'}*"]}}`), `{`, `[]`}) {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = iampolicy.ParseTrust(b)
		_, _ = iampolicy.ParseResourceControl(b)
		d, err := iampolicy.Parse(b)
		if err != nil {
			if _, ok := errors.AsType[*iampolicy.ParseError](err); !ok {
				t.Fatalf("error without a place: %v", err)
			}
			return
		}
		again, err := iampolicy.Parse(d.Bytes())
		if err != nil || !bytes.Equal(again.Bytes(), d.Bytes()) {
			t.Fatalf("%s comes back as %s, %v", d.Bytes(), again.Bytes(), err)
		}
		call := iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/b", Context: iampolicy.Context{"aws:x": {"a"}}}
		p := iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}, Boundary: again}
		if got, alone := iampolicy.Evaluate(p, call).Outcome, outcome([]*iampolicy.Document{d}, call); got != alone {
			t.Fatalf("%s within itself, %s alone", got, alone)
		}
	})
}

// Every statement of a compiled policy is fenced and allows nothing without its session.
func FuzzCompile(f *testing.F) {
	for _, seed := range (list{allowAll, readNotDelete, manyStatements(3, 2, 2), condition(`{"Null":{"AWS:UserId":"true"}}`), condition(`{"DateLessThan":{"aws:x":"<not-after--instant>"}}`)}) {
		f.Add([]byte(seed), "ana")
	}
	f.Fuzz(func(t *testing.T, b []byte, session string) {
		d, err := iampolicy.Parse(b)
		if err != nil {
			return
		}
		fence := unfilledFence()
		fence.SessionName = session
		compiled, err := iampolicy.Compile(d, fence)
		if err != nil {
			return
		}
		filled, err := iampolicy.Fill(compiled.Bytes(), noon, oneOClock)
		if err != nil {
			t.Fatalf("compiled, but not filled: %v\n%s", err, compiled.Bytes())
		}
		from, to, err := iampolicy.Fenced(filled)
		if err != nil || from != noon || to != oneOClock || !iampolicy.SameButInstants(filled, compiled.Bytes()) {
			t.Fatalf("read back as %s to %s, %v\n%s", from, to, err, filled)
		}
		call := iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/b", Context: iampolicy.Context{}}
		if got := outcome([]*iampolicy.Document{parse(t, string(filled))}, withTime(call, noon, "AROAOTHEROTHEROTHER12:x")); got != iampolicy.ImplicitDeny {
			t.Fatalf("for another role: %s\n%s", got, filled)
		}
	})
}

// A value changes strings only: the numbers of statements and values stay.
func FuzzSubstitute(f *testing.F) {
	f.Add([]byte(template), "path", "a/b")
	f.Add([]byte(wrap(`"Action":"s3:{{a}}","Resource":"*"`)), "id", "x")
	f.Add([]byte(wrap(`"Action":"s3:a","Resource":"arn:aws:s3:::{{a}}{{a}}"`)), "name", `*","b`)
	f.Add([]byte(wrap(`"Action":"s3:a","Resource":"arn:aws:s3:::${{a}}"`)), "name", "aws:x")
	f.Fuzz(func(t *testing.T, b []byte, kind, value string) {
		names, err := iampolicy.Placeholders(b)
		if err != nil {
			return
		}
		types, values, plain := map[string]iampolicy.ParameterType{}, map[string]string{}, map[string]string{}
		ids := map[string]iampolicy.ParameterType{}
		for _, n := range names {
			types[n], values[n], ids[n], plain[n] = iampolicy.ParameterType(kind), value, iampolicy.ID, "x"
		}
		got, err := iampolicy.Substitute(b, types, values)
		if err != nil {
			return
		}
		want, err := iampolicy.Substitute(b, ids, plain)
		if err != nil {
			return
		}
		for _, c := range (list{"*", "?", "$", "{", `"`, `\`, "["}) {
			if bytes.Count(got.Bytes(), []byte(c)) != bytes.Count(want.Bytes(), []byte(c)) {
				t.Fatalf("%q changes the number of %s: %s", value, c, got.Bytes())
			}
		}
	})
}

// Relations of patterns agree with each other, and with matching: on texts, and on what both patterns have in common.
func FuzzRelations(f *testing.F) {
	f.Add("arn:aws:s3:::a*", "arn:aws:s3:::*/${aws:x}", "arn:aws:s3:::a/b", "b")
	f.Add("*", "arn:aws:sqs:eu-*-1:*:?${*}", "arn:aws:sqs:eu-a-1:1:b*", "")
	f.Add("arn:aws:s3:::é?${aws:x, '*'}", "arn:aws:s3:::*é*", "arn:aws:s3:::éé*", "a")
	f.Fuzz(func(t *testing.T, one, other, text, value string) {
		p, err := iampolicy.ResourcePattern(one, iampolicy.Version)
		if err != nil {
			return
		}
		q, err := iampolicy.ResourcePattern(other, iampolicy.VersionOld)
		if err != nil {
			return
		}
		c := iampolicy.Context{"aws:x": {value}}
		inP, inQ := p.Matches(text, c), q.Matches(text, c)
		if p.Covers(q) && inQ && !inP || q.Covers(p) && inP && !inQ || inP && inQ && !p.Overlaps(q) {
			t.Fatalf("%q and %q on %q, %q", p, q, text, value)
		}
		both, exact := p.Intersect(q)
		in := false
		for _, b := range both {
			in = in || b.Matches(text, c)
		}
		if inP && inQ && !in || exact && in && !(inP && inQ) {
			t.Fatalf("%q and %q meet in %q, %t; not on %q, %q", p, q, both, exact, text, value)
		}
	})
}
