package iam

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/iamcall"
	"curfew/shared/onaws"
)

// Remove is [access.Cloud.Remove]. It deletes the inline policy by name without looking first. Only if there was none,
// it looks for managed policies of that name: a grant has one form. Read follows every removal, so another form goes
// with the next.
//
// Remove detaches a managed policy that was attached elsewhere. If that is Denied, the policy stays there, the outcome
// says so, and Remove succeeds: the principal is clean, and Survey shows the other.
func (c *Cloud) Remove(ctx context.Context, p access.Principal, grant string) ([]access.Call, error) {
	t, err := c.checkGrant(p.ARN, grant)
	if err != nil {
		return nil, err
	}
	var l iamcall.Log
	err = c.send(ctx, t.Action("Delete", "Policy"), time.Time{}, &l, func(ctx context.Context) error {
		return t.delete(ctx, grant)
	})
	if err == nil {
		return l, nil
	}
	failed := fault.Unless(err, fault.NotFound)
	// Last part first, and stop at one that stays: Denies are in the first parts and must outlast the Allows. A retry
	// removes the rest; its fence still applies.
	policies := managedPolicies{c}
	for n := maxParts; n >= 1; n-- {
		if err := policies.remove(ctx, t, c.part(t, grant, n), &l); err != nil {
			return l, errors.Join(failed, err)
		}
	}
	return l, failed
}

// remove detaches a managed policy everywhere and deletes it.
func (c managedPolicies) remove(ctx context.Context, t target, policy string, l *iamcall.Log) error {
	holders, err := c.entities(ctx, t, policy, types.PolicyUsageTypePermissionsPolicy, l)
	if err != nil {
		return fault.Unless(err, fault.NotFound)
	}
	elsewhere := false
	for _, h := range holders {
		err := fault.Unless(c.detach(ctx, h, policy, l), fault.NotFound)
		if err != nil && t.Matches(h.Kind, h.Name) {
			return err
		}
		elsewhere = elsewhere || err != nil
	}
	if elsewhere {
		return nil
	}
	return c.delete(ctx, t, policy, l)
}

// entities lists where a policy is attached, or whose boundary it is.
func (c managedPolicies) entities(ctx context.Context, t target, policy string, usage types.PolicyUsageType, l *iamcall.Log) ([]target, error) {
	return pages(func(marker *string) (all []target, next *string, err error) {
		err = c.send(ctx, "iam:ListEntitiesForPolicy", time.Time{}, l, func(ctx context.Context) error {
			out, err := t.iam.ListEntitiesForPolicy(ctx, &iam.ListEntitiesForPolicyInput{
				PolicyArn: &policy, PolicyUsageFilter: usage, Marker: marker,
			})
			if err == nil {
				all, next = attachedTo(t, out), more(out.IsTruncated, out.Marker)
			}
			return err
		})
		return all, next, err
	})
}

func attachedTo(t target, out *iam.ListEntitiesForPolicyOutput) []target {
	var all []target
	add := func(kind string, name *string) {
		all = append(all, target{ARN: iamarn.ARN{Account: t.Account, Kind: kind, Name: aws.ToString(name)}, iam: t.iam})
	}
	for _, r := range out.PolicyRoles {
		add("role", r.RoleName)
	}
	for _, u := range out.PolicyUsers {
		add("user", u.UserName)
	}
	for _, g := range out.PolicyGroups {
		add("group", g.GroupName)
	}
	// The principal first: its access ends even if others fail.
	slices.SortStableFunc(all, func(a, b target) int {
		switch {
		case t.Matches(a.Kind, a.Name):
			return -1
		case t.Matches(b.Kind, b.Name):
			return 1
		}
		return 0
	})
	return all
}

func (c managedPolicies) detach(ctx context.Context, holder target, policy string, l *iamcall.Log) error {
	if holder.Kind == "group" {
		// Groups have neither tags nor boundaries: our functions may not touch them.
		l.Add("iam:DetachGroupPolicy", c.now(), fault.Denied)
		return fault.Errorf(fault.Denied, "%s is a group", holder.Name)
	}
	return c.send(ctx, holder.Action("Detach", "Policy"), time.Time{}, l, func(ctx context.Context) error {
		return holder.detach(ctx, policy)
	})
}

// delete deletes a managed policy. IAM refuses if somebody added versions; delete then removes those. IAM also refuses if the
// policy is somebody's boundary: then it stays, attached to nothing, and the last call says Conflict.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
func (c managedPolicies) delete(ctx context.Context, t target, policy string, l *iamcall.Log) error {
	remove := func() error {
		return fault.Unless(c.send(ctx, "iam:DeletePolicy", time.Time{}, l, func(ctx context.Context) error {
			_, err := t.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: &policy})
			return err
		}), fault.NotFound)
	}
	err := remove()
	if onaws.ErrorCode(err) != "DeleteConflict" {
		return err
	}
	if err := c.deleteVersions(ctx, t, policy, l); err != nil {
		return fault.Unless(err, fault.NotFound)
	}
	if err = remove(); onaws.ErrorCode(err) != "DeleteConflict" {
		return err
	}
	bounded, failed := c.entities(ctx, t, policy, types.PolicyUsageTypePermissionsBoundary, l)
	if failed != nil || len(bounded) == 0 {
		return errors.Join(err, failed)
	}
	l.Add("iam:DeletePolicy", c.now(), fault.Conflict)
	return nil
}

func (c managedPolicies) deleteVersions(ctx context.Context, t target, policy string, l *iamcall.Log) error {
	versions, err := pages(func(marker *string) (all []types.PolicyVersion, next *string, err error) {
		err = c.send(ctx, "iam:ListPolicyVersions", time.Time{}, l, func(ctx context.Context) error {
			out, err := t.iam.ListPolicyVersions(ctx, &iam.ListPolicyVersionsInput{PolicyArn: &policy, Marker: marker})
			if err == nil {
				all, next = out.Versions, more(out.IsTruncated, out.Marker)
			}
			return err
		})
		return all, next, err
	})
	for _, v := range versions {
		if v.IsDefaultVersion {
			continue
		}
		err := c.send(ctx, "iam:DeletePolicyVersion", time.Time{}, l, func(ctx context.Context) error {
			_, err := t.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: &policy, VersionId: v.VersionId})
			return err
		})
		if fault.Unless(err, fault.NotFound) != nil {
			return err
		}
	}
	return err
}
