package iam

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/access"
	"curfew/shared/baseline"
)

// ownOf returns what the marked principals of a page, the groups and the policies have, without what Curfew attached.
// Documents are percent-encoded here too.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
func (c *Cloud) ownOf(account string, out *iam.GetAccountAuthorizationDetailsOutput) (all []*baseline.Entry) {
	for _, r := range out.RoleDetailList {
		if access.Marked(tagsOf(r.Tags), c.Name) {
			v := value(c.Name, aws.ToString(r.RoleId), r.RolePolicyList, r.AttachedManagedPolicies)
			v.ARN, v.Account, v.Boundary = aws.ToString(r.Arn), account, boundaryOf(r.PermissionsBoundary)
			v.Trust, _ = document(aws.ToString(r.AssumeRolePolicyDocument)) // it weighs no call: one that cannot be read is left out
			all = append(all, baseline.Encode(v))
		}
	}
	for _, u := range out.UserDetailList {
		if access.Marked(tagsOf(u.Tags), c.Name) {
			v := value(c.Name, aws.ToString(u.UserId), u.UserPolicyList, u.AttachedManagedPolicies)
			v.ARN, v.Account, v.Boundary = aws.ToString(u.Arn), account, boundaryOf(u.PermissionsBoundary)
			for _, name := range u.GroupList {
				v.Groups = append(v.Groups, baseline.GroupARN(account, name))
			}
			all = append(all, baseline.Encode(v))
		}
	}
	for _, g := range out.GroupDetailList {
		all = append(all, baseline.Encode(value(c.Name, baseline.GroupARN(account, aws.ToString(g.GroupName)), g.GroupPolicyList, g.AttachedManagedPolicies)))
	}
	for _, p := range out.Policies {
		if arn := aws.ToString(p.Arn); inUse(p) && !access.IsAttached(arn, c.Name) {
			all = append(all, baseline.Encode(policyValue(arn, p)))
		}
	}
	return all
}

// inUse reports whether a policy is the account's own, is attached, or is a boundary. AWS does not document whether the
// answer has AWS managed policies that nothing uses: there are more than a thousand.
func inUse(p types.ManagedPolicyDetail) bool {
	return !strings.Contains(aws.ToString(p.Arn), ":iam::aws:") || aws.ToInt32(p.AttachmentCount)+aws.ToInt32(p.PermissionsBoundaryUsageCount) > 0
}

func value(ours, id string, inline []types.PolicyDetail, attached []types.AttachedPolicy) baseline.Value {
	v := baseline.Value{ID: id, Inline: map[string]string{}}
	for _, p := range inline {
		name := aws.ToString(p.PolicyName)
		if access.IsAttached(name, ours) {
			continue
		}
		text, err := document(aws.ToString(p.PolicyDocument))
		if err != nil {
			v.Unknown = err.Error()
		}
		v.Inline[name] = text
	}
	for _, arn := range arnsOf(attached) {
		if !access.IsAttached(arn, ours) {
			v.Attached = append(v.Attached, arn)
		}
	}
	return v
}

func policyValue(arn string, p types.ManagedPolicyDetail) baseline.Value {
	v := baseline.Value{ID: arn, Unknown: "it has no default version"}
	for _, version := range p.PolicyVersionList {
		if !version.IsDefaultVersion {
			continue
		}
		text, err := document(aws.ToString(version.Document))
		if v.Unknown = ""; err != nil {
			v.Unknown = err.Error()
		}
		v.Version, v.Document = aws.ToString(version.VersionId), text
	}
	return v
}
