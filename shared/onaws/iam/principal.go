package iam

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

type Client interface {
	roleCalls
	userCalls
	policyCalls
	GetAccountSummary(context.Context, *iam.GetAccountSummaryInput, ...func(*iam.Options)) (*iam.GetAccountSummaryOutput, error)
	GetAccountAuthorizationDetails(context.Context, *iam.GetAccountAuthorizationDetailsInput, ...func(*iam.Options)) (*iam.GetAccountAuthorizationDetailsOutput, error)
	accessedCalls
}

type accessedCalls interface {
	GenerateServiceLastAccessedDetails(context.Context, *iam.GenerateServiceLastAccessedDetailsInput, ...func(*iam.Options)) (*iam.GenerateServiceLastAccessedDetailsOutput, error)
	GetServiceLastAccessedDetails(context.Context, *iam.GetServiceLastAccessedDetailsInput, ...func(*iam.Options)) (*iam.GetServiceLastAccessedDetailsOutput, error)
}

type roleCalls interface {
	GetRole(context.Context, *iam.GetRoleInput, ...func(*iam.Options)) (*iam.GetRoleOutput, error)
	ListRolePolicies(context.Context, *iam.ListRolePoliciesInput, ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error)
	GetRolePolicy(context.Context, *iam.GetRolePolicyInput, ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error)
	PutRolePolicy(context.Context, *iam.PutRolePolicyInput, ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error)
	DeleteRolePolicy(context.Context, *iam.DeleteRolePolicyInput, ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error)
	ListAttachedRolePolicies(context.Context, *iam.ListAttachedRolePoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error)
	AttachRolePolicy(context.Context, *iam.AttachRolePolicyInput, ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error)
	DetachRolePolicy(context.Context, *iam.DetachRolePolicyInput, ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error)
}

type userCalls interface {
	GetUser(context.Context, *iam.GetUserInput, ...func(*iam.Options)) (*iam.GetUserOutput, error)
	ListUserPolicies(context.Context, *iam.ListUserPoliciesInput, ...func(*iam.Options)) (*iam.ListUserPoliciesOutput, error)
	GetUserPolicy(context.Context, *iam.GetUserPolicyInput, ...func(*iam.Options)) (*iam.GetUserPolicyOutput, error)
	PutUserPolicy(context.Context, *iam.PutUserPolicyInput, ...func(*iam.Options)) (*iam.PutUserPolicyOutput, error)
	DeleteUserPolicy(context.Context, *iam.DeleteUserPolicyInput, ...func(*iam.Options)) (*iam.DeleteUserPolicyOutput, error)
	ListAttachedUserPolicies(context.Context, *iam.ListAttachedUserPoliciesInput, ...func(*iam.Options)) (*iam.ListAttachedUserPoliciesOutput, error)
	AttachUserPolicy(context.Context, *iam.AttachUserPolicyInput, ...func(*iam.Options)) (*iam.AttachUserPolicyOutput, error)
	DetachUserPolicy(context.Context, *iam.DetachUserPolicyInput, ...func(*iam.Options)) (*iam.DetachUserPolicyOutput, error)
}

type policyCalls interface {
	CreatePolicy(context.Context, *iam.CreatePolicyInput, ...func(*iam.Options)) (*iam.CreatePolicyOutput, error)
	DeletePolicy(context.Context, *iam.DeletePolicyInput, ...func(*iam.Options)) (*iam.DeletePolicyOutput, error)
	GetPolicy(context.Context, *iam.GetPolicyInput, ...func(*iam.Options)) (*iam.GetPolicyOutput, error)
	GetPolicyVersion(context.Context, *iam.GetPolicyVersionInput, ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error)
	ListPolicyVersions(context.Context, *iam.ListPolicyVersionsInput, ...func(*iam.Options)) (*iam.ListPolicyVersionsOutput, error)
	DeletePolicyVersion(context.Context, *iam.DeletePolicyVersionInput, ...func(*iam.Options)) (*iam.DeletePolicyVersionOutput, error)
	ListEntitiesForPolicy(context.Context, *iam.ListEntitiesForPolicyInput, ...func(*iam.Options)) (*iam.ListEntitiesForPolicyOutput, error)
}

var _ Client = (*iam.Client)(nil)

type principal struct {
	arn, id  string
	tags     map[string]string
	boundary string // ARN
	trust    string
}

// target's methods are single calls. IAM has the same ones for roles and users under different names.

func (t target) user() bool { return t.Kind == "user" }

func (t target) get(ctx context.Context) (principal, error) {
	if t.user() {
		out, err := t.iam.GetUser(ctx, &iam.GetUserInput{UserName: &t.Name})
		if err != nil {
			return principal{}, err
		}
		u := out.User
		return principal{arn: aws.ToString(u.Arn), id: aws.ToString(u.UserId), tags: tagsOf(u.Tags), boundary: boundaryOf(u.PermissionsBoundary)}, nil
	}
	out, err := t.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &t.Name})
	if err != nil {
		return principal{}, err
	}
	r := out.Role
	trust, err := document(aws.ToString(r.AssumeRolePolicyDocument))
	return principal{
		arn: aws.ToString(r.Arn), id: aws.ToString(r.RoleId), tags: tagsOf(r.Tags), boundary: boundaryOf(r.PermissionsBoundary), trust: trust,
	}, err
}

func tagsOf(tags []types.Tag) map[string]string {
	all := make(map[string]string, len(tags))
	for _, t := range tags {
		all[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return all
}

func boundaryOf(b *types.AttachedPermissionsBoundary) string {
	if b == nil {
		return ""
	}
	return aws.ToString(b.PermissionsBoundaryArn)
}

// names returns one page of inline policy names, and the marker of the next; nil: last page.
func (t target) names(ctx context.Context, marker *string) ([]string, *string, error) {
	if t.user() {
		out, err := t.iam.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: &t.Name, Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.PolicyNames, more(out.IsTruncated, out.Marker), nil
	}
	out, err := t.iam.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &t.Name, Marker: marker})
	if err != nil {
		return nil, nil, err
	}
	return out.PolicyNames, more(out.IsTruncated, out.Marker), nil
}

func more(truncated bool, marker *string) *string {
	if !truncated {
		return nil
	}
	return marker
}

func (t target) inline(ctx context.Context, policy string) (string, error) {
	if t.user() {
		out, err := t.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &t.Name, PolicyName: &policy})
		if err != nil {
			return "", err
		}
		return document(aws.ToString(out.PolicyDocument))
	}
	out, err := t.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &t.Name, PolicyName: &policy})
	if err != nil {
		return "", err
	}
	return document(aws.ToString(out.PolicyDocument))
}

func (t target) put(ctx context.Context, policy, text string) (err error) {
	if t.user() {
		_, err = t.iam.PutUserPolicy(ctx, &iam.PutUserPolicyInput{UserName: &t.Name, PolicyName: &policy, PolicyDocument: &text})
		return err
	}
	_, err = t.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: &t.Name, PolicyName: &policy, PolicyDocument: &text})
	return err
}

func (t target) delete(ctx context.Context, policy string) (err error) {
	if t.user() {
		_, err = t.iam.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: &t.Name, PolicyName: &policy})
		return err
	}
	_, err = t.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &t.Name, PolicyName: &policy})
	return err
}

// attached returns one page of managed policies under a path, and the marker of the next.
func (t target) attached(ctx context.Context, path string, marker *string) ([]types.AttachedPolicy, *string, error) {
	if t.user() {
		out, err := t.iam.ListAttachedUserPolicies(ctx, &iam.ListAttachedUserPoliciesInput{UserName: &t.Name, PathPrefix: &path, Marker: marker})
		if err != nil {
			return nil, nil, err
		}
		return out.AttachedPolicies, more(out.IsTruncated, out.Marker), nil
	}
	out, err := t.iam.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: &t.Name, PathPrefix: &path, Marker: marker})
	if err != nil {
		return nil, nil, err
	}
	return out.AttachedPolicies, more(out.IsTruncated, out.Marker), nil
}

func (t target) attach(ctx context.Context, policy string) (err error) {
	if t.user() {
		_, err = t.iam.AttachUserPolicy(ctx, &iam.AttachUserPolicyInput{UserName: &t.Name, PolicyArn: &policy})
		return err
	}
	_, err = t.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{RoleName: &t.Name, PolicyArn: &policy})
	return err
}

func (t target) detach(ctx context.Context, policy string) (err error) {
	if t.user() {
		_, err = t.iam.DetachUserPolicy(ctx, &iam.DetachUserPolicyInput{UserName: &t.Name, PolicyArn: &policy})
		return err
	}
	_, err = t.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: &t.Name, PolicyArn: &policy})
	return err
}

// target is a principal and its account's IAM.
type target struct {
	iamarn.ARN
	arn string
	iam Client
}

// document decodes IAM's policy text: percent-encoded by RFC 3986; a plus sign stays.
func document(encoded string) (string, error) {
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return "", fault.Errorf(fault.Internal, "a policy is not percent-encoded as IAM does it: %w", err)
	}
	return text, nil
}
