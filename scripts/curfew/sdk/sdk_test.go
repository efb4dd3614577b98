package sdk_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/iam"

	"curfew/scripts/curfew/sdk"
)

// files are those of AWS in a folder of the test's own. Without services that answer, nothing leaves this machine.
func files(t *testing.T, config, credentials string) string {
	t.Helper()
	home := t.TempDir()
	for name, text := range map[string]string{"config": config, "credentials": credentials} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

// sts answers as the Security Token Service, with the role in the key.
func sts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		action, role := r.PostForm.Get("Action"), r.PostForm.Get("RoleArn")
		if strings.HasSuffix(role, "/forbidden") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>")
			return
		}
		fmt.Fprintf(w, `<R><%[1]sResult><Credentials><AccessKeyId>ASIA-%[1]s-%[2]s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
			<SessionToken>t</SessionToken><Expiration>%[3]s</Expiration></Credentials></%[1]sResult></R>`,
			action, role[strings.LastIndex(role, "/")+1:], time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(server.Close)
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
}

const keys = "aws_access_key_id = AKIABASE\naws_secret_access_key = s\n"

func TestCredentialsAsTheCLIHasThem(t *testing.T) {
	for _, c := range []struct{ name, config, credentials, want string }{
		{"keys", "", "[default]\n" + keys, "AKIABASE"},
		{"role_arn before a key beside it", "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = base\n",
			"[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = s\n[base]\n" + keys, "ASIA-AssumeRole-deploy"},
		{"a role of a role", "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/last\nsource_profile = mid\n[profile mid]\nrole_arn = arn:aws:iam::111122223333:role/mid\nsource_profile = base\n",
			"[base]\n" + keys, "ASIA-AssumeRole-last"},
		{"a credential process", "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"AKIAPROCESS\",\"SecretAccessKey\":\"s\"}'\n", "", "AKIAPROCESS"},
		{"web identity", "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/ci\nweb_identity_token_file = TOKEN\n", "", "ASIA-AssumeRoleWithWebIdentity-ci"},
		{"CRLF", "[default]\r\nregion = eu-west-1\r\nrole_arn = arn:aws:iam::111122223333:role/deploy\r\nsource_profile = base\r\n",
			strings.ReplaceAll("[base]\n"+keys, "\n", "\r\n"), "ASIA-AssumeRole-deploy"},
		{"colons", "[default]\nregion: eu-west-1\nrole_arn: arn:aws:iam::111122223333:role/deploy\nsource_profile: base\n", "[base]\n" + keys, "ASIA-AssumeRole-deploy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := files(t, "", c.credentials)
			if err := os.WriteFile(filepath.Join(home, "token"), []byte("a.b.c"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(home, "config"), []byte(strings.ReplaceAll(c.config, "TOKEN", filepath.Join(home, "token"))), 0o600); err != nil {
				t.Fatal(err)
			}
			sts(t)
			config, err := sdk.Load(t.Context(), sdk.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := config.Retrieve(t.Context()); err != nil || got.AccessKeyID != c.want {
				t.Errorf("got %q, %v; want %q", got.AccessKeyID, err, c.want)
			}
		})
	}
}

func TestMissingCredentialsAreOneSentence(t *testing.T) {
	const sso = "[default]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = dev\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.example.com/start\n"
	for _, c := range []struct{ name, profile, config, credentials, want string }{
		{"nothing", "", "", "", `no credentials found: run "curfew login", or set CURFEW_TOKEN or AWS credentials (aws configure sso, AWS_PROFILE …); looked in the environment, in profile default`},
		{"an SSO session that was never begun", "", sso, "", "aws sso login --profile default"},
		{"the older form of SSO", "", "[default]\nsso_account_id = 111122223333\nsso_role_name = dev\nsso_region = eu-west-1\nsso_start_url = https://corp.example.com/start\n", "", "aws sso login --profile default"},
		{"no such profile", "typo", "", "", "there is no AWS profile typo: check AWS_PROFILE"},
		{"a process that fails", "", "[default]\ncredential_process = false\n", "", "the credential_process of AWS profile default failed"},
		{"a role that is refused", "", "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/forbidden\nsource_profile = base\n", "[base]\n" + keys,
			"the credentials of AWS profile default (AssumeRole of STS) were refused: AccessDenied: not yours"},
		{"MFA without a terminal", "", "[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/ana\n", "[base]\n" + keys, "MFA"},
		{"a byte order mark", "", "\ufeff[default]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsource_profile = base\n", "", "begins with a byte order mark: save it as UTF-8 without one"},
		{"UTF-16", "", "\xff\xfe[\x00d\x00e\x00f\x00a\x00u\x00l\x00t\x00]\x00", "", "is UTF-16: save it as UTF-8 without a byte order mark"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files(t, c.config, c.credentials)
			sts(t)
			config, err := sdk.Load(t.Context(), sdk.Settings{Profile: c.profile})
			if err == nil {
				_, err = config.Retrieve(t.Context())
			}
			if e, ok := errors.AsType[*sdk.CredentialsError](err); !ok || !strings.Contains(e.Text, c.want) || strings.Contains(e.Text, "\n") {
				t.Errorf("%v\nwant %s", err, c.want)
			}
		})
	}
}

// answers is AWS as one function.
type answers func(*http.Request) (int, string)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestNothingThatChangesIsSent(t *testing.T) {
	files(t, "[default]\nregion = eu-west-1\n", "[default]\n"+keys)
	config, err := sdk.Load(t.Context(), sdk.Settings{Transport: answers(func(r *http.Request) (int, string) {
		t.Errorf("%s was sent", r.URL)
		return 500, ""
	})})
	if err != nil {
		t.Fatal(err)
	}
	name := "a"
	if _, err := iam.NewFromConfig(config.ReadOnly()).DeleteRole(t.Context(), &iam.DeleteRoleInput{RoleName: &name}); err == nil || !strings.Contains(err.Error(), "only reads") {
		t.Errorf("error = %v", err)
	}
	if _, err := iam.NewFromConfig(config.ReadOnly()).GenerateOrganizationsAccessReport(t.Context(), &iam.GenerateOrganizationsAccessReportInput{EntityPath: &name}); err == nil || !strings.Contains(err.Error(), "only reads") {
		t.Errorf("a report that is not needed is refused: %v", err)
	}
}

// The two reports of IAM that standing privilege needs are reads, as their access level says.
func TestReportsOfIAMAreReads(t *testing.T) {
	files(t, "[default]\nregion = eu-west-1\n", "[default]\n"+keys)
	sent := 0
	config, err := sdk.Load(t.Context(), sdk.Settings{Transport: answers(func(*http.Request) (int, string) {
		sent++
		return 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
	})})
	if err != nil {
		t.Fatal(err)
	}
	client, arn := iam.NewFromConfig(config.ReadOnly()), "arn:aws:iam::111122223333:role/a"
	_, credentials := client.GenerateCredentialReport(t.Context(), &iam.GenerateCredentialReportInput{})
	_, accessed := client.GenerateServiceLastAccessedDetails(t.Context(), &iam.GenerateServiceLastAccessedDetailsInput{Arn: &arn})
	if sent != 2 || !sdk.IsDenied(credentials) || !sdk.IsDenied(accessed) {
		t.Errorf("%d were sent: %v, %v", sent, credentials, accessed)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		status          int
		body, want      string
		missing, denied bool
	}{
		{404, "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>no such\n role</Message></Error></ErrorResponse>", "iam GetRole: NoSuchEntity: no such role", true, false},
		{403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>", "iam GetRole: AccessDenied: no", false, true},
	} {
		files(t, "[default]\nregion = eu-west-1\n", "[default]\n"+keys)
		config, err := sdk.Load(t.Context(), sdk.Settings{Transport: answers(func(*http.Request) (int, string) { return c.status, c.body })})
		if err != nil {
			t.Fatal(err)
		}
		name := "a"
		_, err = iam.NewFromConfig(config.ReadOnly()).GetRole(t.Context(), &iam.GetRoleInput{RoleName: &name})
		if sdk.Says(err) != c.want || sdk.IsMissing(err) != c.missing || sdk.IsDenied(err) != c.denied {
			t.Errorf("%q, missing %t, denied %t; want %q", sdk.Says(err), sdk.IsMissing(err), sdk.IsDenied(err), c.want)
		}
	}
}
