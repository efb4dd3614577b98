package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// Throwaway roles are one for each elevation, so that steps do not meet on one.
func roles() []string {
	return []string{"inline", "managed", "glass", "triggered", "workflow", "execution", "sweep", "fence", "ttl"}
}

const userName = "person"

// makePrincipals makes the roles and the user, each with the mark and the boundary.
func makePrincipals(ctx context.Context, w *world) (string, error) {
	mark := []iamtypes.Tag{{Key: aws.String(w.name + ":managed"), Value: aws.String("true")}}
	for _, role := range roles() {
		if err := w.makeRole(ctx, w.member, role, iam.CreateRoleInput{PermissionsBoundary: aws.String(w.boundary()), Tags: mark}); err != nil {
			return "", err
		}
	}
	in := &iam.CreateUserInput{UserName: aws.String(userName + "-" + w.name), Path: aws.String(w.path()), PermissionsBoundary: aws.String(w.boundary()), Tags: mark}
	if _, err := w.member.iam().CreateUser(ctx, in); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d roles, 1 user", len(roles())), nil
}

// makeRole makes a role of this command. Unless in says other, its trust policy wants an external id of this process: the right to
// assume every role does not give others of the account a probe's rights.
func (w *world) makeRole(ctx context.Context, p place, role string, in iam.CreateRoleInput) error {
	in.RoleName, in.Path = aws.String(role+"-"+w.name), aws.String(w.path())
	if in.AssumeRolePolicyDocument == nil {
		in.AssumeRolePolicyDocument = aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + p.id + `:root"},"Action":"sts:AssumeRole",` +
			`"Condition":{"StringEquals":{"sts:ExternalId":"` + w.secret + `"}}}]}`)
	}
	_, err := p.iam().CreateRole(ctx, &in)
	return err
}

// session returns the configuration of a role's session. A new role cannot be assumed at once.
func (w *world) session(ctx context.Context, p place, role, session string) (cfg aws.Config, err error) {
	cfg = p.Config.Copy()
	cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(p.Config), w.roleARN(p, role), func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName, o.ExternalID = session, &w.secret
	}))
	err = waitFor(ctx, poll, "assuming "+role, func() (bool, error) {
		_, err := cfg.Credentials.Retrieve(ctx)
		if code(err) == "AccessDenied" {
			return false, nil
		}
		return err == nil, err
	})
	return cfg, err
}

// userConfig returns the configuration of the throwaway user, with a new access key. The removal deletes it.
func (w *world) userConfig(ctx context.Context) (aws.Config, error) {
	made, err := w.member.iam().CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String(userName + "-" + w.name)})
	if err != nil {
		return aws.Config{}, err
	}
	cfg := w.member.Config.Copy()
	cfg.Credentials = credentials.NewStaticCredentialsProvider(aws.ToString(made.AccessKey.AccessKeyId), aws.ToString(made.AccessKey.SecretAccessKey), "")
	return cfg, nil
}

// poll is the interval of reads that wait for something.
const poll = 500 * time.Millisecond

// isAllowed is the witness: a harmless call with the credentials themselves. Simulations do not see propagation.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func isAllowed(ctx context.Context, cfg aws.Config) (bool, error) {
	_, err := iam.NewFromConfig(cfg).GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	switch code(err) {
	case "":
		return err == nil, err
	case "AccessDenied", "InvalidClientTokenId": // a new access key is not known at once
		return false, nil
	}
	return false, err
}

// code returns the AWS error code; empty: success, or an error that AWS did not send.
func code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// grants returns the names of Curfew's policies on a principal of this command.
func (w *world) grants(ctx context.Context, kind, name string) (names []string, err error) {
	client, of := w.member.iam(), aws.String(name+"-"+w.name)
	var attached []iamtypes.AttachedPolicy
	if kind == "user" {
		inline, err := client.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: of})
		if err != nil {
			return nil, err
		}
		managed, err := client.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: of})
		if err != nil {
			return nil, err
		}
		names, attached = inline.PolicyNames, managed.AttachedPolicies
	} else {
		inline, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: of})
		if err != nil {
			return nil, err
		}
		managed, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: of})
		if err != nil {
			return nil, err
		}
		names, attached = inline.PolicyNames, managed.AttachedPolicies
	}
	for _, p := range attached {
		names = append(names, aws.ToString(p.PolicyName))
	}
	return names, nil
}
