package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"curfew/shared/onaws/onmoto"
)

// onAWS deploys with the commands of infra/README.md.
type onAWS struct{}

// checkEmpty refuses accounts that have an installation or roles of this name, or home without the CDK's own stack.
func (w *world) checkEmpty(ctx context.Context) error {
	for _, p := range []place{w.home, w.member} {
		roles, err := p.iam().ListRoles(ctx, &iam.ListRolesInput{PathPrefix: aws.String(w.path())})
		if err != nil {
			return err
		}
		if len(roles.Roles) > 0 {
			return fmt.Errorf("account %s has roles under %s: remove an earlier run with -remove", p.id, w.path())
		}
	}
	if w.moto {
		return nil
	}
	for stack, p := range map[string]place{w.name: w.home, w.resource("data"): w.home, w.resource("member"): w.member} {
		if outputs, err := stackOf(ctx, p, stack); err != nil {
			return err
		} else if outputs != nil {
			return fmt.Errorf("account %s has a stack %s: remove an earlier run with -remove", p.id, stack)
		}
	}
	if outputs, err := stackOf(ctx, w.home, "CDKToolkit"); err != nil {
		return err
	} else if outputs == nil {
		return fmt.Errorf("home has no stack CDKToolkit: npx --prefix infra cdk bootstrap aws://%s/%s", w.home.id, w.home.Region)
	}
	return nil
}

// stackOf returns a stack's outputs; nil: there is no such stack.
func stackOf(ctx context.Context, p place, name string) (outputs map[string]string, err error) {
	got, err := cloudformation.NewFromConfig(p.Config).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
	if code(err) == "ValidationError" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	outputs = map[string]string{}
	for _, o := range got.Stacks[0].Outputs {
		outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return outputs, nil
}

func (a onAWS) install(ctx context.Context, w *world) error {
	if err := a.publishIssuer(ctx, w); err != nil {
		return fmt.Errorf("the issuer of tokens: %w", err)
	}
	dir, err := os.MkdirTemp("", "acceptance-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeCatalog(filepath.Join(dir, "catalog"), w.name, w.member.id, w.home.Region); err != nil {
		return err
	}
	if err := a.shell(ctx, w.home, "npm", "ci", "--prefix", "infra"); err != nil {
		return err
	}
	if err := a.shell(ctx, w.home, "go", "run", "./scripts/build", "-catalog", filepath.Join(dir, "catalog")); err != nil {
		return err
	}
	settings := []string{
		"-c", "name=" + w.name, "-c", "home=" + w.home.id, "-c", "orgId=" + w.orgID, "-c", "operators=group:operators", "-c", "canary=off",
		"-c", "jwtIssuer=" + w.issuer.URL, "-c", "jwtAudience=curfew", "--require-approval", "never",
	}
	var both sync.WaitGroup
	var failed [2]error
	for i, p := range []place{w.home, w.member} {
		stack := []string{w.name, w.resource("member")}[i]
		both.Go(func() {
			failed[i] = a.shell(ctx, p, "npx", append([]string{"--prefix", "infra", "cdk", "deploy", stack, "--output", filepath.Join(dir, stack)}, settings...)...)
		})
	}
	both.Wait()
	if err := errors.Join(failed[:]...); err != nil {
		return err
	}
	outputs, err := stackOf(ctx, w.home, w.name)
	if err != nil {
		return err
	}
	if w.endpoint = outputs["PeopleURL"]; w.endpoint == "" {
		return errors.New("the stack has no output PeopleURL")
	}
	return nil
}

// shell runs a command of the README from the repository's root, with a profile's credentials.
func (onAWS) shell(ctx context.Context, p place, name string, args ...string) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(root)))
	cmd.Env = append(os.Environ(), "AWS_PROFILE="+p.profile, "AWS_REGION="+p.Region)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out[max(0, len(out)-2000):])
	}
	return nil
}

func (w *world) issuerBucket() string { return w.resource("issuer-" + w.home.id) }

// publishIssuer puts the public documents of a new issuer where API Gateway can fetch them.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
func (onAWS) publishIssuer(ctx context.Context, w *world) (err error) {
	bucket, client := aws.String(w.issuerBucket()), s3.NewFromConfig(w.home.Config)
	if w.issuer, err = onmoto.NewIssuer("https://" + *bucket + ".s3." + w.home.Region + ".amazonaws.com"); err != nil {
		return err
	}
	in := &s3.CreateBucketInput{Bucket: bucket}
	if w.home.Region != "us-east-1" { // which takes no constraint
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(w.home.Region)}
	}
	if _, err := client.CreateBucket(ctx, in); err != nil {
		return err
	}
	if _, err := client.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: bucket}); err != nil {
		return err
	}
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + *bucket + `/*"}]}`
	if _, err := client.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: &policy}); err != nil {
		return err
	}
	for path, document := range w.issuer.Documents() {
		_, err := client.PutObject(ctx, &s3.PutObjectInput{
			Bucket: bucket, Key: aws.String(strings.TrimPrefix(path, "/")), Body: strings.NewReader(string(document)), ContentType: aws.String("application/json"),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// setNet disables or enables the rule or the mapping of a net.
func (onAWS) setNet(ctx context.Context, w *world, net string, on bool) error {
	if net == "ttl" {
		client := lambda.NewFromConfig(w.home.Config)
		all, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: aws.String(w.resource("expire"))})
		if err != nil {
			return err
		}
		for _, m := range all.EventSourceMappings {
			if _, err := client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: m.UUID, Enabled: &on}); err != nil {
				return err
			}
		}
		return nil
	}
	client, rule := eventbridge.NewFromConfig(w.home.Config), aws.String(w.resource(map[string]string{"sweep": "sweep", "execution": "execution-closed"}[net]))
	var err error
	if on {
		_, err = client.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: rule})
	} else {
		_, err = client.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: rule})
	}
	return err
}

// deliver does nothing: AWS delivers.
func (onAWS) deliver(context.Context, *world, event) error { return nil }
