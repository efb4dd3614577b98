package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// signerOnAWS stands for the AWS CLI. It notes each call, and has two objects: of a bucket with versions, and what is signed already.
const signerOnAWS = `#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$1 $2 $*" in
"s3api head-object "*signed/api-*) ;;
"s3api head-object "*) exit 254 ;;
"s3api put-object "*" plain "*) echo None ;;
"s3api put-object "*) echo v1 ;;
"signer start-signing-job "*) echo job-1 ;;
"signer wait "*) exit "${FAILS:-0}" ;;
"signer describe-signing-job "*) echo signed/jobs/job-1.zip ;;
"signer get-signing-profile "*) echo arn-of-the-profile ;;
"s3api copy-object "*) echo '{}' ;;
*) echo "not expected: $*" >&2; exit 2 ;;
esac
`

func TestSign(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script of bash")
	}
	dir := t.TempDir()
	for file, text := range map[string]string{"aws": signerOnAWS, "api-0.zip": "", "revoke-1.zip": ""} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	calls := filepath.Join(dir, "calls")
	sign := func(zips, fails string, args ...string) (string, bool) {
		cmd := exec.CommandContext(t.Context(), "../sign", args...)
		cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"), "CALLS="+calls, "CURFEW_ZIPS="+zips, "FAILS="+fails)
		out, err := cmd.CombinedOutput()
		return string(out), err == nil
	}
	out, ok := sign(dir, "0", "Curfew", "s3://versions/curfew/", "s3://signed/signed/")
	if !ok || out != "api-0.zip is signed already\nrevoke-1.zip signed\narn-of-the-profile\n" {
		t.Errorf("it printed %q", out)
	}
	b, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"s3api put-object --bucket versions --key curfew/unsigned/revoke-1.zip --body " + dir + "/revoke-1.zip ",
		"--source s3={bucketName=versions,key=curfew/unsigned/revoke-1.zip,version=v1} --destination s3={bucketName=signed,prefix=signed/jobs/}",
		"s3api copy-object --bucket signed --key signed/revoke-1.zip --copy-source signed/signed/jobs/job-1.zip",
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("there is no call %q in:\n%s", want, b)
		}
	}
	for want, args := range map[string][]string{
		"bucket plain has no versions":   {dir, "0", "Curfew", "s3://plain/", "s3://signed/x/"},
		"job job-1 did not sign":         {dir, "255", "Curfew", "s3://versions/", "s3://signed/x/"},
		"there are no zips in":           {t.TempDir(), "0", "Curfew", "s3://versions/", "s3://signed/x/"},
		"s3://signed is not of the form": {dir, "0", "Curfew", "s3://versions/", "s3://signed"},
		"s3://a$(b)/ is not of the form": {dir, "0", "Curfew", "s3://versions/", "s3://a$(b)/"},
		"want PROFILE":                   {dir, "0", "Curfew"},
	} {
		if out, ok := sign(args[0], args[1], args[2:]...); ok || !strings.Contains(out, want) {
			t.Errorf("%v: it printed %q, want %q", args, out, want)
		}
	}
}
