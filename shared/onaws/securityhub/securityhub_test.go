package securityhub

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/fault"
	"curfew/shared/finding"
	"curfew/shared/onaws"
)

const product = "arn:aws:securityhub:eu-central-1:999900001111:product/999900001111/default"

var at = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// service is Security Hub's API: it keeps the body and gives an answer.
type service struct {
	status int
	answer string
	body   []byte
}

func (s *service) Do(r *http.Request) (*http.Response, error) {
	if s.status == 0 {
		return nil, errors.New("connection reset")
	}
	s.body, _ = io.ReadAll(r.Body)
	return &http.Response{StatusCode: s.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(s.answer))}, nil
}

// hub sends by the SDK's client, which checks what AWS's model requires.
func hub(s *service) onaws.FindingImporter {
	cfg := aws.Config{
		Region: "eu-central-1", HTTPClient: s, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "x"}, nil
		}),
	}
	return New(cfg, onaws.InstallationConfig{Name: "curfew"}, onaws.SecurityHubConfig{Product: product})
}

func stored(change func(*finding.Stored)) finding.Stored {
	var was finding.Stored
	was.Value = finding.Finding{
		ID: "foreign-0123456789abcdef", Version: 3, Kind: "foreign", Severity: finding.High, Subject: "role x", What: "its trust policy was changed",
		Why: "it was not us", Do: "find out who", Elevation: "01k6y3m1x8q2v4t6w8y0a2c4e6", Principal: "arn:aws:iam::111122223333:role/x", Account: "111122223333",
		Count: 2, FirstAt: at, LastAt: at.Add(time.Minute),
	}
	if change != nil {
		change(&was)
	}
	return was
}

// states are findings as they may be stored.
func states() map[string]finding.Stored {
	act := &finding.Act{By: "person:x|dee", At: at.Add(time.Hour)}
	long := strings.Repeat("é", 3000)
	return map[string]finding.Stored{
		"open":         stored(nil),
		"acknowledged": stored(func(was *finding.Stored) { was.Closing.Value = finding.Closing{Acknowledged: act} }),
		"closed":       stored(func(was *finding.Stored) { was.Closing.Value = finding.Closing{Closed: act, Count: 2} }),
		"open again":   stored(func(was *finding.Stored) { was.Closing.Value = finding.Closing{Closed: act, Count: 1} }),
		"bare":         stored(func(was *finding.Stored) { f := &was.Value; f.Principal, f.Account, f.Elevation, f.Do = "", "", "", "" }),
		"long":         stored(func(was *finding.Stored) { f := &was.Value; f.Subject, f.What, f.Why, f.Do = long, long, long, long }),
	}
}

// send imports one finding and returns it as it was sent.
func send(t *testing.T, was finding.Stored) (sent map[string]any, body []byte) {
	t.Helper()
	s := &service{status: 200, answer: `{"FailedCount": 0, "SuccessCount": 1, "FailedFindings": []}`}
	if err := hub(s).ImportFinding(t.Context(), was); err != nil {
		t.Fatal(err)
	}
	var in struct{ Findings []map[string]any }
	if err := json.Unmarshal(s.body, &in); err != nil || len(in.Findings) != 1 {
		t.Fatalf("%v: %s", err, s.body)
	}
	return in.Findings[0], s.body
}

func TestFindingIsHomesAndItsResourceTheMembers(t *testing.T) {
	sent, _ := send(t, stored(nil))
	resource := sent["Resources"].([]any)[0].(map[string]any)
	if sent["AwsAccountId"] != "999900001111" || resource["Id"] != "arn:aws:iam::111122223333:role/x" || resource["Type"] != "AwsIamRole" {
		t.Errorf("account %v, resource %v", sent["AwsAccountId"], resource)
	}
}

// An update has the same id and a later time, so that it replaces.
func TestStateOfAFindingIsASFFs(t *testing.T) {
	for name, want := range map[string]string{
		"open":         "NEW ACTIVE 2026-10-05T09:01:00Z",
		"acknowledged": "NOTIFIED ACTIVE 2026-10-05T10:00:00Z",
		"closed":       "RESOLVED ARCHIVED 2026-10-05T10:00:00Z",
		"open again":   "NEW ACTIVE 2026-10-05T10:00:00Z",
	} {
		sent, _ := send(t, states()[name])
		got := sent["Workflow"].(map[string]any)["Status"].(string) + " " + sent["RecordState"].(string) + " " + sent["UpdatedAt"].(string)
		if got != want || sent["Id"] != "curfew/foreign-0123456789abcdef" || sent["CreatedAt"] != "2026-10-05T09:00:00Z" {
			t.Errorf("%s: %s, want %s; id %v", name, got, want, sent["Id"])
		}
	}
}

// The limits are of https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html
func TestLongTextsAreCutToTheLimitsOfASFF(t *testing.T) {
	for name, was := range states() {
		sent, _ := send(t, was)
		for field, most := range map[string]int{"Id": 512, "GeneratorId": 512, "Title": 256, "Description": 1024} {
			if n := utf8.RuneCountInString(sent[field].(string)); n < 1 || n > most {
				t.Errorf("%s: %s has %d characters, want 1 to %d", name, field, n, most)
			}
		}
		if r, ok := sent["Remediation"].(map[string]any); ok {
			if n := utf8.RuneCountInString(r["Recommendation"].(map[string]any)["Text"].(string)); n > 512 {
				t.Errorf("%s: recommendation of %d characters", name, n)
			}
		}
	}
}

// TestFindingsHoldAgainstBotocore asks botocore, AWS's library for Python, whether its model of Security Hub takes them.
func TestFindingsHoldAgainstBotocore(t *testing.T) {
	if os.Getenv("CURFEW_BOTOCORE") == "" {
		t.Skip("set CURFEW_BOTOCORE=1: needs python3 with botocore")
	}
	const program = `
import json, sys, botocore.session, botocore.validate
model = botocore.session.get_session().get_service_model("securityhub").operation_model("BatchImportFindings")
body = json.load(sys.stdin)
report = botocore.validate.ParamValidator().validate(body, model.input_shape)
print(report.generate_report(), end="")
def unknown(value, shape, at):
    if shape.type_name == "structure":
        for name in value:
            if name not in shape.members: print(at + "." + name, "is unknown")
            else: unknown(value[name], shape.members[name], at + "." + name)
    elif shape.type_name == "list":
        for one in value: unknown(one, shape.member, at)
    elif getattr(shape, "enum", None) and value not in shape.enum: print(at, value, "is not in", shape.enum)
unknown(body, model.input_shape, "")
`
	for name, was := range states() {
		_, body := send(t, was)
		cmd := exec.CommandContext(t.Context(), "python3", "-c", program)
		cmd.Stdin = strings.NewReader(string(body))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
}

func TestFindingThatIsNotImportedIsAnError(t *testing.T) {
	for name, c := range map[string]struct {
		s    service
		want fault.Kind
	}{
		"not sent":    {service{}, fault.Transient},
		"refused":     {service{status: 200, answer: `{"FailedCount": 1, "SuccessCount": 0, "FailedFindings": [{"Id": "x", "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]}`}, fault.Internal},
		"it is off":   {service{status: 403, answer: `{"Code": "InvalidAccessException", "Message": "Account is not subscribed to AWS Security Hub", "__type": "InvalidAccessException"}`}, fault.Internal},
		"unavailable": {service{status: 503, answer: `{}`}, fault.Transient},
	} {
		t.Run(name, func(t *testing.T) {
			if err := hub(&c.s).ImportFinding(t.Context(), stored(nil)); fault.KindOf(err) != c.want {
				t.Errorf("%v (%s), want %s", err, fault.KindOf(err), c.want)
			}
		})
	}
	if hub := New(aws.Config{}, onaws.InstallationConfig{}, onaws.SecurityHubConfig{}); hub != nil {
		t.Error("without a product there is a hub")
	}
}
