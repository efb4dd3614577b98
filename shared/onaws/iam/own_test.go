package iam

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// The answer may have AWS managed policies by the thousand: only those in use are kept.
func TestSurveyShowsWhatUsersGroupsAndPoliciesHave(t *testing.T) {
	text := aws.String(url.PathEscape(testDocument))
	version := []types.PolicyVersion{{VersionId: aws.String("v1"), Document: aws.String("old")}, {VersionId: aws.String("v2"), IsDefaultVersion: true, Document: text}}
	inline := []types.PolicyDetail{{PolicyName: aws.String("own"), PolicyDocument: text}, {PolicyName: aws.String(testGrant), PolicyDocument: text}}
	attached := []types.AttachedPolicy{{PolicyArn: aws.String("arn:aws:iam::aws:policy/B")}, {PolicyArn: aws.String("arn:aws:iam::aws:policy/A")},
		{PolicyArn: aws.String(policyARN("/curfew/" + testGrant + "-1"))}}
	out := &iam.GetAccountAuthorizationDetailsOutput{
		RoleDetailList: []types.RoleDetail{{RoleId: aws.String("AROA1"), RolePolicyList: inline}}, // not marked
		UserDetailList: []types.UserDetail{{
			Arn: aws.String("arn:aws:iam::111122223333:user/ops/u"), UserId: aws.String("AIDA1"), Tags: []types.Tag{{Key: aws.String("Curfew:Managed"), Value: aws.String("true")}},
			UserPolicyList: inline, AttachedManagedPolicies: attached, GroupList: []string{"staff"},
		}},
		GroupDetailList: []types.GroupDetail{{GroupName: aws.String("staff"), Arn: aws.String("arn:aws:iam::111122223333:group/ops/staff"), GroupPolicyList: inline[:1]}},
		Policies: []types.ManagedPolicyDetail{
			{Arn: aws.String("arn:aws:iam::aws:policy/A"), AttachmentCount: aws.Int32(1), PolicyVersionList: version},
			{Arn: aws.String("arn:aws:iam::aws:policy/Unused"), AttachmentCount: aws.Int32(0), PolicyVersionList: version},
			{Arn: aws.String("arn:aws:iam::aws:policy/B"), PermissionsBoundaryUsageCount: aws.Int32(1)},
			{Arn: aws.String(policyARN("/curfew/" + testGrant + "-1")), AttachmentCount: aws.Int32(1), PolicyVersionList: version},
		},
	}
	var got []string
	for _, e := range openFakeCloud(newFakeIAM()).ownOf("111122223333", out) {
		b, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	quoted, _ := json.Marshal(testDocument)
	want := []string{
		`{"id":"AIDA1","arn":"arn:aws:iam::111122223333:user/ops/u","account":"111122223333","inline":{"own":` + string(quoted) +
			`},"attached":["arn:aws:iam::aws:policy/A","arn:aws:iam::aws:policy/B"],"groups":["arn:aws:iam::111122223333:group/staff"]}`,
		`{"id":"arn:aws:iam::111122223333:group/staff","inline":{"own":` + string(quoted) + `}}`,
		`{"id":"arn:aws:iam::aws:policy/A","version":"v2","document":` + string(quoted) + `}`,
		`{"id":"arn:aws:iam::aws:policy/B","unknown":"it has no default version"}`,
	}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("got %q\nwant %q", got, want)
		}
	}
}
