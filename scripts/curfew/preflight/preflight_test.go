package preflight_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/encoding/cbor"

	"curfew/scripts/curfew/doctor"
	"curfew/scripts/curfew/preflight"
)

const home = "444455556666"

// world answers as AWS and an identity provider do, each action with a text.
type world map[string]string

// fresh is an account that is ready.
func fresh() world {
	return world{
		"GetCallerIdentity":            `<R><GetCallerIdentityResult><Account>` + home + `</Account></GetCallerIdentityResult></R>`,
		"DescribeOrganization":         `{"Organization":{"Id":"o-abc1234567","MasterAccountId":"999988887777"}}`,
		"ListPoliciesForTarget":        `{"Policies":[]}`,
		"ListPoliciesForTarget r-root": `{"Policies":[{"Id":"p-1","Name":"curfew"}]}`,
		"DescribePolicy":               `{"Policy":{"Content":"[{\"Sid\":\"RolesAndBoundary\"},{\"Sid\":\"MarkedPrincipals\"},{\"Sid\":\"Deployers\"}]"}}`,
		"ListParents":                  `{"Parents":[{"Id":"ou-1","Type":"ORGANIZATIONAL_UNIT"}]}`,
		"ListParents ou-1":             `{"Parents":[{"Id":"r-root","Type":"ROOT"}]}`,
		"ListParents r-root":           `{"Parents":[]}`,
		"DescribeTrails":               `{"trailList":[{"Name":"all","TrailARN":"arn:aws:cloudtrail:eu-central-1:999988887777:trail/all","IsMultiRegionTrail":true}]}`,
		"GetTrailStatus":               `{"IsLogging":true}`,
		"GetEventSelectors":            `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]}]}`,
		"DescribeStacks":               `<E><Error><Code>ValidationError</Code><Message>Stack with id curfew does not exist</Message></Error></E>`,
		"DescribeStacks CDKToolkit":    `<R><DescribeStacksResult><Stacks><member><StackName>CDKToolkit</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs><member><OutputKey>BootstrapVersion</OutputKey><OutputValue>30</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></R>`,
		"DescribeStackResources":       `<R><DescribeStackResourcesResult><StackResources><member><ResourceType>AWS::IAM::Role</ResourceType><PhysicalResourceId>cdk-hnb659fds-cfn-exec-role-444455556666-eu-central-1</PhysicalResourceId></member><member><ResourceType>AWS::S3::Bucket</ResourceType><PhysicalResourceId>assets</PhysicalResourceId></member></StackResources></DescribeStackResourcesResult></R>`,
		"account-settings":             `{"AccountLimit":{"ConcurrentExecutions":1000,"UnreservedConcurrentExecutions":1000}}`,
		"concurrency":                  `{}`,
		"functions":                    `{"Functions":[{"FunctionName":"curfewd"}]}`,
		"openid-configuration":         `{"issuer":"https://id.example.com","jwks_uri":"https://id.example.com/keys"}`,
		"keys":                         `{"keys":[{"kty":"RSA"},{"kty":"EC"}]}`,
		"ListRoles":                    `<R><ListRolesResult><IsTruncated>false</IsTruncated><Roles><member><RoleName>curfewother</RoleName></member></Roles></ListRolesResult></R>`,
		"ListPolicies":                 `<R><ListPoliciesResult><IsTruncated>false</IsTruncated></ListPoliciesResult></R>`,
		"ListTopics":                   `<R><ListTopicsResult></ListTopicsResult></R>`,
		"ListTables":                   `{"TableNames":["others"]}`,
		"DescribeLogGroups":            `{"logGroups":[]}`,
		"HeadBucket":                   "missing",
	}
}

// RoundTrip answers in the protocol of the call.
func (w world) RoundTrip(q *http.Request) (*http.Response, error) {
	var body []byte
	if q.Body != nil {
		body, _ = io.ReadAll(q.Body)
	}
	action := path.Base(strings.TrimSuffix(q.URL.Path, "/"))
	if _, target, ok := strings.Cut(q.Header.Get("X-Amz-Target"), "."); ok {
		action = target
	} else if _, form, ok := strings.Cut(string(body), "Action="); ok {
		action, _, _ = strings.Cut(form, "&")
	} else if q.Method == http.MethodHead {
		action = "HeadBucket"
	}
	text, asked := w[action], q.URL.String()+" "+string(body)
	for key, own := range w {
		if of, thing, ok := strings.Cut(key, " "); ok && of == action && strings.Contains(asked, thing) {
			text = own
		}
	}
	if text == "" {
		text = "{}"
	}
	header, status := http.Header{}, http.StatusOK
	switch {
	case strings.HasPrefix(text, "<E>"):
		status = http.StatusBadRequest
	case text == "missing":
		status = http.StatusNotFound
	case text == "denied":
		status, text = http.StatusForbidden, `{"__type":"AccessDeniedException"}`
	case strings.HasPrefix(text, "error "):
		status, text = http.StatusBadRequest, fmt.Sprintf(`{"__type":%q}`, text[len("error "):])
	case q.Header.Get("Smithy-Protocol") == "rpc-v2-cbor":
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
		header.Set("Content-Type", "application/cbor")
		text = string(cbor.Encode(cbor.Map{}))
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: q}, nil
}

func examine(t *testing.T, w world, set preflight.Settings) *preflight.Report {
	t.Helper()
	set.Name, set.Region, set.Transport = "curfew", "eu-central-1", w
	report, err := preflight.Examine(t.Context(), aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: w}, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""), RetryMaxAttempts: 1,
	}, set)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range report.Findings {
		if (f.State == doctor.OK) != (f.Do == "") {
			t.Errorf("%s is %s, and what to do is %q", f.Check, f.State, f.Do)
		}
	}
	return report
}

func lines(r *preflight.Report, state doctor.State) (all []string) {
	for _, f := range r.Findings {
		if f.State == state {
			all = append(all, f.Check+": "+f.Says)
		}
	}
	return all
}

func settings() preflight.Settings {
	return preflight.Settings{OrgID: "o-abc1234567", Issuer: "https://id.example.com"}
}

func TestAnAccountThatIsReady(t *testing.T) {
	r := examine(t, fresh(), settings())
	if wrong := lines(r, doctor.Wrong); len(wrong) > 0 || len(r.Findings) < 9 {
		t.Errorf("wrong: %q of %d", wrong, len(r.Findings))
	}
	if len(r.Deployers) != 1 || r.Deployers[0] != "arn:aws:iam::444455556666:role/cdk-hnb659fds-cfn-exec-role-444455556666-eu-central-1" {
		t.Errorf("deployers = %q", r.Deployers)
	}
	if r := examine(t, fresh(), preflight.Settings{Home: "222233334444"}); len(lines(r, doctor.Wrong)) > 0 {
		t.Errorf("as a member, wrong: %q", lines(r, doctor.Wrong))
	}
}

func TestEachFaultIsFoundBeforeADeployment(t *testing.T) {
	stack := func(status string) string {
		return `<R><DescribeStacksResult><Stacks><member><StackName>curfew</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>` + status + `</StackStatus></member></Stacks></DescribeStacksResult></R>`
	}
	for _, c := range []struct{ action, answer, want string }{
		{"DescribeOrganization", "error AWSOrganizationsNotInUseException", "organization: the account is in no organization"},
		{"DescribeOrganization", `{"Organization":{"Id":"o-abc1234567","MasterAccountId":"` + home + `"}}`, "organization: account 444455556666 is the management account, which no SCP binds"},
		{"DescribeOrganization", `{"Organization":{"Id":"o-another123","MasterAccountId":"1"}}`, "organization: orgId is o-abc1234567, and the account is in o-another123"},
		{"ListPoliciesForTarget r-root", `{"Policies":[]}`, "SCP: no SCP of Curfew is attached"},
		{"DescribePolicy", `{"Policy":{"Content":"[{\"Sid\":\"RolesAndBoundary\"}]"}}`, "SCP: no SCP of Curfew is attached"},
		{"DescribeTrails", `{"trailList":[]}`, "trail: there is no trail"},
		{"GetTrailStatus", `{"IsLogging":false}`, "trail: all does not log"},
		{"GetEventSelectors", `{"EventSelectors":[{"IncludeManagementEvents":true,"ReadWriteType":"WriteOnly"}]}`, "trail: all does not log all management events"},
		{"GetEventSelectors", `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["false"]}]}]}`, "trail: all does not log all management events"},
		{"DescribeStacks CDKToolkit", fresh()["DescribeStacks"], "CDK bootstrap: there is no stack CDKToolkit in eu-central-1"},
		{"DescribeStacks CDKToolkit", strings.Replace(fresh()["DescribeStacks CDKToolkit"], ">30<", ">5<", 1), "CDK bootstrap: its version is 5, and the CDK needs 6"},
		{"DescribeStacks curfew&", stack("ROLLBACK_COMPLETE"), "stack curfew: its first deployment failed: it is ROLLBACK_COMPLETE, and cannot be updated"},
		{"DescribeStacks curfew-data", stack("CREATE_IN_PROGRESS"), "stack curfew-data: it is CREATE_IN_PROGRESS"},
		{"openid-configuration", `{"issuer":"https://other.example.com"}`, `issuer: it calls itself "https://other.example.com", and jwtIssuer is "https://id.example.com"`},
		{"keys", `{"keys":[{"kty":"EC"}]}`, "issuer: it has no RSA key"},
		{"ListTables", `{"TableNames":["curfew-access"]}`, "names: table: taken, and of no stack of Curfew here: curfew-access"},
		{"HeadBucket curfew-stage", "denied", "names: bucket: taken, and of no stack of Curfew here: curfew-stage-444455556666-eu-central-1"},
		{"DescribeLogGroups", `{"logGroups":[{"logGroupName":"/aws/lambda/curfew-revoke"}]}`, "names: log group: taken"},
		{"ListRoles", strings.Replace(fresh()["ListRoles"], "curfewother", "curfew-gateway", 1), "names: role: taken, and of no stack of Curfew here: curfew-gateway"},
		{"functions", `{"Functions":[{"FunctionName":"curfew-grant"}]}`, "names: function: taken"},
	} {
		w := fresh()
		w[c.action] = c.answer
		got := strings.Join(lines(examine(t, w, settings()), doctor.Wrong), "\n")
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: wrong:\n%s\nwant %s", c.action, got, c.want)
		}
	}
}

func TestWhatMayNotBeReadIsNotCalledWell(t *testing.T) {
	w := fresh()
	w["ListPoliciesForTarget"], w["DescribeTrails"] = "denied", "denied"
	delete(w, "ListPoliciesForTarget r-root")
	got := strings.Join(lines(examine(t, w, settings()), doctor.NotChecked), "\n")
	for _, want := range []string{"SCP: only the management account may ask", "trail: the call was denied", "members: only credentials of a member"} {
		if !strings.Contains(got, want) {
			t.Errorf("not checked:\n%s\nwant %s", got, want)
		}
	}
}

// A new account has a limit of 10, and Lambda refuses to leave fewer than 100 unreserved.
func TestReservationsFitTheAccount(t *testing.T) {
	for free, want := range map[int]string{
		10: "none", 136: "none",
		1000: "api=100,decide=20,wait=50,grant=20,revoke=100,expire=10,reconcile=2,notify=5,trigger=20,correlate=10,backfill=1,archive=3,contain=2,review=2,console=40",
		200:  "",
	} {
		w := fresh()
		w["account-settings"] = fmt.Sprintf(`{"AccountLimit":{"ConcurrentExecutions":%d,"UnreservedConcurrentExecutions":%d}}`, free, free)
		got := examine(t, w, settings()).Reserved
		if want != "" && got != want {
			t.Errorf("%d free: %s, want %s", free, got, want)
		}
		if want != "" {
			continue
		}
		sum, of := 0, map[string]int{}
		for part := range strings.SplitSeq(got, ",") {
			name, text, _ := strings.Cut(part, "=")
			if _, err := fmt.Sscan(text, new(int)); err != nil {
				t.Fatalf("%q: %v", part, err)
			}
			var n int
			fmt.Sscan(text, &n)
			of[name], sum = n, sum+n
			if n == 0 {
				t.Errorf("%s would be 0, and could not run", name)
			}
		}
		if sum > free-100 || of["revoke"] < 3*of["grant"] {
			t.Errorf("%d free: %d reserved, revoke %d, grant %d", free, sum, of["revoke"], of["grant"])
		}
	}
}

// TestTheSCPIsKnownByItsStatements: what is looked for is what is shipped.
func TestTheSCPIsKnownByItsStatements(t *testing.T) {
	text, err := os.ReadFile("../../../infra/scp.json")
	if err != nil {
		t.Fatal(err)
	}
	if !preflight.IsSCP(string(text)) {
		t.Error("infra/scp.json would not be known")
	}
}

// TestOnMoto looks at an account of moto: what moto lacks is said, and nothing is called well that was not seen.
func TestOnMoto(t *testing.T) {
	endpoint := os.Getenv("AWS_ENDPOINT_URL")
	if os.Getenv("CURFEW_EMULATORS") == "" {
		t.Skip("needs moto: go run ./scripts/emulators -- go test -v ./scripts/curfew/preflight")
	}
	r, err := preflight.Examine(t.Context(), aws.Config{
		Region: "us-east-1", BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("emulator", "emulator", ""),
	}, preflight.Settings{Name: "curfew", Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		t.Logf("%-12s %-20s %s", f.State, f.Check, f.Says)
	}
	if got := strings.Join(lines(r, doctor.Wrong), "\n"); !strings.Contains(got, "trail: there is no trail") || !strings.Contains(got, "CDK bootstrap: there is no stack CDKToolkit") {
		t.Errorf("wrong:\n%s", got)
	}
}

// TestThePageLoadsWithinItsReservation: Lambda refuses what is beyond it, and a browser shows nothing if one module is missing.
func TestThePageLoadsWithinItsReservation(t *testing.T) {
	imports := regexp.MustCompile(`(?m)^import .*"\./([a-z-]+\.js)";$`)
	widest, seen := 0, map[string]bool{"app.js": true}
	for wave := []string{"app.js"}; len(wave) > 0; widest = max(widest, len(wave)) {
		var next []string
		for _, name := range wave {
			text, err := os.ReadFile("../../../shared/console/static/" + name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range imports.FindAllStringSubmatch(string(text), -1) {
				if !seen[m[1]] {
					seen[m[1]], next = true, append(next, m[1])
				}
			}
		}
		wave = next
	}
	least := "none"
	for free := 150; least == "none"; free++ {
		w := fresh()
		w["account-settings"] = fmt.Sprintf(`{"AccountLimit":{"ConcurrentExecutions":%d,"UnreservedConcurrentExecutions":%d}}`, free, free)
		least = examine(t, w, settings()).Reserved
	}
	var n int
	if _, console, _ := strings.Cut(least, "console="); widest < 10 {
		t.Errorf("%d modules at once", widest)
	} else if _, err := fmt.Sscan(console, &n); err != nil || n < widest {
		t.Errorf("console has %q at least, and a browser asks for %d files at once", console, widest)
	}
}

// TestFullReservationsAreThoseThatAreRecommended: infra's setting reserved=recommended is for an account with room for all.
func TestFullReservationsAreThoseThatAreRecommended(t *testing.T) {
	text, err := os.ReadFile("../../../infra/testdata/curfew.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				FunctionName                 any
				ReservedConcurrentExecutions int
			}
		}
	}
	if err := json.Unmarshal(text, &template); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	for _, r := range template.Resources {
		if name, ok := r.Properties.FunctionName.(string); ok && r.Type == "AWS::Lambda::Function" {
			want[strings.TrimPrefix(name, "curfew-")] = r.Properties.ReservedConcurrentExecutions
		}
	}
	got := map[string]int{}
	for part := range strings.SplitSeq(examine(t, fresh(), settings()).Reserved, ",") {
		name, text, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		got[name] = n
	}
	if !maps.Equal(got, want) {
		t.Errorf("reservations = %v, want %v", got, want)
	}
}
