package standing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"curfew/scripts/curfew/sdk"
	"curfew/shared/iampolicy"
)

// mostLevels is above the depth of an organization: a root, five levels of units, and the account.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const mostLevels = 10

// organization reads the service control policies of the account. Where the caller may not, they stay unknown. Only the management
// account, or one to which it delegated that, may.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
func (r *reader) organization(ctx context.Context) error {
	if !r.WithSCPs {
		return nil
	}
	o := levels{organizations.NewFromConfig(r.config), map[string]*iampolicy.Document{}}
	all, from, err := o.read(ctx, r.Account)
	switch {
	case ctx.Err() != nil || sdk.IsUnavailable(err):
		return errors.Join(ctx.Err(), err)
	case err != nil:
		r.SCPsFrom = "Organizations did not give the service control policies: " + sdk.Says(err)
		return nil
	}
	r.SCPs, r.SCPsFrom = map[string][][]*iampolicy.Document{}, from
	if len(all) > 0 {
		r.SCPs[r.Account] = all
	}
	return nil
}

type levels struct {
	*organizations.Client
	known map[string]*iampolicy.Document // by id
}

// read returns the levels with policies, from the root, and where they are from. No SCP binds the management account.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
func (o levels) read(ctx context.Context, account string) (all [][]*iampolicy.Document, from string, err error) {
	d, err := o.DescribeOrganization(ctx, &organizations.DescribeOrganizationInput{})
	if _, none := errors.AsType[*types.AWSOrganizationsNotInUseException](err); none {
		return nil, "no service control policy: the account is in no organization", nil
	}
	if err != nil {
		return nil, "", err
	}
	if aws.ToString(d.Organization.MasterAccountId) == account {
		return nil, "no service control policy binds the account: it is the management account", nil
	}
	for target, root := account, false; ; {
		level, err := o.on(ctx, target)
		if err != nil {
			return nil, "", err
		}
		if len(level) > 0 {
			all = append(all, level)
		}
		if root {
			slices.Reverse(all)
			return all, fmt.Sprintf("service control policies are from Organizations: %d, on %d levels", len(o.known), len(all)), nil
		}
		if len(all) > mostLevels {
			return nil, "", fmt.Errorf("the account is under more than %d levels", mostLevels)
		}
		up, err := o.ListParents(ctx, &organizations.ListParentsInput{ChildId: aws.String(target)})
		if err != nil {
			return nil, "", err
		}
		if len(up.Parents) != 1 || aws.ToString(up.Parents[0].Id) == target {
			return nil, "", fmt.Errorf("%s has %d parents, want 1", target, len(up.Parents))
		}
		target, root = aws.ToString(up.Parents[0].Id), up.Parents[0].Type == types.ParentTypeRoot
	}
}

// mostPages is above the quota of policies on one target.
const mostPages = 20

// on returns the policies that are attached to one target.
func (o levels) on(ctx context.Context, target string) (all []*iampolicy.Document, err error) {
	pages := organizations.NewListPoliciesForTargetPaginator(o, &organizations.ListPoliciesForTargetInput{TargetId: aws.String(target), Filter: types.PolicyTypeServiceControlPolicy})
	for n := 0; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(ctx)
		if err == nil && n == mostPages {
			err = fmt.Errorf("%s has more than %d pages of policies", target, mostPages)
		}
		if err != nil {
			return nil, err
		}
		for _, p := range page.Policies {
			id := aws.ToString(p.Id)
			if o.known[id] == nil {
				d, err := o.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: p.Id})
				if err != nil {
					return nil, err
				}
				if d.Policy == nil {
					return nil, fmt.Errorf("policy %s has no content", id)
				}
				if o.known[id], err = iampolicy.Parse([]byte(aws.ToString(d.Policy.Content))); err != nil {
					return nil, fmt.Errorf("policy %s: %w", id, err)
				}
			}
			all = append(all, o.known[id])
		}
	}
	return all, nil
}
