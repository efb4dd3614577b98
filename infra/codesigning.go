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

var isZip = regexp.MustCompile(`^[a-z]+-[0-9a-f]{64}\.zip$`)

// codeSigning lets Lambda refuse code that no profile signed. Code that a function has already stays, signed or not.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html
func codeSigning(stack awscdk.Stack, s Settings) *string {
	if len(s.CodeSigning.Profiles) == 0 {
		return nil
	}
	return awslambda.NewCfnCodeSigningConfig(stack, str("CodeSigning"), &awslambda.CfnCodeSigningConfigProps{
		Description:         str("Curfew: signers of the functions of " + s.Name),
		AllowedPublishers:   &awslambda.CfnCodeSigningConfig_AllowedPublishersProperty{SigningProfileVersionArns: jsii.Strings(s.CodeSigning.Profiles...)},
		CodeSigningPolicies: &awslambda.CfnCodeSigningConfig_CodeSigningPoliciesProperty{UntrustedArtifactOnDeployment: str("Enforce")},
	}).AttrCodeSigningConfigArn()
}

// signedCode is what scripts/sign put into the folder. The name has the hash of the unsigned zip, so that CloudFormation sees a change.
func (r repository) signedCode(s Settings, function string) (bucket, key string, err error) {
	found, err := filepath.Glob(filepath.Join(r.root, "dist", "zips", function+"-*.zip"))
	if err != nil {
		return "", "", err
	}
	if len(found) != 1 || !isZip.MatchString(filepath.Base(found[0])) {
		return "", "", fmt.Errorf("%s has no zip to be signed in dist/zips: run go run ./scripts/build -zips, then ./scripts/sign", function)
	}
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(s.CodeSigning.Folder, "s3://"), "/")
	return bucket, prefix + filepath.Base(found[0]), nil
}
