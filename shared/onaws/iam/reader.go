package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

// Reader is [accountreview.Reader].
type Reader struct{ cloud *Cloud }

var _ accountreview.Reader = Reader{}

// NewReader reads the accounts that the cloud may enter.
func NewReader(c *Cloud) Reader { return Reader{c} }

// mostPages is above the pages of an account: 5,000 each of users and roles, the highest quotas, and its policies and groups.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const mostPages = 100

// Details is [accountreview.Reader.Details].
func (r Reader) Details(ctx context.Context, account string) (*authdetails.Details, error) {
	t, err := target{ARN: iamarn.ARN{Account: account}}, error(nil)
	if t.iam, err = r.cloud.enter(account); err != nil {
		return nil, err
	}
	var all authdetails.Collector
	marker := ""
	for range mostPages {
		out, err := r.cloud.details(ctx, t, marker)
		if err != nil {
			return nil, err
		}
		page, err := answer(out)
		if err != nil {
			return nil, err
		}
		all.Add(page)
		next := more(out.IsTruncated, out.Marker)
		if next == nil {
			return all.Details(), nil
		}
		marker = *next
	}
	return nil, fault.Errorf(fault.Internal, "account %s has more than %d pages of authorization details", account, mostPages)
}

func answer(out *iam.GetAccountAuthorizationDetailsOutput) (a authdetails.Answer, err error) {
	var d decoder
	for _, r := range out.RoleDetailList {
		e := d.entity(r.Arn, r.Path, r.CreateDate, r.AttachedManagedPolicies, r.PermissionsBoundary, r.Tags)
		e.RoleName, e.RoleID, e.RolePolicies, e.Trust = aws.ToString(r.RoleName), aws.ToString(r.RoleId), d.inline(r.RolePolicyList), d.text(r.AssumeRolePolicyDocument)
		for _, p := range r.InstanceProfileList {
			e.InstanceProfiles = append(e.InstanceProfiles, authdetails.Profile{ARN: aws.ToString(p.Arn)})
		}
		if r.RoleLastUsed != nil {
			e.LastUsed.At = instant(r.RoleLastUsed.LastUsedDate)
		}
		a.RoleDetailList = append(a.RoleDetailList, e)
	}
	for _, u := range out.UserDetailList {
		e := d.entity(u.Arn, u.Path, u.CreateDate, u.AttachedManagedPolicies, u.PermissionsBoundary, u.Tags)
		e.UserName, e.UserID, e.UserPolicies, e.GroupList = aws.ToString(u.UserName), aws.ToString(u.UserId), d.inline(u.UserPolicyList), u.GroupList
		a.UserDetailList = append(a.UserDetailList, e)
	}
	for _, g := range out.GroupDetailList {
		a.GroupDetailList = append(a.GroupDetailList, authdetails.GroupEntity{ARN: aws.ToString(g.Arn), GroupName: aws.ToString(g.GroupName), Policies: d.inline(g.GroupPolicyList), Attached: attachments(g.AttachedManagedPolicies)})
	}
	for _, p := range out.Policies {
		m := authdetails.ManagedPolicy{ARN: aws.ToString(p.Arn), DefaultVersion: aws.ToString(p.DefaultVersionId)}
		for _, v := range p.PolicyVersionList {
			m.Versions = append(m.Versions, authdetails.PolicyVersion{ID: aws.ToString(v.VersionId), Document: d.text(v.Document), Default: v.IsDefaultVersion})
		}
		a.Policies = append(a.Policies, m)
	}
	return a, d.err
}

// decoder keeps the first error.
type decoder struct{ err error }

func (d *decoder) text(encoded *string) authdetails.Text {
	text, err := document(aws.ToString(encoded))
	if d.err == nil {
		d.err = err
	}
	return authdetails.Text(text)
}

func (d *decoder) inline(all []types.PolicyDetail) (out []authdetails.InlinePolicy) {
	for _, p := range all {
		out = append(out, authdetails.InlinePolicy{Name: aws.ToString(p.PolicyName), Document: d.text(p.PolicyDocument)})
	}
	return out
}

func (d *decoder) entity(arn, path *string, created *time.Time, attached []types.AttachedPolicy, boundary *types.AttachedPermissionsBoundary, tags []types.Tag) authdetails.Entity {
	e := authdetails.Entity{ARN: aws.ToString(arn), Path: aws.ToString(path), CreateDate: instant(created), Attached: attachments(attached)}
	if boundary != nil {
		e.Boundary.ARN = aws.ToString(boundary.PermissionsBoundaryArn)
	}
	for _, t := range tags {
		e.Tags = append(e.Tags, authdetails.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	return e
}

func attachments(all []types.AttachedPolicy) (out []authdetails.Attachment) {
	for _, arn := range arnsOf(all) {
		out = append(out, authdetails.Attachment{ARN: arn})
	}
	return out
}

func instant(at *time.Time) authdetails.Instant {
	return authdetails.Instant{Time: aws.ToTime(at).UTC()}
}
