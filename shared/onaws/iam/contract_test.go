package iam

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/accesstest"
	"curfew/shared/onaws"
	"curfew/shared/onaws/emulated"
)

// The contract suite on the real service. It creates roles, users and policies.

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestCloudOnIAM(t *testing.T) {
	cfg := emulated.Config(t, "IAM")
	testCloud(t, cfg, onaws.AccountsConfig{Account: emulated.OwnAccount}, emulated.OwnAccount)
}

func TestCloudInAMemberAccount(t *testing.T) {
	cfg := emulated.Config(t, "IAM", "STS")
	testCloud(t, cfg, onaws.AccountsConfig{MemberRole: "curfew-grant", ExternalID: "example"}, emulated.MemberAccount)
}

func testCloud(t *testing.T, cfg aws.Config, c onaws.AccountsConfig, account string) {
	w := &iamWorld{client: newClients(onaws.NewAccounts(cfg, c)).client(account).(*iam.Client), account: account}
	w.prepare(t)
	t.Log("moto is put right: ids of users begin with no AIDA, and whom a policy is attached to that is not there is no error")
	accesstest.CloudContract(t, func(*testing.T) accesstest.CloudUnderTest {
		cloud := New(onaws.InstallationConfig{Name: "curfew"}, onaws.NewAccounts(cfg, c))
		client := cloud.Client
		cloud.Client = func(account string) Client { return rightIAM{client(account)} }
		return accesstest.CloudUnderTest{
			Cloud: cloud, Name: "curfew",
			Role: w.role("engineer"), User: w.arn("user/ci"), Other: w.role("responder"), Missing: w.role("nobody"),
			Protected: w.arn("role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef"),
			Lag:       30 * time.Second, // a bound, not a wait
			// moto ignores tag and boundary, has no quotas, and deletes a policy that is a boundary.
			Lacks:    []string{accesstest.Permissions, accesstest.Quotas},
			Recreate: w.recreate, Delete: w.delete, Mark: w.mark, Tag: w.tag, Untag: w.untag, AttachByHand: w.attach, PutByHand: w.put,
		}
	})
}

// rightIAM corrects moto's answers about missing users and policies.
type rightIAM struct{ Client }

func (r rightIAM) GetUser(ctx context.Context, in *iam.GetUserInput, o ...func(*iam.Options)) (*iam.GetUserOutput, error) {
	out, err := r.Client.GetUser(ctx, in, o...)
	if err == nil {
		out.User.UserId = aws.String("AIDA" + aws.ToString(out.User.UserId))
	}
	return out, err
}

func (r rightIAM) ListEntitiesForPolicy(ctx context.Context, in *iam.ListEntitiesForPolicyInput, o ...func(*iam.Options)) (*iam.ListEntitiesForPolicyOutput, error) {
	if _, err := r.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: in.PolicyArn}); err != nil {
		return nil, err
	}
	return r.Client.ListEntitiesForPolicy(ctx, in, o...)
}

// iamWorld is a person with their own rights in one account.
type iamWorld struct {
	client  *iam.Client
	account string
}

func (w *iamWorld) arn(resource string) string { return "arn:aws:iam::" + w.account + ":" + resource }
func (w *iamWorld) role(name string) string    { return w.arn("role/" + name) }

func nameOf(arn string) *string { return aws.String(arn[strings.LastIndexByte(arn, '/')+1:]) }

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}}]}`

func managedTag() []iamtypes.Tag {
	return []iamtypes.Tag{{Key: aws.String("curfew:managed"), Value: aws.String("true")}}
}

func (w *iamWorld) prepare(t *testing.T) {
	t.Helper()
	_, err := w.client.CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("curfew-boundary"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	})
	if onaws.ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
	for _, role := range []string{"engineer", "responder"} {
		w.delete(t, w.role(role))
		w.create(t, w.role(role))
	}
	_, err = w.client.CreateUser(t.Context(), &iam.CreateUserInput{
		UserName: aws.String("ci"), Tags: managedTag(), PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	if onaws.ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
}

func (w *iamWorld) create(t *testing.T, arn string) {
	t.Helper()
	_, err := w.client.CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName: nameOf(arn), AssumeRolePolicyDocument: aws.String(trust), Tags: managedTag(),
		PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	must(t, err)
}

// delete deletes a role with its policies; it is idempotent.
func (w *iamWorld) delete(t *testing.T, arn string) {
	t.Helper()
	ctx, role := t.Context(), nameOf(arn)
	attached, err := w.client.ListAttachedRolePolicies(ctx, &iam.ListAttachedRolePoliciesInput{RoleName: role})
	if onaws.ErrorCode(err) == "NoSuchEntity" {
		return
	}
	must(t, err)
	for _, p := range attached.AttachedPolicies {
		_, err := w.client.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: role, PolicyArn: p.PolicyArn})
		must(t, err)
	}
	inline, err := w.client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	must(t, err)
	for _, p := range inline.PolicyNames {
		_, err := w.client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: &p})
		must(t, err)
	}
	_, err = w.client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
	must(t, err)
	t.Cleanup(func() { w.restore(t, arn) })
}

// restore creates a role again that a case deleted.
func (w *iamWorld) restore(t *testing.T, arn string) {
	_, err := w.client.CreateRole(context.Background(), &iam.CreateRoleInput{
		RoleName: nameOf(arn), AssumeRolePolicyDocument: aws.String(trust), Tags: managedTag(),
		PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
	})
	if onaws.ErrorCode(err) != "EntityAlreadyExists" {
		must(t, err)
	}
}

func (w *iamWorld) recreate(t *testing.T, arn string) {
	t.Helper()
	w.delete(t, arn)
	w.create(t, arn)
}

func (w *iamWorld) mark(t *testing.T, arn string, tag, boundary bool) {
	t.Helper()
	ctx, role := context.Background(), nameOf(arn)
	_, err := w.client.UntagRole(ctx, &iam.UntagRoleInput{RoleName: role, TagKeys: []string{"curfew:managed"}})
	must(t, err)
	_, err = w.client.DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: role})
	must(t, err)
	if tag {
		_, err := w.client.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: managedTag()})
		must(t, err)
	}
	if boundary {
		_, err := w.client.PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{
			RoleName: role, PermissionsBoundary: aws.String(w.arn("policy/curfew-boundary")),
		})
		must(t, err)
	}
}

func (w *iamWorld) tag(t *testing.T, arn, key, value string) {
	t.Helper()
	_, err := w.client.TagRole(t.Context(), &iam.TagRoleInput{RoleName: nameOf(arn), Tags: []iamtypes.Tag{{Key: &key, Value: &value}}})
	must(t, err)
}

func (w *iamWorld) untag(t *testing.T, arn, key string) {
	t.Helper()
	_, err := w.client.UntagRole(t.Context(), &iam.UntagRoleInput{RoleName: nameOf(arn), TagKeys: []string{key}})
	must(t, err)
}

func (w *iamWorld) attach(t *testing.T, arn, policy string) {
	t.Helper()
	_, err := w.client.AttachRolePolicy(t.Context(), &iam.AttachRolePolicyInput{RoleName: nameOf(arn), PolicyArn: &policy})
	must(t, err)
}

func (w *iamWorld) put(t *testing.T, arn, name, document string) {
	t.Helper()
	_, err := w.client.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: nameOf(arn), PolicyName: &name, PolicyDocument: &document})
	must(t, err)
}
