package authdetails_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

const (
	trust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	reads  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	writes = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}`
	bound  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
)

// form puts documents into an answer: as objects, or as the API does.
type form func(document string) string

func asObject(document string) string { return document }

func asText(document string) string { return `"` + url.PathEscape(document) + `"` }

func roles(as form, name, inline string) string {
	return `{"RoleDetailList":[{"Path":"/team/","RoleName":"` + name + `","RoleId":"AROAEXAMPLE","Arn":"arn:aws:iam::111122223333:role/team/` + name + `",
		"CreateDate":"2025-03-04T05:06:07+00:00","AssumeRolePolicyDocument":` + as(trust) + `,
		"RolePolicyList":[{"PolicyName":"own","PolicyDocument":` + as(inline) + `}],
		"InstanceProfileList":[{"Arn":"arn:aws:iam::111122223333:instance-profile/web","Roles":[]}],
		"AttachedManagedPolicies":[{"PolicyName":"reads","PolicyArn":"arn:aws:iam::aws:policy/reads"}],
		"PermissionsBoundary":{"PermissionsBoundaryType":"Policy","PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/bound"},
		"RoleLastUsed":{"LastUsedDate":"2026-01-02T03:04:05Z","Region":"eu-west-1"},
		"Tags":[{"Key":"Team","Value":"Web"}]}],"IsTruncated":true,"Marker":"x"}`
}

func users(groups string) string {
	return `{"UserDetailList":[{"Path":"/","UserName":"ann","UserId":"AIDAEXAMPLE","Arn":"arn:aws:iam::111122223333:user/ann","GroupList":` + groups + `}]}`
}

func others(as form) string {
	return `{"GroupDetailList":[{"GroupName":"Ops","Arn":"arn:aws:iam::111122223333:group/Ops",
		"GroupPolicyList":[{"PolicyName":"put","PolicyDocument":` + as(writes) + `}],
		"AttachedManagedPolicies":[{"PolicyArn":"arn:aws:iam::aws:policy/reads"}]}],
	"Policies":[{"Arn":"arn:aws:iam::aws:policy/reads","DefaultVersionId":"v2","PolicyVersionList":[
		{"VersionId":"v2","Document":` + as(reads) + `,"IsDefaultVersion":true},{"VersionId":"v1","Document":` + as(writes) + `}]},
		{"Arn":"arn:aws:iam::111122223333:policy/bound","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":` + as(bound) + `}]}]}`
}

func read(t *testing.T, text string) *authdetails.Details {
	t.Helper()
	d, err := authdetails.Read(strings.NewReader(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func names(p iampolicy.Policies) (all []string) {
	for _, n := range p.Identity {
		all = append(all, n.Name)
	}
	return all
}

// Every form of the same answers gives the same details, in any order of the pages.
func TestReadForms(t *testing.T) {
	for name, text := range map[string]string{
		"objects, one after the other": roles(asObject, "web", writes) + users(`["ops"]`) + "\n" + others(asObject),
		"encoded text, policies first": others(asText) + roles(asText, "web", writes) + users(`["Ops"]`),
		"a list of pages":              "[" + users(`["Ops"]`) + "," + roles(asText, "web", writes) + "," + others(asObject) + "]",
		"a list for each account":      "[[" + users(`["Ops"]`) + "],[" + roles(asText, "web", writes) + "," + others(asObject) + "]]",
	} {
		d := read(t, text)
		if len(d.Problems) > 0 || len(d.Principals) != 2 || len(d.Groups) != 1 || len(d.Policies) != 2 {
			t.Fatalf("%s: %d principals, %d groups, %d policies, problems %q", name, len(d.Principals), len(d.Groups), len(d.Policies), d.Problems)
		}
		role, user := d.Principals[0], d.Principals[1]
		if got, want := names(role.Policies), []string{"own", "arn:aws:iam::aws:policy/reads"}; !slices.Equal(got, want) {
			t.Errorf("%s: the role has %q, want %q", name, got, want)
		}
		if got, want := names(user.Policies), []string{"group Ops: put", "arn:aws:iam::aws:policy/reads"}; !slices.Equal(got, want) {
			t.Errorf("%s: the user has %q, want %q", name, got, want)
		}
		if role.Policies.Boundary == nil || role.Trust == nil || role.Unknown != "" || role.Tags["Team"] != "Web" || role.Account != "111122223333" ||
			role.ID != "AROAEXAMPLE" || role.Name != "web" || role.User || len(role.InstanceProfiles) != 1 || role.LastUsed.Year() != 2026 || role.Created.Day() != 4 {
			t.Errorf("%s: the role is %+v", name, role)
		}
		if !user.User || user.Policies.Boundary != nil || !slices.Equal(user.Groups, []string{"arn:aws:iam::111122223333:group/Ops"}) {
			t.Errorf("%s: the user is %+v", name, user)
		}
		call := iampolicy.Call{Action: "s3:GetObject", Resource: "arn:aws:s3:::a/b"}
		if got := iampolicy.Evaluate(role.Policies, call).Outcome; got != iampolicy.Allowed {
			t.Errorf("%s: the role's read is %s", name, got)
		}
		if d.Policies[1].Default != "v2" || len(d.Policies[1].Versions) != 2 {
			t.Errorf("%s: the policy is %+v", name, d.Policies[1])
		}
	}
}

// The same text is one document.
func TestReadSharesDocuments(t *testing.T) {
	d := read(t, roles(asObject, "a", writes)+roles(asText, "b", strings.ReplaceAll(writes, ",", " , ")))
	if d.Principals[0].Policies.Identity[0].Document != d.Principals[1].Policies.Identity[0].Document || d.Principals[0].Trust != d.Principals[1].Trust {
		t.Error("two documents of one text")
	}
}

// What cannot be read makes a principal Unknown, and leaves the others as they are.
func TestReadSaysWhatIsUnknown(t *testing.T) {
	all := others(asObject)
	for name, c := range map[string]struct{ text, arn, why string }{
		"inline policy":      {roles(asObject, "web", `{"Statement":[{"Effect":"Maybe"}]}`) + all, "role/team/web", `its policy "own" cannot be read: Statement[0].Effect`},
		"no object":          {roles(asText, "web", `%`) + all, "role/team/web", `its policy "own" cannot be read`},
		"attached policy":    {roles(asObject, "web", writes) + strings.Replace(all, "policy/reads\",\"Def", "policy/writes\",\"Def", 1), "role/team/web", "its attached policy arn:aws:iam::aws:policy/reads is not"},
		"boundary":           {roles(asObject, "web", writes) + strings.ReplaceAll(all, "policy/bound", "policy/other"), "role/team/web", "its boundary arn:aws:iam::111122223333:policy/bound is not"},
		"default version":    {roles(asObject, "web", writes) + strings.Replace(all, reads, "{}", 1), "role/team/web", "its attached policy arn:aws:iam::aws:policy/reads is not"},
		"group":              {users(`["none"]`) + all, "user/ann", `its group "none" is not in the answer`},
		"policy of a group":  {users(`["Ops"]`) + strings.Replace(all, writes, "[]", 1), "user/ann", `of its group "Ops": its policy "put" cannot be read`},
		"group of other":     {users(`["Ops"]`) + strings.ReplaceAll(all, "111122223333:group", "444455556666:group"), "user/ann", `its group "Ops" is not in the answer`},
		"no members at all":  {`{"RoleDetailList":[{"Arn":"arn:aws:iam::111122223333:role/web"}]}`, "role/web", ""},
		"twice":              {roles(asObject, "web", writes) + roles(asObject, "web", reads) + all, "role/team/web", ""},
		"wrong instant":      {strings.Replace(roles(asObject, "web", writes), "2025-03-04T05:06:07+00:00", "yesterday", 1) + all, "role/team/web", ""},
		"boundary not known": {roles(asObject, "web", writes), "role/team/web", "its attached policy"},
	} {
		d := read(t, c.text)
		p := d.Principals[0]
		if p.ARN != "arn:aws:iam::111122223333:"+c.arn || !strings.HasPrefix(p.Unknown, c.why) || c.why == "" && p.Unknown != "" {
			t.Errorf("%s: %s is unknown because %q, want %q", name, p.ARN, p.Unknown, c.why)
		}
		if c.why != "" && len(d.Problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
	}
	bad := read(t, strings.Replace(roles(asObject, "web", writes), trust, `{"Statement":[]}`, 1)+all).Principals[0]
	if bad.Trust != nil || !strings.HasPrefix(bad.TrustUnknown, "its trust policy cannot be read") || bad.Unknown != "" {
		t.Errorf("trust: %+v", bad)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           ``,
		"other JSON":        `{"Roles":[]}`,
		"a text":            `"a"`,
		"cut off":           roles(asObject, "web", writes)[:400],
		"no list":           `{"RoleDetailList":{}}`,
		"no object in list": `{"RoleDetailList":["a"]}`,
		"lists in lists":    strings.Repeat("[", 10) + strings.Repeat("]", 10),
		"deep":              `{"RoleDetailList":[` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `]}`,
		"a long value":      `{"Marker":"` + strings.Repeat("a", 17<<20) + `"}`,
		"rubbish behind":    others(asObject) + "}",
	} {
		if d, err := authdetails.Read(strings.NewReader(text), nil); err == nil {
			t.Errorf("%s: read %+v", name, d)
		}
	}
}

// It said "byte 1: EOF".
func TestReadOfATruncatedFileSaysWhatToDo(t *testing.T) {
	whole := roles(asObject, "web", writes)
	for _, n := range []int{1, 2, 40, 400, len(whole) - 1} {
		_, err := authdetails.Read(strings.NewReader(whole[:n]), nil)
		if err == nil || strings.Contains(err.Error(), "EOF") || !strings.Contains(err.Error(), "ends in the middle") || !strings.Contains(err.Error(), "write it again") {
			t.Errorf("the first %d bytes: %v", n, err)
		}
	}
}

func TestReadReportsProgress(t *testing.T) {
	var seen []int
	_, err := authdetails.Read(strings.NewReader(roles(asObject, "a", writes)+roles(asObject, "b", writes)+users(`[]`)), func(n int) { seen = append(seen, n) })
	if err != nil || !slices.Equal(seen, []int{1, 2, 3}) {
		t.Errorf("progress %v, error %v", seen, err)
	}
}

// Answers made in Go need no JSON.
func TestOf(t *testing.T) {
	d := authdetails.Of(authdetails.Answer{UserDetailList: []authdetails.Entity{{ARN: "arn:aws:iam::111122223333:user/a/ann", UserID: "AIDAEXAMPLE",
		UserPolicies: []authdetails.InlinePolicy{{Name: "own", Document: reads}}, Tags: []authdetails.Tag{{Key: "k", Value: "v"}}}}})
	if p := d.Principals[0]; p.Name != "ann" || !p.User || p.Tags["k"] != "v" || len(p.Policies.Identity) != 1 || p.Unknown != "" {
		t.Errorf("%+v", p)
	}
}
