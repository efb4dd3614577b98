package onboard

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/scripts/curfew/sdk"
	"curfew/shared/iampolicy"
)

// reader reads one subject.
type reader struct {
	iam *iam.Client
	Subject
}

// Read finds a role or user, by ARN or name, in the account of the credentials. [ErrMissing]: it does not exist, or is
// in another account.
func Read(ctx context.Context, cfg aws.Config, principal string, set Settings) (Subject, error) {
	wanted, err := parseName(principal)
	if err != nil {
		return Subject{}, err
	}
	r := &reader{iam: iam.NewFromConfig(cfg)}
	if err := r.find(ctx, wanted); err != nil {
		return Subject{}, err
	}
	n, err := parseName(r.ARN)
	if err != nil {
		return Subject{}, err
	}
	for _, step := range []func() error{
		func() error { return r.quotas(ctx, n) },
		func() error { return r.readOwn(ctx, n) },
		func() error { return r.readGroups(ctx, n) },
		func() error { return r.documents(ctx, set.acceptedBoundaries(n.account)) },
	} {
		if err := step(); err != nil {
			return Subject{}, err
		}
	}
	return r.Subject, nil
}

// find describes the principal; a bare name may be a role or a user.
func (r *reader) find(ctx context.Context, wanted name) error {
	for _, look := range []struct {
		kind string
		at   func(context.Context, string) error
	}{{"role", r.role}, {"user", r.user}} {
		if wanted.kind != "" && wanted.kind != look.kind {
			continue
		}
		err := look.at(ctx, wanted.name)
		if sdk.IsMissing(err) {
			continue
		}
		if err == nil && !wanted.matches(r.ARN) {
			return fmt.Errorf("%w: the credentials see %s", ErrMissing, r.ARN)
		}
		return err
	}
	return ErrMissing
}

func (r *reader) role(ctx context.Context, name string) error {
	out, err := r.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return err
	}
	r.describe(out.Role.Arn, out.Role.RoleId, out.Role.PermissionsBoundary, out.Role.Tags)
	r.Trust, err = url.PathUnescape(aws.ToString(out.Role.AssumeRolePolicyDocument))
	return err
}

func (r *reader) user(ctx context.Context, name string) error {
	out, err := r.iam.GetUser(ctx, &iam.GetUserInput{UserName: &name})
	if err == nil {
		r.describe(out.User.Arn, out.User.UserId, out.User.PermissionsBoundary, out.User.Tags)
	}
	return err
}

func (r *reader) describe(arn, id *string, boundary *types.AttachedPermissionsBoundary, tags []types.Tag) {
	r.ARN, r.ID, r.Tags = aws.ToString(arn), aws.ToString(id), map[string]string{}
	if boundary != nil {
		r.Boundary = aws.ToString(boundary.PermissionsBoundaryArn)
	}
	for _, t := range tags {
		r.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
}

func (r *reader) quotas(ctx context.Context, n name) error {
	out, err := r.iam.GetAccountSummary(ctx, &iam.GetAccountSummaryInput{})
	if err != nil {
		return err
	}
	kind := strings.ToUpper(n.kind[:1]) + n.kind[1:]
	r.Room = defaultRoom(n.kind == "user")
	r.Room.Assumed = false
	if q, ok := out.SummaryMap[kind+"PolicySizeQuota"]; ok {
		r.Room.InlineQuota = int(q)
	}
	if q, ok := out.SummaryMap["AttachedPoliciesPer"+kind+"Quota"]; ok {
		r.Room.AttachedQuota = int(q)
	}
	r.Room.Inline, r.Room.Attached = r.Room.InlineQuota, r.Room.AttachedQuota
	return nil
}

// readOwn reads the principal's own policies, which count against its quotas.
func (r *reader) readOwn(ctx context.Context, n name) error {
	documents, arns, err := r.policies(ctx, n.kind, n.name, "")
	for _, d := range documents {
		r.Room.Inline = max(r.Room.Inline-iampolicy.Size([]byte(d)), 0)
	}
	r.Room.Attached = max(r.Room.Attached-len(arns), 0)
	return err
}

// readGroups reads the policies of a user's groups.
func (r *reader) readGroups(ctx context.Context, n name) error {
	if n.kind != "user" {
		return nil
	}
	for pages := iam.NewListGroupsForUserPaginator(r.iam, &iam.ListGroupsForUserInput{UserName: &n.name}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, g := range page.Groups {
			if _, _, err := r.policies(ctx, "group", *g.GroupName, "group "+*g.GroupName+": "); err != nil {
				return err
			}
		}
	}
	return nil
}

// policies adds the policies of a role, user or group. It returns the inline documents, and the ARNs of the attached
// policies.
func (r *reader) policies(ctx context.Context, kind, name, of string) (documents, arns []string, err error) {
	names, arns, err := r.listPolicies(ctx, kind, name)
	if err != nil {
		return nil, nil, err
	}
	for _, policy := range names {
		escaped, err := r.inline(ctx, kind, name, policy)
		if err != nil {
			return nil, nil, err
		}
		text, err := url.PathUnescape(aws.ToString(escaped))
		if err != nil {
			return nil, nil, err
		}
		documents = append(documents, text)
		r.add(of+policy, text)
	}
	for _, arn := range arns {
		text, err := r.managed(ctx, arn)
		if err != nil {
			return nil, nil, err
		}
		r.add(of+arn, text)
	}
	return documents, arns, nil
}

// inline returns one inline policy, percent-encoded as in IAM.
func (r *reader) inline(ctx context.Context, kind, name, policy string) (*string, error) {
	switch kind {
	case "role":
		out, err := r.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		if err != nil {
			return nil, err
		}
		return out.PolicyDocument, nil
	case "user":
		out, err := r.iam.GetUserPolicy(ctx, &iam.GetUserPolicyInput{UserName: &name, PolicyName: &policy})
		if err != nil {
			return nil, err
		}
		return out.PolicyDocument, nil
	}
	out, err := r.iam.GetGroupPolicy(ctx, &iam.GetGroupPolicyInput{GroupName: &name, PolicyName: &policy})
	if err != nil {
		return nil, err
	}
	return out.PolicyDocument, nil
}

// listPolicies returns the names of inline policies, and the ARNs of attached ones.
func (r *reader) listPolicies(ctx context.Context, kind, name string) (names, arns []string, err error) {
	var attached []types.AttachedPolicy
	switch kind {
	case "role":
		names, err = allPages(ctx, iam.NewListRolePoliciesPaginator(r.iam, &iam.ListRolePoliciesInput{RoleName: &name}), func(o *iam.ListRolePoliciesOutput) []string { return o.PolicyNames })
		if err == nil {
			attached, err = allPages(ctx, iam.NewListAttachedRolePoliciesPaginator(r.iam, &iam.ListAttachedRolePoliciesInput{RoleName: &name}), func(o *iam.ListAttachedRolePoliciesOutput) []types.AttachedPolicy { return o.AttachedPolicies })
		}
	case "user":
		names, err = allPages(ctx, iam.NewListUserPoliciesPaginator(r.iam, &iam.ListUserPoliciesInput{UserName: &name}), func(o *iam.ListUserPoliciesOutput) []string { return o.PolicyNames })
		if err == nil {
			attached, err = allPages(ctx, iam.NewListAttachedUserPoliciesPaginator(r.iam, &iam.ListAttachedUserPoliciesInput{UserName: &name}), func(o *iam.ListAttachedUserPoliciesOutput) []types.AttachedPolicy { return o.AttachedPolicies })
		}
	default:
		names, err = allPages(ctx, iam.NewListGroupPoliciesPaginator(r.iam, &iam.ListGroupPoliciesInput{GroupName: &name}), func(o *iam.ListGroupPoliciesOutput) []string { return o.PolicyNames })
		if err == nil {
			attached, err = allPages(ctx, iam.NewListAttachedGroupPoliciesPaginator(r.iam, &iam.ListAttachedGroupPoliciesInput{GroupName: &name}), func(o *iam.ListAttachedGroupPoliciesOutput) []types.AttachedPolicy { return o.AttachedPolicies })
		}
	}
	for _, p := range attached {
		arns = append(arns, aws.ToString(p.PolicyArn))
	}
	return names, arns, err
}

// allPages reads all pages of a list.
func allPages[Page, Item any](ctx context.Context, pages interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*iam.Options)) (Page, error)
}, items func(Page) []Item) (found []Item, err error) {
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		found = append(found, items(page)...)
	}
	return found, nil
}

// documents reads the boundaries, and skips missing ones.
func (r *reader) documents(ctx context.Context, accepted []string) error {
	for _, arn := range r.boundaries(accepted) {
		text, err := r.managed(ctx, arn)
		if sdk.IsMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.keepBoundary(arn, text)
	}
	return nil
}

// managed returns the default version of a managed policy.
func (r *reader) managed(ctx context.Context, arn string) (string, error) {
	policy, err := r.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return "", err
	}
	version, err := r.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: policy.Policy.DefaultVersionId})
	if err != nil {
		return "", err
	}
	return url.PathUnescape(aws.ToString(version.PolicyVersion.Document))
}
