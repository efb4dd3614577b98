package iam

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/authdetails"
	"curfew/shared/fault"
)

func TestAReaderReadsAllPages(t *testing.T) {
	f := newFakeIAM("a", "b", "c") // pages of one
	d, err := NewReader(openFakeCloud(f)).Details(t.Context(), "111122223333")
	if err != nil || len(d.Principals) != 3 {
		t.Fatalf("details = %+v, %v", d, err)
	}
	for _, p := range d.Principals {
		if p.Policies.Boundary == nil || p.Unknown != "" || p.Trust == nil || p.Tags["curfew:managed"] != "true" {
			t.Errorf("read %+v", p)
		}
	}
}

// A part is no answer: what is missing in it would count as gone.
func TestAReaderReturnsAllOrAnError(t *testing.T) {
	f := newFakeIAM("a", "b", "c")
	n := 0
	f.fault = func(string) error {
		if n++; n > 1 {
			return failing("GetAccountAuthorizationDetails", "AccessDenied")("GetAccountAuthorizationDetails")
		}
		return nil
	}
	if d, err := NewReader(openFakeCloud(f)).Details(t.Context(), "111122223333"); d != nil || fault.KindOf(err) != fault.Denied {
		t.Errorf("details = %v, %v; want none and %s", d, err, fault.Denied)
	}
	if _, err := NewReader(&Cloud{Name: "curfew", Client: func(string) Client { return nil }}).Details(t.Context(), "111122223333"); fault.KindOf(err) != fault.Denied {
		t.Errorf("an account that may not be entered: %v", err)
	}
}

func TestAnAnswerKeepsWhatIAMSays(t *testing.T) {
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	text := aws.String(url.PathEscape(testDocument))
	inline := []types.PolicyDetail{{PolicyName: aws.String("own"), PolicyDocument: text}}
	attached := []types.AttachedPolicy{{PolicyArn: aws.String("arn:aws:iam::aws:policy/A")}}
	tags := []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}}
	out := &iam.GetAccountAuthorizationDetailsOutput{
		RoleDetailList: []types.RoleDetail{{
			Arn: aws.String("arn:aws:iam::111122223333:role/ops/r"), RoleId: aws.String("AROA1"), RoleName: aws.String("r"), Path: aws.String("/ops/"), CreateDate: &at, RoleLastUsed: &types.RoleLastUsed{LastUsedDate: &at},
			AssumeRolePolicyDocument: aws.String(url.PathEscape(trust)), RolePolicyList: inline, AttachedManagedPolicies: attached, Tags: tags,
			InstanceProfileList: []types.InstanceProfile{{Arn: aws.String("arn:aws:iam::111122223333:instance-profile/p")}},
		}},
		UserDetailList: []types.UserDetail{{
			Arn: aws.String("arn:aws:iam::111122223333:user/u"), UserId: aws.String("AIDA1"), UserName: aws.String("u"), Path: aws.String("/"), GroupList: []string{"staff"},
			PermissionsBoundary: &types.AttachedPermissionsBoundary{PermissionsBoundaryArn: aws.String("arn:aws:iam::aws:policy/A")},
		}},
		GroupDetailList: []types.GroupDetail{{GroupName: aws.String("staff"), Arn: aws.String("arn:aws:iam::111122223333:group/staff"), GroupPolicyList: inline, AttachedManagedPolicies: attached}},
		Policies:        []types.ManagedPolicyDetail{{Arn: aws.String("arn:aws:iam::aws:policy/A"), DefaultVersionId: aws.String("v2"), PolicyVersionList: []types.PolicyVersion{{VersionId: aws.String("v2"), IsDefaultVersion: true, Document: text}}}},
	}
	a, err := answer(out)
	if err != nil {
		t.Fatal(err)
	}
	d := authdetails.Of(a)
	if len(d.Principals) != 2 || len(d.Groups) != 1 || len(d.Policies) != 1 || d.Problems != nil {
		t.Fatalf("details = %+v", d)
	}
	r, u := d.Principals[0], d.Principals[1]
	if r.ID != "AROA1" || r.Name != "r" || r.Path != "/ops/" || !r.Created.Equal(at) || !r.LastUsed.Equal(at) || r.Tags["team"] != "x" || r.Trust == nil || len(r.Policies.Identity) != 2 || len(r.InstanceProfiles) != 1 || r.Unknown != "" {
		t.Errorf("the role is %+v", r)
	}
	if !u.User || u.ID != "AIDA1" || u.Policies.Boundary == nil || len(u.Policies.Identity) != 2 || !slices.Equal(u.Groups, []string{"arn:aws:iam::111122223333:group/staff"}) || !u.LastUsed.IsZero() {
		t.Errorf("the user is %+v", u)
	}
	out.UserDetailList[0].UserPolicyList = []types.PolicyDetail{{PolicyName: aws.String("own"), PolicyDocument: aws.String("%zz")}}
	if _, err := answer(out); fault.KindOf(err) != fault.Internal {
		t.Errorf("a document that is not encoded: %v", err)
	}
}
