package catalog

import (
	"strings"
	"testing"
)

// A mistyped action was accepted with a warning, and a mistyped pattern without one. Both granted nothing.
func TestActionThatDoesNotExistIsAnError(t *testing.T) {
	for action, want := range map[string]string{
		"s3:PutObjct":         "AWS documents no action s3:PutObjct; did you mean s3:PutObject?",
		"s3:PutObjct*":        "AWS documents no action like s3:PutObjct*; did you mean s3:PutObject?",
		"s3:*Objct":           "AWS documents no action like s3:*Objct",
		"s33:*":               `s33:*: AWS documents no service "s33"; did you mean "s3"?`,
		"lamda:InvokeFn":      `lamda:InvokeFn: AWS documents no service "lamda"; did you mean "lambda"?`,
		"ec2:SomethingElse":   "AWS documents no action ec2:SomethingElse",
		"S3:putobject":        "",
		"s3:Put*":             "",
		"s3:GetObject???":     "",
		"execute-api:Invoke":  "",
		"rds-db:connect":      "",
		"sso-oauth:*":         "",
		"ssmmessages:Create*": "",
		"*":                   "",
		"*:*":                 "",
	} {
		if got := unknownAction(action); got != want {
			t.Errorf("%s: %q, want %q", action, got, want)
		}
	}
	for _, place := range []string{"Effect: Allow\n      Action", "Effect: Deny\n      Action", "Effect: Deny\n      NotAction"} {
		files := smallCatalog()
		files[entitlementFile] += "    - " + place + ": [\"s3:GetObject\", \"s3:PutObjct\"]\n      Resource: \"*\"\n"
		_, err := Load(fileSystem(files))
		if err == nil || !strings.Contains(err.Error(), "Action[1]: AWS documents no action s3:PutObjct; did you mean s3:PutObject?") {
			t.Errorf("%q: %v", place, err)
		}
	}
}
