package command_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"curfew/scripts/curfew/command"
)

// answering is AWS as one function of the body and the target of a call.
type answering func(ask string) (status int, body string)

func (f answering) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	status, text := f(r.Header.Get("X-Amz-Target") + " " + r.URL.Path + " " + string(body))
	header := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}, "Smithy-Protocol": r.Header["Smithy-Protocol"]}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: header, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

var asRole = map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}

// runAWS runs one command line against AWS, with the files of this machine.
func runAWS(t *testing.T, aws answering, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	return runWith(t, aws, env, stdin, args...)
}

func runWith(t *testing.T, transport http.RoundTripper, env map[string]string, stdin string, args ...string) result {
	t.Helper()
	setAWS(t, env)
	var stdout, stderr bytes.Buffer
	code := command.Run(t.Context(), args, command.Env{
		Stdin: strings.NewReader(stdin), Stdout: &stdout, Stderr: &stderr, Now: time.Now, Transport: transport,
		Getenv: func(name string) string { return env[name] }, ReadFile: os.ReadFile,
	})
	return result{code: code, stdout: stdout.String(), stderr: stderr.String()}
}

const exampleWorld = "../../../shared/inprocess/example-world.json"

func TestOnboarding(t *testing.T) {
	nothing := answering(func(ask string) (int, string) {
		t.Errorf("%q was sent", ask)
		return http.StatusInternalServerError, ""
	})
	var b strings.Builder
	for _, line := range []string{
		"legacy-admin", "engineer-deploy", "ci-user --name other --boundary limits/most --boundary curfew-boundary", "AWSServiceRoleForBackup",
		"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developer_0123456789abcdef", "nobody", "arn:aws:s3:::bucket",
		"legacy-admin --boundary no-such", "engineer-deploy -o json",
	} {
		r := runAWS(t, nothing, nil, "", append(append([]string{"onboard"}, strings.Fields(line)...), "--world", exampleWorld)...)
		fmt.Fprintf(&b, "$ curfew onboard %s --world example-world.json\n%s", line, r.stdout)
		if r.stderr != "" {
			fmt.Fprintf(&b, "[stderr] %s", strings.ReplaceAll(r.stderr, exampleWorld, "example-world.json"))
		}
		fmt.Fprintf(&b, "[exit %d]\n\n", r.code)
	}
	golden(t, "onboarding", b.String())
}

func TestOnboardReadsStandardInput(t *testing.T) {
	world, err := os.ReadFile(exampleWorld)
	if err != nil {
		t.Fatal(err)
	}
	r := runAWS(t, nil, nil, string(world), "onboard", "engineer-deploy", "--world", "-")
	if r.code != command.OK || !strings.Contains(r.stdout, "Nothing is left to do") {
		t.Errorf("exit %d, %s%s", r.code, r.stdout, r.stderr)
	}
}

func TestOnboardAndDoctorFailInOneLine(t *testing.T) {
	const denied = `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not yours</Message></Error></ErrorResponse>`
	noRegion := map[string]string{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": ""}
	for _, c := range []struct {
		name, line string
		env        map[string]string
		status     int
		body       string
		code       int
		want       string
	}{
		{"no credentials", "onboard a", nil, 500, "", command.Unauthenticated, "credentials"},
		{"no credentials", "doctor", nil, 500, "", command.Unauthenticated, "credentials"},
		{"no Region", "doctor", noRegion, 500, "", command.Usage, "--region"},
		{"not allowed", "onboard a", asRole, 403, denied, command.Denied, "iam GetRole: AccessDenied: not yours"},
		{"not allowed", "doctor", asRole, 403, denied, command.Denied, "sts GetCallerIdentity: AccessDenied: not yours"},
		{"not there", "onboard a", asRole, 404, strings.ReplaceAll(denied, "AccessDenied", "NoSuchEntity"), command.NotFound, "there is no such role or user"},
		{"no file", "onboard a --world no-such-file", asRole, 500, "", command.Usage, "no-such-file"},
		{"another file", "onboard a --world ../README.md", asRole, 500, "", command.Usage, "no details of an account"},
	} {
		t.Run(c.line+" "+c.name, func(t *testing.T) {
			r := runAWS(t, func(string) (int, string) { return c.status, c.body }, c.env, "", strings.Fields(c.line)...)
			if r.code != c.code || r.stdout != "" || !strings.Contains(r.stderr, c.want) || strings.Count(r.stderr, "\n") != 1 {
				t.Errorf("exit %d, want %d: %q%q", r.code, c.code, r.stdout, r.stderr)
			}
		})
	}
}

// TestDoctorWhereNothingIsDeployed: each check says so, and a script learns it from the exit code.
func TestDoctorWhereNothingIsDeployed(t *testing.T) {
	empty := answering(func(ask string) (int, string) {
		switch {
		case strings.Contains(ask, "GetCallerIdentity"):
			return 200, `<R><GetCallerIdentityResult><Account>444455556666</Account></GetCallerIdentityResult></R>`
		case strings.Contains(ask, "Action="):
			return 200, `<R/>`
		case strings.Contains(ask, "/operation/"): // CloudWatch: an empty map in CBOR
			return 200, "\xa0"
		}
		return 400, `{"__type":"ResourceNotFoundException","message":"none"}`
	})
	r := runAWS(t, empty, asRole, "", "doctor", "-o", "json", "--name", "two")
	var findings []struct{ Check, State, Do string }
	if err := json.Unmarshal([]byte(r.stdout), &findings); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, f := range findings {
		if f.State == "WRONG" {
			wrong++
		}
	}
	if r.code != command.Unexpected || wrong < 40 || !strings.HasPrefix(r.stderr, fmt.Sprintf("curfew: %d checks of %d wrong", wrong, len(findings))) {
		t.Errorf("exit %d, %d of %d wrong: %s", r.code, wrong, len(findings), r.stderr)
	}
	if lines := runAWS(t, empty, asRole, "", "doctor"); strings.Count(lines.stdout, "\n") != len(findings) {
		t.Errorf("%d lines for %d checks", strings.Count(lines.stdout, "\n"), len(findings))
	}
}
