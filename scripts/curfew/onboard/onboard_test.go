package onboard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/scripts/curfew/onboard"
	"curfew/shared/inprocess"
)

const account = "111122223333"

var curfew = onboard.Settings{Name: "curfew"}

func examine(t *testing.T, world, principal string, set onboard.Settings) onboard.Report {
	t.Helper()
	s, err := onboard.FromFile([]byte(world), principal, set)
	if err != nil {
		t.Fatal(err)
	}
	r, err := onboard.Examine(s, set)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shippedBoundary is the boundary as the stack of a member account makes it.
func shippedBoundary(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../../infra/testdata/curfew-member.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Properties struct{ PolicyDocument any }
		}
	}
	if err := json.Unmarshal(b, &template); err != nil {
		t.Fatal(err)
	}
	document, err := json.Marshal(filled(template.Resources["Boundary"].Properties.PolicyDocument))
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
}

// filled fills in the references of a template.
func filled(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if text, ok := v["Fn::Sub"].(string); ok {
			return strings.ReplaceAll(text, "${AWS::AccountId}", account)
		}
		for name := range v {
			v[name] = filled(v[name])
		}
	case []any:
		for i := range v {
			v[i] = filled(v[i])
		}
	}
	return v
}

// worldOf is an account with one role that has one policy, and the shipped boundary.
func worldOf(t *testing.T, policy, more string) string {
	return fmt.Sprintf(`{"RoleDetailList":[{"Arn":"arn:aws:iam::%[1]s:role/builder","RoleId":"AROAEXAMPLE",
		"AssumeRolePolicyDocument":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}},
		"RolePolicyList":[{"PolicyName":"own","PolicyDocument":%[2]s}],"AttachedManagedPolicies":[]%[3]s}],
		"Policies":[{"Arn":"arn:aws:iam::%[1]s:policy/curfew-boundary","PolicyVersionList":[{"IsDefaultVersion":true,"Document":%[4]s}]}]}`,
		account, policy, more, shippedBoundary(t))
}

func TestWhatTheShippedBoundaryTakesAway(t *testing.T) {
	for _, c := range []struct {
		name, policy string
		want         map[string]string // by statement of the boundary: one action that it takes
		not          string            // an action that none takes
	}{
		{"an administrator", `{"Effect":"Allow","Action":"*","Resource":"*"}`, map[string]string{
			"UnboundedTargets": "iam:PutRolePolicy", "MarkedTargets": "iam:DeleteRole", "BoundsAndCredentials": "iam:CreateAccessKey",
			"CurfewsTags": "iam:TagRole", "CurfewsThings": "dynamodb:PutItem", "CurfewsMappings": "lambda:UpdateEventSourceMapping",
		}, "s3:GetObject"},
		{"one action by name", `{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"arn:aws:iam::111122223333:user/ci-*"}`,
			map[string]string{"BoundsAndCredentials": "iam:CreateAccessKey"}, "iam:CreateLoginProfile"},
		{"all but a service", `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`,
			map[string]string{"CurfewsThings": "sqs:PurgeQueue", "CurfewsMappings": "lambda:DeleteEventSourceMapping"}, "iam:CreateAccessKey"},
		{"objects of others alone", `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::orders/*"}`, nil, "s3:PutObject"},
		{"under a condition", `{"Effect":"Allow","Action":"iam:TagUser","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/team":"orders"}}}`,
			map[string]string{"CurfewsTags": "iam:TagUser", "MarkedTargets": "iam:TagUser"}, "iam:TagRole"},
		{"denied already", `[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]`,
			map[string]string{"CurfewsThings": "sns:Publish", "CurfewsMappings": "lambda:DeleteEventSourceMapping"}, "iam:CreateAccessKey"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := examine(t, worldOf(t, `{"Version":"2012-10-17","Statement":`+c.policy+`}`, ""), "builder", curfew)
			got := map[string]bool{}
			for _, l := range r.Losses {
				got[l.By] = true
				if !slices.Contains(l.Actions, c.want[l.By]) || slices.Contains(l.Actions, c.not) || !strings.HasPrefix(l.From[0], "own ") {
					t.Errorf("%s takes %v of %v, want %q in it", l.By, l.Actions, l.From, c.want[l.By])
				}
			}
			if len(got) != len(c.want) || r.Unknown != "" || len(r.Untried) > 0 {
				t.Errorf("losses by %v, unknown %q, untried %q", got, r.Unknown, r.Untried)
			}
		})
	}
}

func TestBoundaryThatDoesNotAllow(t *testing.T) {
	world := strings.Replace(worldOf(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:*","sqs:SendMessage"],"Resource":"*"}}`, ""),
		shippedBoundary(t), `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:*","Resource":"*"}}`, 1)
	r := examine(t, world, "builder", curfew)
	if len(r.Losses) != 1 || !reflect.DeepEqual(r.Losses[0].Actions, []string{"s3:*"}) {
		t.Errorf("losses = %+v", r.Losses)
	}
}

func TestWhatCannotBeToldIsSaid(t *testing.T) {
	dated := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*","Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}}}`
	if r := examine(t, worldOf(t, dated, ""), "builder", curfew); len(r.Untried) != 1 || !strings.Contains(r.Untried[0], "DateLessThan") {
		t.Errorf("untried = %q", r.Untried)
	}
	if r := examine(t, worldOf(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}`, ""), "builder", curfew); len(r.Untried) != 1 {
		t.Errorf("untried = %q", r.Untried)
	}
	if r := examine(t, worldOf(t, dated, ""), "builder", onboard.Settings{Name: "other"}); !strings.Contains(r.Unknown, "policy/other-boundary") {
		t.Errorf("unknown = %q", r.Unknown)
	}
	bounded := `,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/gone"}`
	if r := examine(t, worldOf(t, dated, bounded), "builder", curfew); !strings.Contains(r.Unknown, "policy/gone") || len(r.Do) != 2 {
		t.Errorf("unknown = %q, do %q", r.Unknown, r.Do)
	}
}

func TestSession(t *testing.T) {
	for _, c := range []struct{ name, condition, session, source string }{
		{"nothing said", ``, "", ""},
		{"the caller's own name", `{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}`, "${aws:username}", ""},
		{"a tag", `{"StringLike":{"sts:RoleSessionName":"${aws:PrincipalTag/UserName}","sts:SourceIdentity":"ana"}}`, "${aws:PrincipalTag/UserName}", "ana"},
		{"a wildcard", `{"StringLike":{"sts:RoleSessionName":"ana-*"}}`, "", ""},
		{"a list", `{"StringEquals":{"sts:RoleSessionName":["ana","ben"]}}`, "", ""},
		{"the caller's own word", `{"StringEquals":{"sts:RoleSessionName":"${aws:RequestTag/name}"}}`, "", ""},
		{"only if it is there", `{"StringEqualsIfExists":{"sts:RoleSessionName":"ana"}}`, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			statement := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"` +
				strings.Replace(`,"Condition":`+c.condition, `,"Condition":`, map[bool]string{true: "", false: `,"Condition":`}[c.condition == ""], 1) + `}`
			s := onboard.Subject{ARN: "arn:aws:iam::111122223333:role/a", Trust: `{"Version":"2012-10-17","Statement":` + statement + `}`}
			r, err := onboard.Examine(s, curfew)
			if err != nil || r.Session.Name != c.session || r.Session.SourceIdentity != c.source {
				t.Errorf("session = %+v, %v", r.Session, err)
			}
		})
	}
}

func TestSessionNamesTheStatement(t *testing.T) {
	const (
		root   = `"Principal":{"AWS":"arn:aws:iam::111122223333:root"}`
		pins   = `{"Sid":"Engineers","Effect":"Allow",` + root + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}`
		both   = `{"Effect":"Allow",` + root + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}","sts:SourceIdentity":"${aws:username}"}}}`
		source = `{"Effect":"Allow",` + root + `,"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:SourceIdentity":"ana"}}}`
		tags   = `{"Effect":"Allow",` + root + `,"Action":["sts:TagSession","sts:SetSourceIdentity"]}`
	)
	lets := func(service string) string {
		return `{"Effect":"Allow","Principal":{"Service":"` + service + `"},"Action":"sts:AssumeRole"}`
	}
	for _, c := range []struct{ statements, says string }{
		{pins, "session name pinned to ${aws:username} by statement 1 (Engineers)"},
		{tags + "," + pins, "session name pinned to ${aws:username} by statement 2 (Engineers)"},
		{both, "session name pinned to ${aws:username} by statement 1, source identity pinned to ${aws:username} by statement 1"},
		{source, "source identity pinned to ana by statement 1; the session's name is not pinned: statement 1 lets its caller choose the session's name"},
		{lets("ec2.amazonaws.com"), "session name made by a service by statement 1"},
		{pins + "," + lets("states.amazonaws.com"), "session name pinned to ${aws:username} by statement 1 (Engineers), made by a service by statement 2"},
		{pins + "," + lets("rolesanywhere.amazonaws.com"), "not pinned: statement 2 lets in rolesanywhere.amazonaws.com, which is not known to make the session's name itself, so an entitlement must say binding: weak"},
		{tags, "no statement of the trust policy allows AssumeRole"},
	} {
		s := onboard.Subject{ARN: "arn:aws:iam::111122223333:role/a", Trust: `{"Version":"2012-10-17","Statement":[` + c.statements + `]}`}
		if r, err := onboard.Examine(s, curfew); err != nil || r.Session.Says != c.says {
			t.Errorf("says %q, %v\nwant %q", r.Session.Says, err, c.says)
		}
	}
}

func TestWhatIsLeftToDo(t *testing.T) {
	world := string(inprocess.ExampleWorld())
	for principal, want := range map[string][]string{
		"engineer-deploy": {},
		"legacy-admin": {
			"aws iam put-role-permissions-boundary --role-name legacy-admin --permissions-boundary arn:aws:iam::111122223333:policy/curfew-boundary",
			"aws iam tag-role --role-name legacy-admin --tags Key=curfew:managed,Value=true",
		},
		"AWSReservedSSO_Developer_0123456789abcdef": {},
	} {
		if r := examine(t, world, principal, curfew); !reflect.DeepEqual(r.Do, want) {
			t.Errorf("%s: %q, want %q", principal, r.Do, want)
		}
	}
	user := examine(t, world, "ci-user", onboard.Settings{Name: "two", Boundaries: []string{"path/limit"}})
	if len(user.Do) != 3 || !strings.HasPrefix(user.Do[0], "# make the policy arn:aws:iam::111122223333:policy/path/limit") || !strings.HasPrefix(user.Do[1], "aws iam put-user-permissions-boundary --user-name ci-user --permissions-boundary arn:aws:iam::111122223333:policy/path/limit") {
		t.Errorf("ci-user: %q", user.Do)
	}
}

func TestNotThere(t *testing.T) {
	for _, principal := range []string{"nobody", "arn:aws:iam::444455556666:role/legacy-admin", "arn:aws:iam::111122223333:role/path/legacy-admin"} {
		if _, err := onboard.FromFile(inprocess.ExampleWorld(), principal, curfew); !errors.Is(err, onboard.ErrMissing) {
			t.Errorf("%s: %v", principal, err)
		}
	}
	for _, principal := range []string{"", "a b", "arn:aws:s3:::bucket", "arn:aws:iam::1:policy/p"} {
		if _, err := onboard.FromFile(inprocess.ExampleWorld(), principal, curfew); err == nil || errors.Is(err, onboard.ErrMissing) {
			t.Errorf("%q: %v", principal, err)
		}
	}
}

// iamOf answers over HTTP as IAM does, from a file of details.
type iamOf map[string]any

func (w iamOf) find(list, key, value string) map[string]any {
	items, _ := w[list].([]any) // calls that are on no principal have no list
	for _, item := range items {
		if m := item.(map[string]any); m[key] == value {
			return m
		}
	}
	return nil
}

func (w iamOf) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	action, status := r.PostForm.Get("Action"), http.StatusOK
	body, ok := w.answer(action, r.PostForm)
	body = "<R><" + action + "Result>" + body + "</" + action + "Result></R>"
	if !ok {
		status, body = http.StatusNotFound, "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (w iamOf) answer(action string, params url.Values) (string, bool) {
	kind := strings.NewReplacer("ListAttached", "", "ListGroupsFor", "", "List", "", "Get", "", "Policies", "", "Policy", "").Replace(action)
	holder, policy := w.find(kind+"DetailList", kind+"Name", params.Get(kind+"Name")), w.find("Policies", "Arn", params.Get("PolicyArn"))
	var b strings.Builder
	switch {
	case action == "GetAccountSummary":
	case action == "GetPolicy" && policy != nil:
		b.WriteString("<Policy><DefaultVersionId>v1</DefaultVersionId></Policy>")
	case action == "GetPolicyVersion" && policy != nil:
		version := policy["PolicyVersionList"].([]any)[0].(map[string]any)
		fmt.Fprintf(&b, "<PolicyVersion><Document>%s</Document></PolicyVersion>", encoded(version["Document"]))
	case holder == nil:
		return "", false
	case action == "Get"+kind:
		fmt.Fprintf(&b, "<%[1]s><Arn>%[2]s</Arn><%[1]sId>%[3]s</%[1]sId>", kind, holder["Arn"], holder[kind+"Id"])
		if trust, ok := holder["AssumeRolePolicyDocument"]; ok {
			fmt.Fprintf(&b, "<AssumeRolePolicyDocument>%s</AssumeRolePolicyDocument>", encoded(trust))
		}
		b.WriteString("<Tags>")
		for _, tag := range holder["Tags"].([]any) {
			fmt.Fprintf(&b, "<member><Key>%s</Key><Value>%s</Value></member>", tag.(map[string]any)["Key"], tag.(map[string]any)["Value"])
		}
		b.WriteString("</Tags>")
		if boundary, ok := holder["PermissionsBoundary"].(map[string]any); ok {
			fmt.Fprintf(&b, "<PermissionsBoundary><PermissionsBoundaryArn>%s</PermissionsBoundaryArn></PermissionsBoundary>", boundary["PermissionsBoundaryArn"])
		}
		fmt.Fprintf(&b, "</%s>", kind)
	case action == "ListGroupsForUser":
		b.WriteString("<Groups>")
		for _, g := range holder["GroupList"].([]any) {
			fmt.Fprintf(&b, "<member><GroupName>%s</GroupName></member>", g)
		}
		b.WriteString("</Groups>")
	case action == "List"+kind+"Policies":
		b.WriteString("<PolicyNames>")
		for _, p := range holder[kind+"PolicyList"].([]any) {
			fmt.Fprintf(&b, "<member>%s</member>", p.(map[string]any)["PolicyName"])
		}
		b.WriteString("</PolicyNames>")
	case action == "ListAttached"+kind+"Policies":
		b.WriteString("<AttachedPolicies>")
		for _, p := range holder["AttachedManagedPolicies"].([]any) {
			fmt.Fprintf(&b, "<member><PolicyArn>%s</PolicyArn></member>", p.(map[string]any)["PolicyArn"])
		}
		b.WriteString("</AttachedPolicies>")
	case action == "Get"+kind+"Policy":
		for _, p := range holder[kind+"PolicyList"].([]any) {
			if m := p.(map[string]any); m["PolicyName"] == params.Get("PolicyName") {
				fmt.Fprintf(&b, "<PolicyDocument>%s</PolicyDocument>", encoded(m["PolicyDocument"]))
			}
		}
	}
	return b.String(), true
}

func encoded(document any) string {
	b, _ := json.Marshal(document) // it was JSON a moment ago
	return url.PathEscape(string(b))
}

// awsOf is a configuration of the SDK whose calls a fake answers.
func awsOf(fake http.RoundTripper) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: &http.Client{Transport: fake},
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""),
	}
}

// TestBothSourcesSayTheSame reads one account from its file and as AWS would answer.
func TestBothSourcesSayTheSame(t *testing.T) {
	var world iamOf
	if err := json.Unmarshal(inprocess.ExampleWorld(), &world); err != nil {
		t.Fatal(err)
	}
	for _, principal := range []string{"engineer-deploy", "legacy-admin", "ci-user", "arn:aws:iam::111122223333:role/key-rotation"} {
		s, err := onboard.Read(t.Context(), awsOf(world), principal, curfew)
		if err != nil {
			t.Fatalf("%s: %v", principal, err)
		}
		got, err := onboard.Examine(s, curfew)
		want := examine(t, string(inprocess.ExampleWorld()), principal, curfew)
		want.Room.Assumed = false
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v\n got %+v\nwant %+v", principal, err, got, want)
		}
	}
	if _, err := onboard.Read(t.Context(), awsOf(world), "nobody", curfew); !errors.Is(err, onboard.ErrMissing) {
		t.Errorf("missing: %v", err)
	}
}

// A marked principal is not ready while the policy of its boundary does not exist.
func TestABoundaryPolicyThatIsAbsentIsLeftToDo(t *testing.T) {
	world := worldOf(t, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`,
		`,"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/gone"},"Tags":[{"Key":"curfew:managed","Value":"true"}]`)
	r := examine(t, world, "builder", onboard.Settings{Name: "curfew", Boundaries: []string{"gone"}})
	if len(r.Do) != 1 || !strings.Contains(r.Do[0], "make the policy arn:aws:iam::111122223333:policy/gone") {
		t.Errorf("left to do: %q", r.Do)
	}
}
