package iam

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

// Read is [access.Cloud.Read]. It stops at the first form found: the grant exists. If nothing is found, it checks that
// the principal still exists with the same id.
func (c *Cloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	t, err := c.checkGrant(p.ARN, grant)
	if err != nil {
		return nil, err
	}
	document, err := c.inline(ctx, t, grant)
	if err == nil {
		return []string{document}, nil
	}
	// NoSuchEntity means policy or principal: the next call tells which.
	if fault.KindOf(err) != fault.NotFound {
		return nil, err
	}
	attached, err := c.attached(ctx, t, c.path())
	if err != nil {
		return nil, err
	}
	documents, err := managedPolicies{c}.partsOf(ctx, t, grant, attached)
	if err != nil || len(documents) > 0 || p.ID == "" {
		return documents, err
	}
	found, err := c.get(ctx, t, time.Time{})
	if err == nil && found.id != p.ID {
		err = fault.Errorf(fault.NotFound, "%s has the unique id %s, not %s: it was deleted and created again", p.ARN, found.id, p.ID)
	}
	return nil, err
}

// ReadOther is [access.Cloud.ReadOther].
func (c *Cloud) ReadOther(ctx context.Context, p access.Principal, policy string) (string, bool, error) {
	t, err := c.checkPrincipal(p.ARN)
	if err != nil {
		return "", false, err
	}
	if strings.HasPrefix(policy, "arn:") {
		attached, err := c.attached(ctx, t, "/")
		return "", slices.Contains(attached, policy), fault.Unless(err, fault.NotFound)
	}
	document, err := c.inline(ctx, t, policy)
	return document, err == nil, fault.Unless(err, fault.NotFound)
}

// Survey is [access.Cloud.Survey]: one page of an account's authorization details. Grants that are managed policies are
// few and on other pages, so it reads them singly.
func (c *Cloud) Survey(ctx context.Context, account, after string) (page access.Survey, err error) {
	t := target{ARN: iamarn.ARN{Account: account}}
	if t.iam, err = c.enter(account); err != nil {
		return page, err
	}
	out, err := c.details(ctx, t, after)
	if err != nil {
		return page, fmt.Errorf("account %s: %w", account, err)
	}
	page.Account, page.Own, page.Last = account, c.ownOf(account, out), true
	if next := more(out.IsTruncated, out.Marker); next != nil {
		page.Next, page.Last = *next, false
	}
	var failed []error
	for _, holder := range holders(out) {
		found, err := c.grantsOn(ctx, t, holder)
		page.Grants, failed = append(page.Grants, found...), append(failed, err)
	}
	return page, errors.Join(failed...)
}

func (c *Cloud) details(ctx context.Context, t target, marker string) (out *iam.GetAccountAuthorizationDetailsOutput, err error) {
	in := &iam.GetAccountAuthorizationDetailsInput{
		Filter:   []types.EntityType{types.EntityTypeRole, types.EntityTypeUser, types.EntityTypeGroup, types.EntityTypeLocalManagedPolicy, types.EntityTypeAWSManagedPolicy},
		MaxItems: aws.Int32(surveyPage),
	}
	if marker != "" {
		in.Marker = &marker
	}
	err = c.send(ctx, "iam:GetAccountAuthorizationDetails", time.Time{}, nil, func(ctx context.Context) error {
		var err error
		out, err = t.iam.GetAccountAuthorizationDetails(ctx, in)
		return err
	})
	return out, err
}

// surveyPage is IAM's maximum.
const surveyPage = 1000

// holder is a principal with its policies.
type holder struct {
	arn, id  string
	inline   []types.PolicyDetail
	attached []types.AttachedPolicy
}

func holders(out *iam.GetAccountAuthorizationDetailsOutput) []holder {
	var all []holder
	for _, r := range out.RoleDetailList {
		all = append(all, holder{aws.ToString(r.Arn), aws.ToString(r.RoleId), r.RolePolicyList, r.AttachedManagedPolicies})
	}
	for _, u := range out.UserDetailList {
		all = append(all, holder{aws.ToString(u.Arn), aws.ToString(u.UserId), u.UserPolicyList, u.AttachedManagedPolicies})
	}
	return all
}

// grantsOn returns our grants on a principal, sorted by name, and read errors.
func (c *Cloud) grantsOn(ctx context.Context, t target, h holder) ([]access.Found, error) {
	grants := map[string][]string{}
	var failed []error
	for _, p := range h.inline {
		if name := aws.ToString(p.PolicyName); c.isOurs(name) {
			text, err := document(aws.ToString(p.PolicyDocument))
			grants[name], failed = append(grants[name], text), append(failed, err)
		}
	}
	parts := arnsOf(h.attached)
	for _, policy := range parts {
		grant, ours := c.grantOf(policy)
		if _, done := grants[grant]; !ours || done {
			continue
		}
		documents, err := managedPolicies{c}.partsOf(ctx, t, grant, parts)
		failed = append(failed, err)
		if err != nil || len(documents) > 0 { // an unreadable grant still exists
			grants[grant] = documents
		}
	}
	var all []access.Found
	for _, name := range slices.Sorted(maps.Keys(grants)) {
		all = append(all, access.Found{
			Principal: access.Principal{ARN: h.arn, ID: h.id, Account: t.Account}, Grant: name, Documents: grants[name],
		})
	}
	return all, errors.Join(failed...)
}
