package main

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// factsOfIAM are conditions of Curfew's roles and boundary. A probe has such a policy, and makes a call that must be allowed and
// one that must be denied.
func factsOfIAM() []step {
	const authorization = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html"
	on := []need{enforcement}
	return []step{
		{name: "mark-bounds-put", proves: "aws:ResourceTag and iam:PermissionsBoundary decide PutRolePolicy, and a denied call changes nothing",
			place: "infra/permissions_member.go: allowPutInline", page: authorization, needs: on, do: markBoundsPut},
		{name: "no-boundary", proves: "StringNotEquals on iam:PermissionsBoundary matches a role without one", place: "infra/permissions_boundary.go: UnboundedTargets",
			page: iamPages + "reference_policies_elements_condition_operators.html", needs: on, do: noBoundary},
		{name: "tag-key-case", proves: "StringEqualsIgnoreCase on aws:TagKeys denies a key in any case", place: "infra/permissions_boundary.go: CurfewsTags",
			page: iamPages + "reference_policies_condition-keys.html#condition-keys-tagkeys", needs: on, do: tagKeyCase},
		{name: "resource-org", proves: "aws:ResourceOrgID decides AssumeRole", place: "infra/permissions_home.go: allowAssumeMemberRoles",
			page: iamPages + "reference_policies_condition-keys.html#condition-keys-resourceorgid", needs: []need{enforcement, organization}, do: resourceOrg},
		{name: "trust", proves: "a role of the member account lets in its function's role, and not home's administrators", place: "infra/permissions_member.go: trust",
			page: iamPages + "reference_policies_elements_principal.html", needs: []need{enforcement, installed}, do: trustOfFunctions},
		{name: "leading-keys", proves: "dynamodb:LeadingKeys denies a transaction with one key outside", place: "infra/permissions_records.go: partitionCondition",
			page: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html", needs: on, do: leadingKeys},
	}
}

// probe makes a role with this policy and returns its session.
func (w *world) probe(ctx context.Context, p place, name, statements string) (cfg aws.Config, err error) {
	if err := w.makeRole(ctx, p, name, iam.CreateRoleInput{}); err != nil {
		return cfg, err
	}
	_, err = p.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: aws.String(name + "-" + w.name), PolicyName: aws.String("probe"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`),
	})
	if err != nil {
		return cfg, err
	}
	return w.session(ctx, p, name, "probe")
}

// decides waits until the allowed call is allowed, which shows that the policy works, and then wants the other to be denied.
func decides(ctx context.Context, allowed, denied func() error) (string, error) {
	err := waitFor(ctx, 2*poll, "the call that must be allowed", func() (bool, error) {
		err := allowed()
		if isDenial(err) {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return "", fmt.Errorf("%w: %w", errHolds, err)
	}
	if err := denied(); !isDenial(err) {
		return "", differs("the call that must be denied: %v", err)
	}
	return "one allowed, one denied", nil
}

func isDenial(err error) bool {
	c := code(err)
	return c == "AccessDenied" || c == "AccessDeniedException"
}

// put returns a call that puts a policy without effect on a role of this command.
func (w *world) put(ctx context.Context, cfg aws.Config, role string) func() error {
	return func() error {
		_, err := iam.NewFromConfig(cfg).PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName: aws.String(role + "-" + w.name), PolicyName: aws.String("put"),
			PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`),
		})
		return err
	}
}

// anyBoundary is a policy of AWS.
const anyBoundary = "arn:aws:iam::aws:policy/ReadOnlyAccess"

func probeTag() []iamtypes.Tag {
	return []iamtypes.Tag{{Key: aws.String("acceptance:probe"), Value: aws.String("true")}}
}

func markBoundsPut(ctx context.Context, w *world) (string, error) {
	for role, in := range map[string]iam.CreateRoleInput{
		"put-both": {Tags: probeTag(), PermissionsBoundary: aws.String(anyBoundary)}, "put-tag": {Tags: probeTag()}, "put-bound": {PermissionsBoundary: aws.String(anyBoundary)},
	} {
		if err := w.makeRole(ctx, w.member, role, in); err != nil {
			return "", err
		}
	}
	cfg, err := w.probe(ctx, w.member, "put-probe", `{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"`+w.everyRole()+`","Condition":{"StringEquals":{`+
		`"aws:ResourceTag/acceptance:probe":"true","iam:PermissionsBoundary":"`+anyBoundary+`"}}}`)
	if err != nil {
		return "", err
	}
	for _, role := range []string{"put-tag", "put-bound"} {
		if text, err := decides(ctx, w.put(ctx, cfg, "put-both"), w.put(ctx, cfg, role)); err != nil {
			return text, fmt.Errorf("%s: %w", role, err)
		}
		_, err := w.member.iam().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: aws.String(role + "-" + w.name), PolicyName: aws.String("put")})
		if code(err) != "NoSuchEntity" {
			return "", differs("after a denied call on %s: %v", role, err)
		}
	}
	return "both are needed", nil
}

func noBoundary(ctx context.Context, w *world) (string, error) {
	for role, in := range map[string]iam.CreateRoleInput{"bounded": {PermissionsBoundary: aws.String(anyBoundary)}, "unbounded": {}} {
		if err := w.makeRole(ctx, w.member, role, in); err != nil {
			return "", err
		}
	}
	cfg, err := w.probe(ctx, w.member, "bounds-probe", `{"Effect":"Allow","Action":"iam:PutRolePolicy","Resource":"`+w.everyRole()+`"},`+
		`{"Effect":"Deny","Action":"iam:PutRolePolicy","Resource":"`+w.everyRole()+`","Condition":{"StringNotEquals":{"iam:PermissionsBoundary":["`+anyBoundary+`"]}}}`)
	if err != nil {
		return "", err
	}
	return decides(ctx, w.put(ctx, cfg, "bounded"), w.put(ctx, cfg, "unbounded"))
}

func tagKeyCase(ctx context.Context, w *world) (string, error) {
	if err := w.makeRole(ctx, w.member, "tagged", iam.CreateRoleInput{}); err != nil {
		return "", err
	}
	cfg, err := w.probe(ctx, w.member, "tags-probe", `{"Effect":"Allow","Action":"iam:TagRole","Resource":"`+w.everyRole()+`"},`+
		`{"Effect":"Deny","Action":"iam:TagRole","Resource":"`+w.everyRole()+`","Condition":{"ForAnyValue:StringEqualsIgnoreCase":{"aws:TagKeys":["acceptance:probe"]}}}`)
	if err != nil {
		return "", err
	}
	tag := func(key string) func() error {
		return func() error {
			_, err := iam.NewFromConfig(cfg).TagRole(ctx, &iam.TagRoleInput{RoleName: aws.String("tagged-" + w.name), Tags: []iamtypes.Tag{{Key: &key, Value: aws.String("x")}}})
			return err
		}
	}
	return decides(ctx, tag("another"), tag("ACCEPTANCE:Probe"))
}

// tagKeys tags a role twice, with keys that differ in case.
func tagKeys(ctx context.Context, w *world) (string, error) {
	if err := w.makeRole(ctx, w.member, "keys", iam.CreateRoleInput{Tags: probeTag()}); err != nil {
		return "", err
	}
	client, role := w.member.iam(), aws.String("keys-"+w.name)
	if _, err := client.TagRole(ctx, &iam.TagRoleInput{RoleName: role, Tags: []iamtypes.Tag{{Key: aws.String("ACCEPTANCE:Probe"), Value: aws.String("x")}}}); err != nil {
		return "", err
	}
	got, err := client.ListRoleTags(ctx, &iam.ListRoleTagsInput{RoleName: role})
	if err != nil {
		return "", err
	}
	if len(got.Tags) != 1 {
		return "", differs("the role has %d tags, want 1", len(got.Tags))
	}
	return "the second replaced the first", nil
}

// resourceOrg assumes a role of the member account from home, by the organization and by another.
func resourceOrg(ctx context.Context, w *world) (string, error) {
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + w.home.id + `:root"},"Action":"sts:AssumeRole"}]}`
	if err := w.makeRole(ctx, w.member, "entered", iam.CreateRoleInput{AssumeRolePolicyDocument: &trust}); err != nil {
		return "", err
	}
	enter := func(org string) (func() error, error) {
		cfg, err := w.probe(ctx, w.home, "org-"+org, `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"`+w.roleARN(w.member, "entered")+`","Condition":{"StringEquals":{"aws:ResourceOrgID":"`+org+`"}}}`)
		return func() error {
			_, err := sts.NewFromConfig(cfg).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: aws.String(w.roleARN(w.member, "entered")), RoleSessionName: aws.String("probe")})
			return err
		}, err
	}
	own, err := enter(w.orgID)
	if err != nil {
		return "", err
	}
	other, err := enter("o-0000000000")
	if err != nil {
		return "", err
	}
	return decides(ctx, own, other)
}

// trustOfFunctions: the steps of forms show that the functions' roles are let in.
func trustOfFunctions(ctx context.Context, w *world) (string, error) {
	_, err := sts.NewFromConfig(w.home.Config).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::" + w.member.id + ":role/" + w.resource("member-grant")),
		RoleSessionName: aws.String("probe"), ExternalId: aws.String(w.name),
	})
	if !isDenial(err) {
		return "", differs("an administrator of home assumes the role of grant: %v", err)
	}
	return "denied", nil
}

// leadingKeys writes two items in a transaction, both inside the condition and one outside.
func leadingKeys(ctx context.Context, w *world) (string, error) {
	table, admin := aws.String(w.resource("probe")), dynamodb.NewFromConfig(w.home.Config)
	if _, err := admin.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: table, BillingMode: dynamotypes.BillingModePayPerRequest,
		KeySchema:            []dynamotypes.KeySchemaElement{{AttributeName: aws.String("pk"), KeyType: dynamotypes.KeyTypeHash}},
		AttributeDefinitions: []dynamotypes.AttributeDefinition{{AttributeName: aws.String("pk"), AttributeType: dynamotypes.ScalarAttributeTypeS}},
	}); err != nil {
		return "", err
	}
	if err := dynamodb.NewTableExistsWaiter(admin).Wait(ctx, &dynamodb.DescribeTableInput{TableName: table}, time.Minute); err != nil {
		return "", err
	}
	cfg, err := w.probe(ctx, w.home, "keys-probe", `{"Effect":"Allow","Action":"dynamodb:PutItem","Resource":"arn:aws:dynamodb:*:*:table/`+*table+`","Condition":{`+
		`"ForAllValues:StringLike":{"dynamodb:LeadingKeys":["in#*"]},"Null":{"dynamodb:LeadingKeys":"false"}}}`)
	if err != nil {
		return "", err
	}
	write := func(keys ...string) func() error {
		return func() error {
			in := &dynamodb.TransactWriteItemsInput{}
			for _, key := range keys {
				item := map[string]dynamotypes.AttributeValue{"pk": &dynamotypes.AttributeValueMemberS{Value: key}}
				in.TransactItems = append(in.TransactItems, dynamotypes.TransactWriteItem{Put: &dynamotypes.Put{TableName: table, Item: item}})
			}
			_, err := dynamodb.NewFromConfig(cfg).TransactWriteItems(ctx, in)
			return err
		}
	}
	return decides(ctx, write("in#1", "in#2"), write("in#3", "out#4"))
}

func ttlOn(ctx context.Context, w *world) (string, error) {
	got, err := dynamodb.NewFromConfig(w.home.Config).DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: aws.String(w.resource("access"))})
	if err != nil {
		return "", err
	}
	if d := got.TimeToLiveDescription; d == nil || d.TimeToLiveStatus != dynamotypes.TimeToLiveStatusEnabled {
		return "", differs("TTL is not on: %+v", d)
	}
	return "on, for " + aws.ToString(got.TimeToLiveDescription.AttributeName), nil
}
