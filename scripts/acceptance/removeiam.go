package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// removePrincipals deletes all roles and users of this command in an account, with what is on them.
func (w *world) removePrincipals(ctx context.Context, p place) (failed error) {
	client := p.iam()
	roles := iam.NewListRolesPaginator(client, &iam.ListRolesInput{PathPrefix: aws.String(w.path())})
	for roles.HasMorePages() {
		page, err := roles.NextPage(ctx)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, r := range page.Roles {
			failed = errors.Join(failed, removeRole(ctx, client, r.RoleName))
		}
	}
	users := iam.NewListUsersPaginator(client, &iam.ListUsersInput{PathPrefix: aws.String(w.path())})
	for users.HasMorePages() {
		page, err := users.NextPage(ctx)
		if err != nil {
			return errors.Join(failed, err)
		}
		for _, u := range page.Users {
			failed = errors.Join(failed, removeUser(ctx, client, u.UserName))
		}
	}
	return failed
}

func removeRole(ctx context.Context, client *iam.Client, name *string) error {
	inline, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: name})
	if err != nil {
		return ignore(err, "NoSuchEntity")
	}
	for _, policy := range inline.PolicyNames {
		_, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: &policy})
		if ignore(err, "NoSuchEntity") != nil {
			return err
		}
	}
	attached, err := client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: name})
	if err != nil {
		return ignore(err, "NoSuchEntity")
	}
	for _, policy := range attached.AttachedPolicies {
		_, err := client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: name, PolicyArn: policy.PolicyArn})
		if ignore(err, "NoSuchEntity") != nil {
			return err
		}
	}
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: name})
	return ignore(err, "NoSuchEntity")
}

func removeUser(ctx context.Context, client *iam.Client, name *string) error {
	keys, err := client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: name})
	if err != nil {
		return ignore(err, "NoSuchEntity")
	}
	for _, k := range keys.AccessKeyMetadata {
		if _, err := client.DeleteAccessKey(ctx, &iam.DeleteAccessKeyInput{UserName: name, AccessKeyId: k.AccessKeyId}); err != nil {
			return err
		}
	}
	inline, err := client.ListUserPolicies(ctx, &iam.ListUserPoliciesInput{UserName: name})
	if err != nil {
		return err
	}
	for _, policy := range inline.PolicyNames {
		_, err := client.DeleteUserPolicy(ctx, &iam.DeleteUserPolicyInput{UserName: name, PolicyName: &policy})
		if ignore(err, "NoSuchEntity") != nil {
			return err
		}
	}
	_, err = client.DeleteUser(ctx, &iam.DeleteUserInput{UserName: name})
	return ignore(err, "NoSuchEntity")
}

// removePolicies deletes the managed policies of this command and of the installation. They are attached nowhere: the principals
// are gone.
func removePolicies(ctx context.Context, w *world) (failed error) {
	client := w.member.iam()
	for _, path := range []string{w.path(), "/" + w.name + "/"} {
		policies := iam.NewListPoliciesPaginator(client, &iam.ListPoliciesInput{PathPrefix: &path, Scope: "Local"})
		for policies.HasMorePages() {
			page, err := policies.NextPage(ctx)
			if err != nil {
				return errors.Join(failed, err)
			}
			for _, p := range page.Policies {
				_, err := client.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: p.Arn})
				failed = errors.Join(failed, ignore(err, "NoSuchEntity"))
			}
		}
	}
	return failed
}

// removeBoundary deletes the policy, which its stack leaves behind.
func removeBoundary(ctx context.Context, w *world) error {
	_, err := w.member.iam().DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: aws.String(w.boundary())})
	return ignore(err, "NoSuchEntity")
}

// note keeps what stays on purpose.
func (w *world) note(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stays = append(w.stays, fmt.Sprintf(format, args...))
}
