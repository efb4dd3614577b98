package difference_test

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"curfew/shared/difference"
	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
)

var update = flag.Bool("update", false, "rewrite testdata/golden.txt")

func own(t testing.TB, statements ...string) iampolicy.Policies {
	return iampolicy.Policies{Identity: []iampolicy.Named{{Name: "team", Document: parse(t, statements...)}}}
}

func bounded(p iampolicy.Policies, boundary *iampolicy.Document) iampolicy.Policies {
	p.Boundary = boundary
	return p
}

func allow(action, resource string) string {
	return `{"Effect":"Allow","Action":` + action + `,"Resource":"` + resource + `"}`
}

func deny(action, resource string) string {
	return `{"Effect":"Deny","Action":` + action + `,"Resource":"` + resource + `"}`
}

type story struct {
	name   string
	today  difference.Today
	grant  []string
	within time.Duration
	any    bool
}

func stories(t testing.TB) []story {
	none := difference.Today{Policies: own(t, allow(`"sts:GetCallerIdentity"`, "*"))}
	admin := allow(`"*"`, "*")
	logs := allow(`["s3:GetObject*","s3:ListBucket","s3:PutObject","s3:DeleteObject"]`, "arn:aws:s3:::logs-*")
	return []story{
		{name: "admin over twenty policies", today: twenty(t), grant: []string{admin}, within: time.Hour},
		{name: "admin over admin", today: difference.Today{Policies: own(t, admin)}, grant: []string{admin}},
		{name: "admin of one account", today: none, grant: []string{`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}}`}},
		{name: "logs over nothing", today: none, grant: []string{logs}},
		{name: "logs over a wider bucket, without deletion", today: difference.Today{Policies: own(t, allow(`["s3:Get*","s3:List*","s3:PutObject"]`, "arn:aws:s3:::l*"))}, grant: []string{logs}},
		{name: "logs over a narrower bucket", today: difference.Today{Policies: own(t, allow(`"s3:*"`, "arn:aws:s3:::logs-a*"))}, grant: []string{logs}},
		{name: "logs, not known", today: difference.Today{Unknown: "no survey has seen it"}, grant: []string{logs}},
		{name: "the boundary refuses", today: difference.Today{Policies: bounded(none.Policies, parse(t, allow(`"s3:Get*"`, "*"), allow(`"s3:PutObject"`, "arn:aws:s3:::logs-a/*")))}, grant: []string{logs}},
		{name: "the boundary refuses all", today: difference.Today{Policies: bounded(none.Policies, parse(t, allow(`"ec2:*"`, "*")))}, grant: []string{logs}},
		{name: "a Deny refuses a part", today: difference.Today{Policies: own(t, allow(`"sts:GetCallerIdentity"`, "*"), deny(`"s3:*"`, "arn:aws:s3:::logs-secret*"), deny(`"s3:Delete*"`, "*"))}, grant: []string{logs}},
		{name: "escalation by a role passed", today: difference.Today{Policies: own(t, allow(`"iam:PassRole"`, "*"))}, grant: []string{allow(`["lambda:CreateFunction","lambda:InvokeFunction"]`, "*")}},
		{name: "rights of IAM", today: none, grant: []string{allow(`["iam:Attach*","iam:CreateAccessKey","sts:AssumeRole"]`, "*")}},
		{name: "logs and data", today: none, grant: []string{allow(`["cloudtrail:StopLogging","secretsmanager:GetSecretValue","dynamodb:Scan"]`, "*")}, any: true},
		{name: "conditions", today: none, within: 9 * time.Hour, grant: []string{`{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"},"DateLessThan":{"aws:CurrentTime":"2026-10-05T09:00:00Z"}}}`}},
		{name: "an action that no list has", today: none, grant: []string{allow(`["s3:GetFutureThing","newservice:*"]`, "*")}},
		{name: "a service that no list has, refused", today: difference.Today{Policies: bounded(none.Policies, parse(t, allow(`"ec2:*"`, "*")))}, grant: []string{allow(`"newservice:*"`, "*")}},
		{name: "a bucket and its objects", today: difference.Today{Policies: own(t, allow(`"s3:GetObject"`, "arn:aws:s3:::logs/old/*"))}, grant: []string{`{"Effect":"Allow","Action":["s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::logs","arn:aws:s3:::logs/*"]}`}},
		{name: "a part of the grant, under two policies with a Deny", today: difference.Today{Policies: iampolicy.Policies{Identity: []iampolicy.Named{
			{Name: "first", Document: parse(t, deny(`"s3:PutObject"`, "arn:aws:s3:::logs-a*"))}, {Name: "second", Document: parse(t, deny(`"s3:PutObject"`, "arn:aws:s3:::logs-b*"), deny(`"s3:Get*"`, "*"))},
		}}}, grant: []string{allow(`["s3:PutObject","s3:GetObject"]`, "arn:aws:s3:::logs-a*"), allow(`"s3:PutObject"`, "arn:aws:s3:::logs-b*")}},
		{name: "no action of a resource", today: none, grant: []string{allow(`"s3:ListAllMyBuckets"`, "arn:aws:s3:::logs")}},
	}
}

func of(t testing.TB, s story) difference.Difference {
	return difference.Of(s.today, difference.Grant{Policies: []*iampolicy.Document{parse(t, s.grant...)}, For: s.within, Unbound: s.any})
}

func TestGolden(t *testing.T) {
	var out strings.Builder
	for _, s := range stories(t) {
		d := of(t, s)
		out.WriteString("== " + s.name + "\n" + d.Line() + "\n")
		for _, line := range d.Lines() {
			out.WriteString("  " + line + "\n")
		}
		for _, why := range d.Reasons {
			out.WriteString("  risk: " + why + "\n")
		}
		if len(d.Adds) > 12 {
			t.Errorf("%s: %d lines", s.name, len(d.Adds))
		}
	}
	if *update {
		if err := os.WriteFile("testdata/golden.txt", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/golden.txt")
	if err != nil || out.String() != string(want) {
		t.Errorf("%v; got\n%s", err, &out)
	}
}

// The hash is that of what the difference is, not of when it was looked at.
func TestHash(t *testing.T) {
	seen := map[string][]string{}
	for _, s := range stories(t) {
		d := of(t, s)
		s.today.SeenAt = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)
		if later := of(t, s); later.Hash() != d.Hash() {
			t.Errorf("%s: another hash for another survey", s.name)
		}
		if was := seen[d.Hash()]; was != nil && !slices.Equal(was, d.Lines()) {
			t.Errorf("%s has the hash of %q", s.name, was)
		}
		seen[d.Hash()] = d.Lines()
		var back difference.Difference
		if err := json.Unmarshal(d.Document(), &back); err != nil || back.Hash() != d.Hash() {
			t.Errorf("%s: %v; the document does not read back", s.name, err)
		}
	}
	// A resource beyond those that lines name.
	many := `{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*","arn:aws:s3:::c/*","arn:aws:s3:::%/*"]}`
	first := of(t, story{grant: []string{strings.Replace(many, "%", "d", 1)}})
	other := of(t, story{grant: []string{strings.Replace(many, "%", "e", 1)}})
	if !slices.Equal(first.Adds, other.Adds) || first.Hash() == other.Hash() {
		t.Errorf("%q and %q: want the same lines and two hashes", first.Adds, other.Adds)
	}
}

func TestRisk(t *testing.T) {
	for _, c := range []struct {
		action string
		want   int
	}{
		{`"*"`, 10}, {`"iam:PutRolePolicy"`, 9}, {`"iam:CreateUser"`, 9}, {`"iam:CreateVirtualMFADevice"`, 8}, {`"cloudtrail:StopLogging"`, 8}, {`"ssm:SendCommand"`, 7},
		{`"s3:PutBucketPolicy"`, 7}, {`"s3:DeleteObject"`, 6}, {`"s3:GetObject"`, 5}, {`"s3:PutObject"`, 4}, {`"s3:PutObjectTagging"`, 4}, {`"newservice:Do"`, 4}, {`"s3:ListBucket"`, 2},
	} {
		grant := difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(c.action, "*"))}}
		if d := difference.Of(difference.Today{}, grant); d.Risk != c.want || len(d.Reasons) == 0 {
			t.Errorf("%s: risk %d, want %d: %q", c.action, d.Risk, c.want, d.Reasons)
		}
		grant.For, grant.Unbound = 9*time.Hour, true
		want := min(c.want+1, max(9, c.want))
		if d := difference.Of(difference.Today{}, grant); d.Risk != want {
			t.Errorf("%s, long and unbound: risk %d, want %d", c.action, d.Risk, want)
		}
		today := difference.Today{Policies: own(t, allow(c.action, "*"))}
		if d := difference.Of(today, grant); d.Risk != 1 || !d.Nothing() || len(d.Risky) > 0 {
			t.Errorf("%s, had before: risk %d, %+v", c.action, d.Risk, d)
		}
	}
}

// A condition that the grant has too gives the same; another one may not hold.
func TestConditionsOfToday(t *testing.T) {
	with := func(value string) string {
		return `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"` + value + `"}}}`
	}
	grant := difference.Grant{Policies: []*iampolicy.Document{parse(t, with("a"))}}
	for own, nothing := range map[string]bool{with("a"): true, with("b"): false, allow(`"s3:*"`, "*"): true} {
		today := difference.Today{Policies: iampolicy.Policies{Identity: []iampolicy.Named{{Document: parse(t, own)}}}}
		if d := difference.Of(today, grant); d.Nothing() != nothing {
			t.Errorf("%s: %q, want nothing: %t", own, d.Adds, nothing)
		}
	}
}

// A Deny refuses certainly only where its conditions hold.
func TestDenyWithConditionsRefusesNothingForCertain(t *testing.T) {
	with := func(effect, team string) string {
		return `{"Effect":"` + effect + `","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/team":"` + team + `"}}}`
	}
	for team, refused := range map[string]int{"a": 1, "b": 0} {
		today := difference.Today{Policies: own(t, with("Deny", team))}
		d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{parse(t, with("Allow", "a"))}})
		if d.Refused != refused || d.Actions != 1-refused {
			t.Errorf("a Deny for team %s: %d refused, %q", team, d.Refused, d.Adds)
		}
	}
}

// What the principal has, and a Deny refuses without MFA alone, is not told to be refused.
func TestDenyOfOtherConditionsIsNotTold(t *testing.T) {
	for _, action := range []string{`"s3:GetObject"`, `"newservice:Get*"`} {
		for condition, refused := range map[string]int{`,"Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}`: 0, ``: 1} {
			today := difference.Today{Policies: own(t, allow(action, "*"), `{"Effect":"Deny","Action":`+action+`,"Resource":"*"`+condition+`}`)}
			d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(action, "*"))}})
			if d.Refused != refused || !d.Nothing() {
				t.Errorf("%s, Deny%s: %d refused, %q", action, condition, d.Refused, d.Adds)
			}
		}
	}
}

// A fence is no reason that a Deny of the grant, or an Allow of today, counts less. It is not told.
func TestFence(t *testing.T) {
	compiled, err := iampolicy.Compile(parse(t, allow(`["s3:GetObject","s3:PutObject"]`, "*"), deny(`"s3:GetObject"`, "arn:aws:s3:::secret/*")), iampolicy.Fence{
		NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: "AROAEXAMPLE0000000001", SessionName: "ana", SourceIdentity: "ana", MFA: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	today := difference.Today{Policies: own(t, allow(`"s3:PutObject"`, "*"))}
	d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{compiled}})
	if want := []string{"s3: 1 read on *, except arn:aws:s3:::secret/*"}; !slices.Equal(d.Adds, want) {
		t.Errorf("%q, want %q", d.Adds, want)
	}
	today.Policies.Identity[0].Document = compiled
	if d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{compiled}}); !d.Nothing() {
		t.Errorf("%q of what it has until the same time, want nothing", d.Adds)
	}
}

// A document that could not be read makes the principal's policies not known.
func TestUnreadableDocumentIsUnknown(t *testing.T) {
	today := difference.Today{Policies: own(t, allow(`"*"`, "*"))}
	today.Policies.Identity = append(today.Policies.Identity, iampolicy.Named{Name: "broken"})
	if d := difference.Of(today, difference.Grant{Policies: []*iampolicy.Document{parse(t, allow(`"s3:GetObject"`, "*"))}}); d.Unknown == "" || d.Actions != 1 {
		t.Errorf("%+v, want it unknown, and all new", d)
	}
}

// Every action of the table of data exists.
func TestDataIsOfActions(t *testing.T) {
	for service, patterns := range difference.ReadsData() {
		for _, p := range patterns {
			name, wild := strings.CutSuffix(p, "*")
			if !slices.ContainsFunc(iamdata.Actions(service), func(a iamdata.Action) bool { return a.Name == name || wild && strings.HasPrefix(a.Name, name) }) {
				t.Errorf("%s:%s is no action", service, p)
			}
		}
	}
}
