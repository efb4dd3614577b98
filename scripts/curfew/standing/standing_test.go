package standing_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/scripts/curfew/standing"
	rights "curfew/shared/standing"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// account answers as IAM does, for two roles on two pages.
type account struct {
	id      string
	calls   []string
	asked   map[string]int
	refused map[string]string // error codes by action
}

func roleXML(name, policy string) string {
	return fmt.Sprintf(`<member><Arn>arn:aws:iam::111122223333:role/%[1]s</Arn><RoleName>%[1]s</RoleName><RoleId>AROAEXAMPLE%[1]s</RoleId><Path>/</Path><CreateDate>2024-01-01T00:00:00Z</CreateDate>
		<AssumeRolePolicyDocument>%[2]s</AssumeRolePolicyDocument><RolePolicyList><member><PolicyName>own</PolicyName><PolicyDocument>%[3]s</PolicyDocument></member></RolePolicyList></member>`, name,
		url.QueryEscape(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`), strings.ReplaceAll(url.QueryEscape(policy), "+", "%20"))
}

func (a *account) answer(action string, form url.Values) string {
	a.asked[action]++
	switch action {
	case "GetCallerIdentity":
		return "<Account>" + a.id + "</Account>"
	case "GetAccountAuthorizationDetails":
		if form.Get("Marker") == "" {
			return "<IsTruncated>true</IsTruncated><Marker>two</Marker><RoleDetailList>" + roleXML("power", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"}]}`) + "</RoleDetailList>"
		}
		return "<IsTruncated>false</IsTruncated><RoleDetailList>" + roleXML("plain", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`) + "</RoleDetailList>"
	case "GenerateCredentialReport":
		if a.asked[action] == 1 {
			return "<State>STARTED</State>"
		}
		return "<State>COMPLETE</State>"
	case "GetCredentialReport":
		return "<Content>dXNlcixhcm4K</Content><ReportFormat>text/csv</ReportFormat>"
	case "GenerateServiceLastAccessedDetails":
		if form.Get("Granularity") != "ACTION_LEVEL" {
			return ""
		}
		return "<JobId>job-" + form.Get("Arn") + "-0123456789012345678901234567</JobId>"
	case "GetServiceLastAccessedDetails":
		if a.asked[action] == 1 {
			return "<JobStatus>IN_PROGRESS</JobStatus>"
		}
		if form.Get("Marker") == "" {
			return "<JobStatus>COMPLETED</JobStatus><JobCompletionDate>2026-11-01T12:00:00Z</JobCompletionDate><IsTruncated>true</IsTruncated><Marker>more</Marker><ServicesLastAccessed><member><ServiceNamespace>iam</ServiceNamespace><LastAuthenticated>2026-10-31T12:00:00Z</LastAuthenticated><TrackedActionsLastAccessed><member><ActionName>CreateUser</ActionName></member></TrackedActionsLastAccessed></member></ServicesLastAccessed>"
		}
		return "<JobStatus>COMPLETED</JobStatus><JobCompletionDate>2026-11-01T12:00:00Z</JobCompletionDate><ServicesLastAccessed><member><ServiceNamespace>s3</ServiceNamespace></member></ServicesLastAccessed>"
	}
	return ""
}

// RoundTrip answers in the Query protocol.
func (a *account) RoundTrip(q *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(q.Body)
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	action := form.Get("Action")
	a.calls = append(a.calls, strings.TrimSpace(action+" "+form.Get("Marker")))
	status, text := 200, fmt.Sprintf("<%[1]sResponse><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>", action, a.answer(action, form))
	if code := a.refused[action+" "+form.Get("Marker")]; code != "" {
		status, text = 400, "<ErrorResponse><Error><Code>"+code+"</Code><Message>no</Message></Error></ErrorResponse>"
	}
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: q}, nil
}

func newAccount() *account {
	return &account{id: "111122223333", asked: map[string]int{}, refused: map[string]string{}}
}

func (a *account) read(t *testing.T, state string, tell func(string, int, int) error) (*standing.State, error) {
	t.Helper()
	config := aws.Config{Region: "us-east-1", HTTPClient: &http.Client{Transport: a}, Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "secret", ""), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	if tell == nil {
		tell = func(string, int, int) error { return nil }
	}
	s, err := standing.Read(t.Context(), config, standing.Settings{
		State: state, Now: func() time.Time { return now }, Tell: tell, Wait: func(context.Context, time.Duration) error { return nil },
		Want: func(s *standing.State) ([]string, error) {
			r, err := rights.Analyse(s.Details(), rights.Options{Now: now})
			if err != nil {
				return nil, err
			}
			return []string{r.Entries[0].Principal}, nil
		},
	})
	if s != nil {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	return s, err
}

func TestReadsAnAccount(t *testing.T) {
	a := newAccount()
	s, err := a.read(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	d := s.Details()
	if len(d.Principals) != 2 || d.Principals[1].Policies.Identity[0].Document.Statements[0].Actions[0] != "iam:CreateUser" || d.Principals[0].Unknown != "" || d.Principals[0].Created.IsZero() {
		t.Errorf("%+v", d)
	}
	got := s.Accessed["arn:aws:iam::111122223333:role/power"]
	if len(s.Accessed) != 1 || got == nil || len(got.Services) != 2 || got.Services["iam"].Last.IsZero() || !got.At.Equal(now) {
		t.Fatalf("%+v", s.Accessed)
	}
	if at, tracked := got.Services["iam"].Actions["CreateUser"]; !tracked || !at.IsZero() {
		t.Errorf("an action that was never used is not there: %+v", got.Services["iam"])
	}
	if string(s.Credentials) != "user,arn\n" {
		t.Errorf("%q", s.Credentials)
	}
}

// An interruption at any point costs no more than the call that it interrupted.
func TestAnInterruptedReadingContinues(t *testing.T) {
	whole := newAccount()
	if _, err := whole.read(t, "", nil); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("interrupted")
	steps := 0
	if _, err := newAccount().read(t, "", func(string, int, int) error { steps++; return nil }); err != nil || steps < 4 {
		t.Fatal(steps, err)
	}
	for at := 1; at <= steps; at++ {
		path := filepath.Join(t.TempDir(), "state")
		a, n := newAccount(), 0
		_, err := a.read(t, path, func(string, int, int) error {
			if n++; n == at {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) {
			t.Fatalf("step %d: %v", at, err)
		}
		if at == 1 { // the process died in the middle of a line
			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(file, `{"page":{"RoleDetailList":"`+strings.Repeat("x", 20_000))
			file.Close()
		}
		s, err := a.read(t, path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Details().Principals) != 2 || len(s.Accessed) != 1 || s.Credentials == nil {
			t.Errorf("step %d: %+v", at, s)
		}
		for _, once := range []string{"GetAccountAuthorizationDetails", "GetAccountAuthorizationDetails two", "GetCredentialReport", "GenerateServiceLastAccessedDetails"} {
			times := len(slices.DeleteFunc(slices.Clone(a.calls), func(c string) bool { return c != once }))
			if times != 1 {
				t.Errorf("step %d: %s was called %d times", at, once, times)
			}
		}
	}
}

func TestAMarkerThatIAMForgot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	stop := errors.New("interrupted")
	if _, err := newAccount().read(t, path, func(string, int, int) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(content), `"marker":"two"`, `"marker":"old"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	a := newAccount()
	a.refused["GetAccountAuthorizationDetails old"] = "InvalidInput"
	s, err := a.read(t, path, nil)
	if err != nil || len(s.Answers) != 2 || len(s.Details().Principals) != 2 || len(s.Details().Problems) != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	mine := filepath.Join(t.TempDir(), "mine")
	if _, err := newAccount().read(t, mine, nil); err != nil {
		t.Fatal(err)
	}
	state, err := os.ReadFile(mine)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a note": "remember the milk\n", "empty": "", "no line": "{}", "another program's": `{"format":"x","account":"111122223333"}` + "\n",
		"another account's": strings.Replace(string(state), `"account":"111122223333"`, `"account":"444455556666"`, 1), "broken inside": string(state) + "x\n" + "y\n",
	} {
		path := filepath.Join(t.TempDir(), "other")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := newAccount().read(t, path, nil); !errors.Is(err, standing.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != text {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestWhereTheCredentialReportIsDenied(t *testing.T) {
	a := newAccount()
	a.refused["GenerateCredentialReport "] = "AccessDenied"
	if s, err := a.read(t, "", nil); err != nil || s.Credentials != nil || len(s.Accessed) != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	a = newAccount()
	a.refused["GenerateServiceLastAccessedDetails "] = "AccessDenied"
	if _, err := a.read(t, "", nil); err == nil {
		t.Error("last-accessed data that were asked for and denied are an error")
	}
	a = newAccount()
	a.refused["GenerateServiceLastAccessedDetails "] = "NoSuchEntity"
	if s, err := a.read(t, "", nil); err != nil || len(s.Accessed) != 0 {
		t.Errorf("a role that was deleted meanwhile: %+v, %v", s, err)
	}
}

func TestCheckFindsWhatACatalogRefuses(t *testing.T) {
	s, err := newAccount().read(t, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	d := s.Details()
	o := rights.Options{Now: now, Owners: "sre"}
	plan := rights.NewPlanner(d, o).Plan(d.Principals[1])
	if err := standing.Check(plan, o); err != nil {
		t.Error(err)
	}
	if err := standing.Check(plan, rights.Options{Owners: "others"}); err == nil || !strings.Contains(err.Error(), "sre") {
		t.Errorf("a group that is not there: %v", err)
	}
	plan.Entitlement = strings.Replace(plan.Entitlement, "iam:CreateUser", "iam:MakeUser", 1)
	if err := standing.Check(plan, o); err == nil {
		t.Error("an action that does not exist is refused")
	}
}
