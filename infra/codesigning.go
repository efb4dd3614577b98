package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/jsii-runtime-go"
)

var (
	isProfile = regexp.MustCompile(`^arn:aws:signer:[a-z]{2}(-[a-z]+)+-[0-9]:[0-9]{12}:/signing-profiles/[A-Za-z0-9_]{2,64}/[A-Za-z0-9]{10}$`)
	isFolder  = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/([A-Za-z0-9_.-]{1,64}/){0,8}$`)
	isZip     = regexp.MustCompile(`^[a-z]+-[0-9a-f]{64}\.zip$`)
)

// maxProfiles: https://docs.aws.amazon.com/lambda/latest/api/API_AllowedPublishers.html
const maxProfiles = 20

func (s Settings) checkCodeSigning(wrong *problems) {
	each(wrong, "codeSigning", s.CodeSigning, isProfile)
	one(wrong, "signedCode", s.SignedCode, isFolder)
	if len(s.CodeSigning) > maxProfiles {
		wrong.addf("codeSigning has %d profiles, more than Lambda's %d: name fewer", len(s.CodeSigning), maxProfiles)
	}
	if (len(s.CodeSigning) == 0) != (s.SignedCode == "") {
		wrong.addf("codeSigning and signedCode go together, for Lambda would refuse the unsigned files of the CDK: set both, or neither")
	}
}

// codeSigning lets Lambda refuse code that no profile signed. Code that a function has already stays, signed or not.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
func codeSigning(stack awscdk.Stack, s Settings) *string {
	if len(s.CodeSigning) == 0 {
		return nil
	}
	return awslambda.NewCfnCodeSigningConfig(stack, str("CodeSigning"), &awslambda.CfnCodeSigningConfigProps{
		Description:         str("Curfew: signers of the functions of " + s.Name),
		AllowedPublishers:   &awslambda.CfnCodeSigningConfig_AllowedPublishersProperty{SigningProfileVersionArns: jsii.Strings(s.CodeSigning...)},
		CodeSigningPolicies: &awslambda.CfnCodeSigningConfig_CodeSigningPoliciesProperty{UntrustedArtifactOnDeployment: str("Enforce")},
	}).AttrCodeSigningConfigArn()
}

// signedCode is what scripts/sign put into SignedCode. The name has the hash of the unsigned zip, so that CloudFormation sees a change.
func (r repository) signedCode(s Settings, function string) (bucket, key string, err error) {
	found, err := filepath.Glob(filepath.Join(r.root, "dist", "zips", function+"-*.zip"))
	if err != nil {
		return "", "", err
	}
	if len(found) != 1 || !isZip.MatchString(filepath.Base(found[0])) {
		return "", "", fmt.Errorf("%s has no zip to be signed in dist/zips: run go run ./scripts/build -zips, then ./scripts/sign", function)
	}
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(s.SignedCode, "s3://"), "/")
	return bucket, prefix + filepath.Base(found[0]), nil
}
