package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const signingProfile = "arn:aws:signer:us-east-1:444455556666:/signing-profiles/Curfew/a1b2c3d4e5"

func TestEveryFunctionTakesSignedCodeOnly(t *testing.T) {
	s := exampleSettings(t, "codeSigning", signingProfile, "signedCode", "s3://signed-code/curfew/")
	found := 0
	for name, tpl := range templates(t, s) {
		for id, r := range tpl.resourcesOf("AWS::Lambda::Function") {
			found++
			code, _ := r["Code"].(map[string]any)
			key, _ := code["S3Key"].(string)
			config, _ := r["CodeSigningConfigArn"].(map[string]any)
			attribute, _ := config["Fn::GetAtt"].([]any)
			if len(attribute) != 2 || attribute[0] != "CodeSigning" || code["S3Bucket"] != "signed-code" ||
				key != "curfew/"+strings.ToLower(id)+"-"+strings.Repeat("0", 64)+".zip" {
				t.Errorf("%s in %s: code %v, signed by %v", id, name, code, config)
			}
		}
		for id, r := range tpl.resourcesOf("AWS::Lambda::CodeSigningConfig") {
			policies, _ := r["CodeSigningPolicies"].(map[string]any)
			publishers, _ := r["AllowedPublishers"].(map[string]any)
			profiles, _ := publishers["SigningProfileVersionArns"].([]any)
			if id != "CodeSigning" || policies["UntrustedArtifactOnDeployment"] != "Enforce" || !slices.Equal(profiles, []any{signingProfile}) {
				t.Errorf("%s in %s: %v", id, name, r)
			}
		}
	}
	if found != len(functions()) {
		t.Errorf("%d functions, want %d", found, len(functions()))
	}
}

// A stale zip would deploy other code than the one in dist.
func TestSignedCodeIsOneZip(t *testing.T) {
	s := exampleSettings(t, "codeSigning", signingProfile, "signedCode", "s3://signed-code/curfew/")
	files := built(t)
	folder := filepath.Join(files.root, "dist", "zips")
	if bucket, key, err := files.signedCode(s, "revoke"); err != nil || bucket != "signed-code" || key != "curfew/revoke-"+strings.Repeat("0", 64)+".zip" {
		t.Errorf("%s %s, %v", bucket, key, err)
	}
	write(t, filepath.Join(folder, "revoke-"+strings.Repeat("1", 64)+".zip"), "zip")
	for _, f := range []string{"revoke", "absent"} {
		if _, _, err := files.signedCode(s, f); err == nil || !strings.Contains(err.Error(), "./scripts/build -zips") {
			t.Errorf("%s: error = %v, want what to run", f, err)
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(folder, "grant-latest.zip"), "zip")
	if _, _, err := files.signedCode(s, "grant"); err == nil {
		t.Error("a zip without a hash in its name is accepted")
	}
}

// Only deployers may let functions take other code: not even Curfew's functions.
func TestCodeSigningStays(t *testing.T) {
	for _, c := range []struct {
		s    Settings
		want bool
	}{{exampleSettings(t), false}, {exampleSettings(t, "codeSigning", signingProfile, "signedCode", "s3://signed-code/", "operatorRoles", "arn:aws:iam::444455556666:role/on-call"), true}} {
		found := slices.ContainsFunc(guardrails(c.s).homeSCP(), func(st statement) bool {
			return st.effect == deny && slices.Contains(st.actions, "lambda:UpdateCodeSigningConfig") && slices.Contains(st.actions, "lambda:Delete*CodeSigningConfig") &&
				slices.Contains(st.actions, "lambda:PutFunctionCodeSigningConfig") && slices.Equal(st.resources, []string{"*"}) && slices.Equal(st.when["ArnNotLike"]["aws:PrincipalArn"], c.s.Deployers)
		})
		if found != c.want {
			t.Errorf("codeSigning %v: denied: %v, want %v", c.s.CodeSigning.Profiles, found, c.want)
		}
		if err := c.s.limits(); err != nil {
			t.Error(err)
		}
	}
}
