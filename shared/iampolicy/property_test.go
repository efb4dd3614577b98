package iampolicy_test

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"curfew/shared/iampolicy"
)

// A small universe makes random documents and calls meet.
var (
	someActions   = list{"s3:GetObject", "s3:PutObject", "s3:ListBucket", "sqs:SendMessage", "kms:Decrypt"}
	actionGlobs   = append(list{"*", "s3:*", "s3:?etObject", "S3:get*", "sqs:Send*"}, someActions...)
	someResources = list{"*", "arn:aws:s3:::a", "arn:aws:s3:::a/k", "arn:aws:s3:::b/ana/k", "arn:aws:sqs:eu-west-1:1:q"}
	resourceGlobs = append(list{"arn:aws:s3:::*", "arn:aws:s3:::a*", "arn:aws:s3:::b/${aws:username}/*", "arn:aws:sqs:eu-*-1:1:?"}, someResources...)
	someKeys      = list{"aws:username", "aws:RequestedRegion", "aws:TagKeys"}
	someValues    = list{"ana", "ben", "eu-west-1", "a"}
	someOperators = list{"StringEquals", "StringNotEquals", "StringLike", "StringNotLikeIfExists", "ForAllValues:StringEquals", "ForAnyValue:StringLike", "StringEqualsIgnoreCaseIfExists"}
)

func oneOrMore(t *rapid.T, from list, label string) list {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 3, rapid.ID).Draw(t, label)
}

func drawStatement(t *rapid.T) iampolicy.Statement {
	s := iampolicy.Statement{Effect: rapid.SampledFrom([]iampolicy.Effect{iampolicy.Allow, iampolicy.Allow, iampolicy.Deny}).Draw(t, "effect")}
	actions, resources := oneOrMore(t, actionGlobs, "actions"), oneOrMore(t, resourceGlobs, "resources")
	if rapid.IntRange(0, 4).Draw(t, "not action") == 0 {
		s.NotActions = actions
	} else {
		s.Actions = actions
	}
	if rapid.IntRange(0, 4).Draw(t, "not resource") == 0 {
		s.NotResources = resources
	} else {
		s.Resources = resources
	}
	if rapid.Bool().Draw(t, "conditional") {
		s.Conditions = []iampolicy.Condition{{
			Operator: rapid.SampledFrom(someOperators).Draw(t, "operator"),
			Key:      rapid.SampledFrom(someKeys).Draw(t, "key"),
			Values:   oneOrMore(t, someValues, "values"),
		}}
	}
	return s
}

func drawDocument(t *rapid.T) *iampolicy.Document {
	d := &iampolicy.Document{Version: iampolicy.Version}
	for range rapid.IntRange(1, 6).Draw(t, "statements") {
		d.Statements = append(d.Statements, drawStatement(t))
	}
	parsed, err := iampolicy.Parse(d.Bytes())
	if err != nil {
		t.Fatalf("%s: %v", d.Bytes(), err)
	}
	return parsed
}

func drawCall(t *rapid.T) iampolicy.Call {
	c := iampolicy.Call{
		Action:   rapid.SampledFrom(someActions).Draw(t, "action"),
		Resource: rapid.SampledFrom(someResources).Draw(t, "resource"),
		Context:  iampolicy.Context{},
	}
	for _, key := range someKeys {
		if rapid.Bool().Draw(t, "has "+key) {
			c.Context[key] = oneOrMore(t, someValues, key)
		}
	}
	return c
}

func outcome(docs []*iampolicy.Document, c iampolicy.Call) iampolicy.Outcome {
	var p iampolicy.Policies
	for _, d := range docs {
		p.Identity = append(p.Identity, iampolicy.Named{Document: d})
	}
	return iampolicy.Evaluate(p, c).Outcome
}

// withTime adds the time and the session to a call.
func withTime(c iampolicy.Call, now time.Time, userID string) iampolicy.Call {
	c.Context = maps.Clone(c.Context)
	c.Context["aws:CurrentTime"] = list{now.Format(time.RFC3339)}
	c.Context["aws:userid"] = list{userID}
	return c
}

// Inside its window and session, a fenced policy decides as the original. Outside it decides nothing.
func TestPropertyFence(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawDocument(t), drawCall(t)
		f := unfilledFence()
		session := rapid.SampledFrom(list{"", "ana"}).Draw(t, "session")
		f.SessionName = session
		compiled, err := iampolicy.Compile(d, f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := iampolicy.Fill(compiled.Bytes(), noon, oneOClock)
		if err != nil {
			t.Fatal(err)
		}
		fenced, err := iampolicy.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		inside := withTime(c, noon.Add(time.Duration(rapid.IntRange(0, 3599).Draw(t, "second"))*time.Second), roleID+":ana")
		if got, want := outcome([]*iampolicy.Document{fenced}, inside), outcome([]*iampolicy.Document{d}, c); got != want {
			t.Fatalf("inside: %s, the original %s\n%s", got, want, b)
		}
		outside := map[string]iampolicy.Call{
			"before":        withTime(c, noon.Add(-time.Second), roleID+":ana"),
			"at the end":    withTime(c, oneOClock, roleID+":ana"),
			"other role":    withTime(c, noon, "AROAOTHEROTHEROTHER12:ana"),
			"without times": c,
		}
		if session != "" {
			outside["other session"] = withTime(c, noon, roleID+":ben")
		}
		for name, call := range outside {
			if got := outcome([]*iampolicy.Document{fenced}, call); got != iampolicy.ImplicitDeny {
				t.Fatalf("%s: %s\n%s", name, got, b)
			}
		}
		if got := outcome([]*iampolicy.Document{compiled}, inside); got != iampolicy.ImplicitDeny {
			t.Fatalf("not filled: %s", got)
		}
	})
}

func TestPropertySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawDocument(t), drawCall(t)
		parts, err := iampolicy.Split(d, rapid.IntRange(200, 600).Draw(t, "limit"), 100)
		if _, ok := errors.AsType[*iampolicy.SizeError](err); ok {
			t.Skip("one action on one resource is too large")
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, want := outcome(parts, c), outcome([]*iampolicy.Document{d}, c); got != want {
			t.Fatalf("%d parts: %s, the whole %s\n%s", len(parts), got, want, d.Bytes())
		}
	})
}

// What policies allow they reach.
func TestPropertyReaches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs, c := []*iampolicy.Document{drawDocument(t), drawDocument(t)}, drawCall(t)
		if outcome(docs, c) == iampolicy.Allowed && !iampolicy.Reaches(c.Action, docs...) {
			t.Fatalf("%s is allowed and not reached by\n%s\n%s", c.Action, docs[0].Bytes(), docs[1].Bytes())
		}
	})
}

// Compile joins statements; these differ in one list so that it can.
func TestPropertyJoin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{drawStatement(t)}}
		for range rapid.IntRange(1, 4).Draw(t, "more") {
			s := d.Statements[0]
			if s.Actions != nil && rapid.Bool().Draw(t, "other actions") {
				s.Actions = oneOrMore(t, actionGlobs, "actions")
			} else if s.Resources != nil {
				s.Resources = oneOrMore(t, resourceGlobs, "resources")
			}
			d.Statements = append(d.Statements, s)
		}
		joined, err := iampolicy.Compile(d, unfilledFence())
		if err != nil {
			t.Fatal(err)
		}
		b, err := iampolicy.Fill(joined.Bytes(), noon, oneOClock)
		if err != nil {
			t.Fatal(err)
		}
		c := drawCall(t)
		fenced, err := iampolicy.Parse(b)
		if err != nil {
			t.Fatal(err)
		}
		got, want := outcome([]*iampolicy.Document{fenced}, withTime(c, noon, roleID+":ana")), outcome([]*iampolicy.Document{d}, c)
		if got != want || len(fenced.Statements) > len(d.Statements) {
			t.Fatalf("joined: %s, apart: %s\n%s\n%s", got, want, d.Bytes(), b)
		}
	})
}

// smuggled are texts that a value must never bring into a policy.
var smuggled = list{"*", "?", "${", "}", `"`, `\`, "\x00", "\n", "é", "\u200b", "ａ", "∗", "：", ":"}

func TestPropertySubstituteRefuses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(iampolicy.ParameterTypes()).Draw(t, "type")
		before, after := rapid.StringMatching(`[a-z0-9-]{0,12}`).Draw(t, "before"), rapid.StringMatching(`[a-z0-9-]{0,12}`).Draw(t, "after")
		value := before + rapid.SampledFrom(smuggled).Draw(t, "smuggled") + after
		text := wrap(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::a{{v}}"`)
		if d, err := iampolicy.Substitute([]byte(text), map[string]iampolicy.ParameterType{"v": kind}, map[string]string{"v": value}); err == nil {
			t.Fatalf("%s took %+q: %s", kind, value, d.Bytes())
		}
	})
}

// A substituted policy allows only what the template with a wildcard for the placeholder allows.
func TestPropertySubstituteStaysInItsEnvelope(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := wrap(`"Action":"s3:*","Resource":["arn:aws:s3:::{{v}}","arn:aws:s3:::b/{{v}}/*"],"Condition":{"StringLike":{"aws:username":["{{v}}","x-{{v}}"]}}`)
		value := rapid.StringMatching(`[a-zA-Z0-9_.+=,@/-]{1,20}`).Draw(t, "value")
		kind := rapid.SampledFrom(iampolicy.ParameterTypes()).Draw(t, "type")
		narrow, err := iampolicy.Substitute([]byte(text), map[string]iampolicy.ParameterType{"v": kind}, map[string]string{"v": value})
		if (err == nil) != (kind.Check(value) == nil) {
			t.Fatalf("%q as %s: %v", value, kind, err)
		}
		if err != nil {
			return
		}
		wide := mustParse(t, strings.ReplaceAll(text, "{{v}}", "*"))
		resource := rapid.SampledFrom(list{"arn:aws:s3:::" + value, "arn:aws:s3:::b/" + value + "/k", "arn:aws:s3:::b/" + value, "arn:aws:s3:::other", "*"}).Draw(t, "resource")
		name := rapid.SampledFrom(list{value, "x-" + value, "ana"}).Draw(t, "name")
		c := iampolicy.Call{Action: "s3:GetObject", Resource: resource, Context: iampolicy.Context{"aws:username": {name}}}
		if outcome([]*iampolicy.Document{narrow}, c) == iampolicy.Allowed && outcome([]*iampolicy.Document{wide}, c) != iampolicy.Allowed {
			t.Fatalf("%s allows %+v, the envelope does not", narrow.Bytes(), c)
		}
	})
}

func mustParse(t *rapid.T, text string) *iampolicy.Document {
	d, err := iampolicy.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return d
}

func TestPropertyFillAndFenced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		compiled, err := iampolicy.Compile(drawDocument(t), unfilledFence())
		if err != nil {
			t.Fatal(err)
		}
		from := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "from"), 0).UTC()
		to := from.Add(time.Duration(rapid.Int64Range(1, 1<<22).Draw(t, "seconds")) * time.Second)
		b, err := iampolicy.Fill(compiled.Bytes(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		gotFrom, gotTo, err := iampolicy.Fenced(b)
		if err != nil || gotFrom != from || gotTo != to || !iampolicy.SameButInstants(b, compiled.Bytes()) {
			t.Fatalf("%s to %s came back as %s to %s (%v)", from, to, gotFrom, gotTo, err)
		}
		if _, err := iampolicy.Fill(b, from, to); err == nil {
			t.Fatal("filled twice")
		}
	})
}

// The canonical form is valid JSON and a fixed point for any order of members.
func TestPropertyBytes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawDocument(t).Bytes()
		var any map[string]any
		if err := json.Unmarshal(b, &any); err != nil {
			t.Fatal(err)
		}
		shuffled, err := json.MarshalIndent(any, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if got := mustParse(t, string(shuffled)).Bytes(); !slices.Equal(got, b) {
			t.Fatalf("got %s\nwant %s", got, b)
		}
	})
}
