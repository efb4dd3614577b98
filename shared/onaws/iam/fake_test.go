package iam

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"curfew/shared/iampolicy"
)

// fakeIAM is one account's IAM with quotas; its pages have one item.
type fakeIAM struct {
	userCalls // only these

	mu       sync.Mutex // guards what follows
	roles    map[string]*fakeRole
	policies map[string]map[string]string // documents by ARN and version
	details  []types.ManagedPolicyDetail  // of policies that no test changes
	made     int                          // roles so far
	calls    []string
	jobs     []*fakeJob
	used     map[string]map[string]time.Time // by role
	// fault is asked before each call; nil: success.
	fault func(operation string) error
}

type fakeRole struct {
	id, boundary string
	tags         map[string]string
	inline       map[string]string
	attached     []string
}

// tag and untag ignore the case of keys, as IAM does.
func (r *fakeRole) tag(key, value string) {
	r.untag(key)
	r.tags[key] = value
}

func (r *fakeRole) untag(key string) {
	maps.DeleteFunc(r.tags, func(kept, _ string) bool { return strings.EqualFold(kept, key) })
}

// managed is the functions' policies' condition on the tag.
func (r *fakeRole) managed() bool {
	for kept, value := range r.tags {
		if strings.EqualFold(kept, "curfew:managed") {
			return value == "true"
		}
	}
	return false
}

const fakeBoundary = "arn:aws:iam::111122223333:policy/curfew-boundary"

func roleARN(name string) string   { return "arn:aws:iam::111122223333:role/" + name }
func policyARN(name string) string { return "arn:aws:iam::111122223333:policy" + name }

func newFakeIAM(roles ...string) *fakeIAM {
	f := &fakeIAM{roles: map[string]*fakeRole{}, policies: map[string]map[string]string{}, details: []types.ManagedPolicyDetail{{
		Arn: aws.String(fakeBoundary), PermissionsBoundaryUsageCount: aws.Int32(1), PolicyVersionList: []types.PolicyVersion{{VersionId: aws.String("v1")},
			{VersionId: aws.String("v2"), IsDefaultVersion: true, Document: aws.String(url.PathEscape(testDocument))}},
	}}}
	for _, name := range roles {
		f.make(name)
	}
	return f
}

func (f *fakeIAM) make(name string) {
	f.made++
	f.roles[name] = &fakeRole{
		id: fmt.Sprintf("AROAEXAMPLE%010d", f.made), boundary: fakeBoundary, tags: map[string]string{"curfew:managed": "true"}, inline: map[string]string{},
	}
}

func awsError(code string) error { return &smithy.GenericAPIError{Code: code, Message: "in the test"} }

// called starts a call; the caller unlocks.
func (f *fakeIAM) called(operation string) error {
	f.mu.Lock()
	f.calls = append(f.calls, operation)
	if f.fault != nil {
		return f.fault(operation)
	}
	return nil
}

// begin starts a call on a role.
func (f *fakeIAM) begin(operation string, role *string) (*fakeRole, error) {
	if err := f.called(operation); err != nil {
		return nil, err
	}
	if r := f.roles[*role]; r != nil {
		return r, nil
	}
	return nil, awsError("NoSuchEntity")
}

func (f *fakeIAM) GetRole(_ context.Context, in *iam.GetRoleInput, _ ...func(*iam.Options)) (*iam.GetRoleOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("GetRole", in.RoleName)
	if err != nil {
		return nil, err
	}
	out := &types.Role{
		Arn: aws.String(roleARN(*in.RoleName)), RoleId: &r.id, AssumeRolePolicyDocument: aws.String(url.PathEscape(trust)),
	}
	for k, v := range r.tags {
		out.Tags = append(out.Tags, types.Tag{Key: &k, Value: &v})
	}
	if r.boundary != "" {
		out.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: &r.boundary}
	}
	return &iam.GetRoleOutput{Role: out}, nil
}

// onePage returns the item after a marker, and the next marker.
func onePage[T any](all []T, marker *string) (page []T, next *string, truncated bool) {
	at := 0
	if marker != nil {
		_, _ = fmt.Sscan(*marker, &at)
	}
	if at >= len(all) {
		return nil, nil, false
	}
	return all[at : at+1], aws.String(fmt.Sprint(at + 1)), at+1 < len(all)
}

func (f *fakeIAM) ListRolePolicies(_ context.Context, in *iam.ListRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListRolePoliciesOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("ListRolePolicies", in.RoleName)
	if err != nil {
		return nil, err
	}
	page, next, truncated := onePage(slices.Sorted(maps.Keys(r.inline)), in.Marker)
	return &iam.ListRolePoliciesOutput{PolicyNames: page, Marker: next, IsTruncated: truncated}, nil
}

func (f *fakeIAM) GetRolePolicy(_ context.Context, in *iam.GetRolePolicyInput, _ ...func(*iam.Options)) (*iam.GetRolePolicyOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("GetRolePolicy", in.RoleName)
	if err != nil {
		return nil, err
	}
	text, ok := r.inline[*in.PolicyName]
	if !ok {
		return nil, awsError("NoSuchEntity")
	}
	return &iam.GetRolePolicyOutput{PolicyDocument: aws.String(url.PathEscape(text))}, nil
}

func (f *fakeIAM) PutRolePolicy(_ context.Context, in *iam.PutRolePolicyInput, _ ...func(*iam.Options)) (*iam.PutRolePolicyOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("PutRolePolicy", in.RoleName)
	if err != nil {
		return nil, err
	}
	if !r.managed() || r.boundary == "" {
		return nil, awsError("AccessDenied")
	}
	if _, err := iampolicy.Parse([]byte(*in.PolicyDocument)); err != nil {
		return nil, awsError("MalformedPolicyDocument")
	}
	size := iampolicy.Size([]byte(*in.PolicyDocument))
	for name, text := range r.inline {
		if name != *in.PolicyName {
			size += iampolicy.Size([]byte(text))
		}
	}
	if size > 10240 {
		return nil, awsError("LimitExceeded")
	}
	r.inline[*in.PolicyName] = *in.PolicyDocument
	return &iam.PutRolePolicyOutput{}, nil
}

func (f *fakeIAM) DeleteRolePolicy(_ context.Context, in *iam.DeleteRolePolicyInput, _ ...func(*iam.Options)) (*iam.DeleteRolePolicyOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("DeleteRolePolicy", in.RoleName)
	if err != nil {
		return nil, err
	}
	if !r.managed() && r.boundary == "" {
		return nil, awsError("AccessDenied")
	}
	if _, ok := r.inline[*in.PolicyName]; !ok {
		return nil, awsError("NoSuchEntity")
	}
	delete(r.inline, *in.PolicyName)
	return &iam.DeleteRolePolicyOutput{}, nil
}

func (f *fakeIAM) ListAttachedRolePolicies(_ context.Context, in *iam.ListAttachedRolePoliciesInput, _ ...func(*iam.Options)) (*iam.ListAttachedRolePoliciesOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("ListAttachedRolePolicies", in.RoleName)
	if err != nil {
		return nil, err
	}
	var all []types.AttachedPolicy
	for _, arn := range r.attached {
		if strings.Contains(arn, ":policy"+*in.PathPrefix) {
			all = append(all, types.AttachedPolicy{PolicyArn: &arn})
		}
	}
	page, next, truncated := onePage(all, in.Marker)
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: page, Marker: next, IsTruncated: truncated}, nil
}

func (f *fakeIAM) AttachRolePolicy(_ context.Context, in *iam.AttachRolePolicyInput, _ ...func(*iam.Options)) (*iam.AttachRolePolicyOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("AttachRolePolicy", in.RoleName)
	switch {
	case err != nil:
		return nil, err
	case !r.managed() || r.boundary == "":
		return nil, awsError("AccessDenied")
	case f.policies[*in.PolicyArn] == nil:
		return nil, awsError("NoSuchEntity")
	case slices.Contains(r.attached, *in.PolicyArn):
	case len(r.attached) == 10:
		return nil, awsError("LimitExceeded")
	default:
		r.attached = append(r.attached, *in.PolicyArn)
	}
	return &iam.AttachRolePolicyOutput{}, nil
}

func (f *fakeIAM) DetachRolePolicy(_ context.Context, in *iam.DetachRolePolicyInput, _ ...func(*iam.Options)) (*iam.DetachRolePolicyOutput, error) {
	defer f.mu.Unlock()
	r, err := f.begin("DetachRolePolicy", in.RoleName)
	if err != nil {
		return nil, err
	}
	if !r.managed() && r.boundary == "" {
		return nil, awsError("AccessDenied")
	}
	at := slices.Index(r.attached, *in.PolicyArn)
	if at < 0 {
		return nil, awsError("NoSuchEntity")
	}
	r.attached = slices.Delete(r.attached, at, at+1)
	return &iam.DetachRolePolicyOutput{}, nil
}

func (f *fakeIAM) CreatePolicy(_ context.Context, in *iam.CreatePolicyInput, _ ...func(*iam.Options)) (*iam.CreatePolicyOutput, error) {
	defer f.mu.Unlock()
	if err := f.called("CreatePolicy"); err != nil {
		return nil, err
	}
	for arn := range f.policies { // any path
		if strings.HasSuffix(arn, "/"+*in.PolicyName) {
			return nil, awsError("EntityAlreadyExists")
		}
	}
	if iampolicy.Size([]byte(*in.PolicyDocument)) > 6144 {
		return nil, awsError("LimitExceeded")
	}
	f.policies[policyARN(*in.Path+*in.PolicyName)] = map[string]string{"v1": *in.PolicyDocument}
	return &iam.CreatePolicyOutput{}, nil
}

// version starts a call on a managed policy.
func (f *fakeIAM) policy(operation string, arn *string) (map[string]string, error) {
	if err := f.called(operation); err != nil {
		return nil, err
	}
	if p := f.policies[*arn]; p != nil {
		return p, nil
	}
	return nil, awsError("NoSuchEntity")
}

func (f *fakeIAM) GetPolicy(_ context.Context, in *iam.GetPolicyInput, _ ...func(*iam.Options)) (*iam.GetPolicyOutput, error) {
	defer f.mu.Unlock()
	if _, err := f.policy("GetPolicy", in.PolicyArn); err != nil {
		return nil, err
	}
	return &iam.GetPolicyOutput{Policy: &types.Policy{DefaultVersionId: aws.String("v1")}}, nil
}

func (f *fakeIAM) GetPolicyVersion(_ context.Context, in *iam.GetPolicyVersionInput, _ ...func(*iam.Options)) (*iam.GetPolicyVersionOutput, error) {
	defer f.mu.Unlock()
	p, err := f.policy("GetPolicyVersion", in.PolicyArn)
	if err != nil {
		return nil, err
	}
	return &iam.GetPolicyVersionOutput{PolicyVersion: &types.PolicyVersion{Document: aws.String(url.PathEscape(p[*in.VersionId]))}}, nil
}

func (f *fakeIAM) ListPolicyVersions(_ context.Context, in *iam.ListPolicyVersionsInput, _ ...func(*iam.Options)) (*iam.ListPolicyVersionsOutput, error) {
	defer f.mu.Unlock()
	p, err := f.policy("ListPolicyVersions", in.PolicyArn)
	if err != nil {
		return nil, err
	}
	out := &iam.ListPolicyVersionsOutput{}
	for v := range p {
		out.Versions = append(out.Versions, types.PolicyVersion{VersionId: &v, IsDefaultVersion: v == "v1"})
	}
	return out, nil
}

func (f *fakeIAM) DeletePolicyVersion(_ context.Context, in *iam.DeletePolicyVersionInput, _ ...func(*iam.Options)) (*iam.DeletePolicyVersionOutput, error) {
	defer f.mu.Unlock()
	p, err := f.policy("DeletePolicyVersion", in.PolicyArn)
	delete(p, *in.VersionId)
	return &iam.DeletePolicyVersionOutput{}, err
}

func (f *fakeIAM) ListEntitiesForPolicy(_ context.Context, in *iam.ListEntitiesForPolicyInput, _ ...func(*iam.Options)) (*iam.ListEntitiesForPolicyOutput, error) {
	defer f.mu.Unlock()
	if _, err := f.policy("ListEntitiesForPolicy", in.PolicyArn); err != nil {
		return nil, err
	}
	page, next, truncated := onePage(f.bearers(*in.PolicyArn, in.PolicyUsageFilter == types.PolicyUsageTypePermissionsBoundary), in.Marker)
	return &iam.ListEntitiesForPolicyOutput{PolicyRoles: page, Marker: next, IsTruncated: truncated}, nil
}

func (f *fakeIAM) bearers(policy string, boundary bool) []types.PolicyRole {
	var all []types.PolicyRole
	for _, name := range slices.Sorted(maps.Keys(f.roles)) {
		if r := f.roles[name]; boundary && r.boundary == policy || !boundary && slices.Contains(r.attached, policy) {
			all = append(all, types.PolicyRole{RoleName: &name})
		}
	}
	return all
}

func (f *fakeIAM) DeletePolicy(_ context.Context, in *iam.DeletePolicyInput, _ ...func(*iam.Options)) (*iam.DeletePolicyOutput, error) {
	defer f.mu.Unlock()
	p, err := f.policy("DeletePolicy", in.PolicyArn)
	if err != nil {
		return nil, err
	}
	if len(p) > 1 || len(f.bearers(*in.PolicyArn, false))+len(f.bearers(*in.PolicyArn, true)) > 0 {
		return nil, awsError("DeleteConflict")
	}
	delete(f.policies, *in.PolicyArn)
	return &iam.DeletePolicyOutput{}, nil
}

func (f *fakeIAM) GetAccountSummary(context.Context, *iam.GetAccountSummaryInput, ...func(*iam.Options)) (*iam.GetAccountSummaryOutput, error) {
	defer f.mu.Unlock()
	return &iam.GetAccountSummaryOutput{SummaryMap: map[string]int32{"RolePolicySizeQuota": 10240, "AttachedPoliciesPerRoleQuota": 10}}, f.called("GetAccountSummary")
}

func (f *fakeIAM) GetAccountAuthorizationDetails(_ context.Context, in *iam.GetAccountAuthorizationDetailsInput, _ ...func(*iam.Options)) (*iam.GetAccountAuthorizationDetailsOutput, error) {
	defer f.mu.Unlock()
	if err := f.called("GetAccountAuthorizationDetails"); err != nil {
		return nil, err
	}
	var all []types.RoleDetail
	for _, name := range slices.Sorted(maps.Keys(f.roles)) {
		r := f.roles[name]
		d := types.RoleDetail{Arn: aws.String(roleARN(name)), RoleId: &r.id, AssumeRolePolicyDocument: aws.String(url.PathEscape(trust))}
		if r.boundary != "" {
			d.PermissionsBoundary = &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: &r.boundary}
		}
		for k, v := range r.tags {
			d.Tags = append(d.Tags, types.Tag{Key: &k, Value: &v})
		}
		for n, text := range r.inline {
			d.RolePolicyList = append(d.RolePolicyList, types.PolicyDetail{PolicyName: &n, PolicyDocument: aws.String(url.PathEscape(text))})
		}
		for _, arn := range r.attached {
			d.AttachedManagedPolicies = append(d.AttachedManagedPolicies, types.AttachedPolicy{PolicyArn: &arn})
		}
		all = append(all, d)
	}
	page, next, truncated := onePage(all, in.Marker)
	out := &iam.GetAccountAuthorizationDetailsOutput{RoleDetailList: page, Marker: next, IsTruncated: truncated}
	if !truncated {
		out.Policies = f.details
	}
	return out, nil
}
