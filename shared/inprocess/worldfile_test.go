package inprocess_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"curfew/shared/fault"
	"curfew/shared/iampolicy"
	"curfew/shared/inprocess"
)

// crowd is a world of n roles, each with a grant of ours.
func crowd(t testing.TB, n int) *inprocess.IAM {
	t.Helper()
	var roles []string
	for i := range n {
		roles = append(roles, fmt.Sprintf(`{"Arn":"%srole/crowd-%d","RoleId":"AROACROWD%012d","RolePolicyList":[{"PolicyName":%q,"PolicyDocument":%s}]}`,
			account, i, i, grantName, allowGet))
	}
	world, err := inprocess.LoadWorld(strings.NewReader(`{"RoleDetailList":[`+strings.Join(roles, ",")+`]}`), "crowd.json")
	if err != nil {
		t.Fatal(err)
	}
	return world
}

func TestAWorldInUTF16IsRecognised(t *testing.T) {
	for _, mark := range []string{"\xff\xfe", ""} { // PowerShell's > writes the mark
		_, err := inprocess.LoadWorld(strings.NewReader(mark+"{\x00\"\x00R\x00"), "world.json")
		if err == nil || err.Error() != "world.json is UTF-16: save it as UTF-8" {
			t.Errorf("error = %v", err)
		}
	}
}

// The API and the command line return documents as URL-encoded strings; people write objects.
func TestDocumentsAreReadInBothForms(t *testing.T) {
	var whole any
	if err := json.Unmarshal(inprocess.ExampleWorld(), &whole); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(encodeDocuments(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	world, err := inprocess.LoadWorld(bytes.NewReader(b), "encoded.json")
	if err != nil {
		t.Fatal(err)
	}
	c := &inprocess.Cloud{IAM: world, Name: "curfew", Boundaries: []string{bounds}}
	wantOutcome(t, c, inprocess.DataCall{Principal: deploy, SessionName: "ana", Action: "logs:GetLogEvents", Resource: "*"}, iampolicy.Allowed)
	s, err := c.Look(t.Context(), deploy)
	if err != nil || !strings.Contains(s.Trust, "${aws:username}") || s.Boundary != bounds || !s.Managed {
		t.Errorf("Look = %+v, %v; want the role of the example", s, err)
	}
}

func encodeDocuments(t *testing.T, value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = encodeDocuments(t, v[i])
		}
	case map[string]any:
		for k := range v {
			if strings.HasSuffix(k, "Document") {
				text, err := json.Marshal(v[k])
				if err != nil {
					t.Fatal(err)
				}
				v[k] = url.PathEscape(string(text))
				continue
			}
			v[k] = encodeDocuments(t, v[k])
		}
	}
	return value
}

func TestABadWorldFileIsNamedWithItsLine(t *testing.T) {
	const role = `{"RoleDetailList": [
  {"Arn": "arn:aws:iam::111122223333:role/a", "RoleId": "AROA1"},
  `
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "w.json:1: unexpected end of file"},
		{"no object", "[]", "w.json:1: want {, got ["},
		{"no principals", "{}", "w.json:1: the file has no role or user"},
		{"cut off", "{\n\"RoleDetailList\": [", "w.json:2: unexpected end of file"},
		{"no JSON", "{\n\n x}", "w.json:3: invalid character 'x'"},
		{"no JSON in an item", role + "{\"Arn\":\n  oops}]}", "w.json:4: invalid character 'o'"},
		{"a member of another type", role + `{"Arn": 7}]}`, "w.json:3: json: cannot unmarshal number"},
		{"no list", `{"RoleDetailList": {}}`, "w.json:1: want [, got {"},
		{"no ARN", role + `{"Arn": "x", "RoleId": "AROA2"}]}`, `w.json:3: "x" is not the ARN of a role or user`},
		{"no id", role + `{"Arn": "arn:aws:iam::111122223333:role/b"}]}`, "w.json:3: role b: want exactly one of RoleId and UserId"},
		{"twice", role + `{"Arn": "arn:aws:iam::111122223333:role/A", "RoleId": "AROA2"}]}`, "w.json:3: role A: it is in the file twice"},
		{"a tag in two cases", role + `{"Arn": "arn:aws:iam::111122223333:role/b", "RoleId": "AROA2",
    "Tags": [{"Key": "curfew:managed", "Value": "true"}, {"Key": "CURFEW:managed", "Value": "no"}]}]}`,
			"w.json:3: role b: the tags curfew:managed and CURFEW:managed have the same key"},
		{"a policy that is not there", role + `{"Arn": "arn:aws:iam::111122223333:role/b", "RoleId": "AROA2",
    "AttachedManagedPolicies": [{"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}]}]}`,
			"w.json:3: role b: policy arn:aws:iam::aws:policy/ReadOnlyAccess is not in this file: run get-account-authorization-details without --filter"},
		{"a group that is not there", `{"UserDetailList": [
  {"Arn": "arn:aws:iam::111122223333:user/u", "UserId": "AIDA1", "GroupList": ["g"]}]}`, "w.json:2: user u: group g is not in this file"},
		{"a bad document", role + `{"Arn": "arn:aws:iam::111122223333:role/b", "RoleId": "AROA2",
    "RolePolicyList": [{"PolicyName": "p", "PolicyDocument": {"Statement": 7}}]}]}`, "w.json:3: role b: policy p: policy document: "},
		{"a badly encoded document", role + `{"RolePolicyList": [{"PolicyDocument": "%zz"}]}]}`, "w.json:3: policy document: invalid URL escape"},
		{"a policy without a default version", `{"Policies": [{"Arn": "arn:aws:iam::aws:policy/P"}]}`, "w.json:1: policy P has no default version"},
		{"a group that is none", `{"GroupDetailList": [{"Arn": "x"}]}`, `w.json:1: "x" is not the ARN of a group`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := inprocess.LoadWorld(strings.NewReader(c.file), "w.json")
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("LoadWorld = %v, want one line that begins with %s", err, c.want)
			}
		})
	}
}

func FuzzLoadWorld(f *testing.F) {
	f.Add(inprocess.ExampleWorld())
	f.Add([]byte(`{"RoleDetailList":[{"Arn":"arn:aws:iam::1:role/a","RoleId":"A","RolePolicyList":[{"PolicyDocument":"%7B%7D"}]}]}`))
	f.Fuzz(func(t *testing.T, file []byte) {
		world, err := inprocess.LoadWorld(bytes.NewReader(file), "w.json")
		if err != nil {
			if strings.Contains(err.Error(), "\n") || !strings.HasPrefix(err.Error(), "w.json:") {
				t.Errorf("LoadWorld = %q, want one line with the file's name", err)
			}
			return
		}
		c := &inprocess.Cloud{IAM: world, Name: "curfew"}
		for _, arn := range world.Principals() {
			if _, err := c.Look(t.Context(), arn); fault.KindOf(err) == fault.NotFound {
				t.Errorf("Look(%s) = %v, but it is in the world", arn, err)
			}
		}
	})
}

func TestTheShippedBoundaryIsThereWhereItIsNamed(t *testing.T) {
	const file = `{"RoleDetailList": [{"Arn": "arn:aws:iam::999922223333:role/a", "RoleName": "a", "RoleId": "AROA9", "Path": "/",
		"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
		"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": "arn:aws:iam::999922223333:policy/curfew-boundary"}}]}`
	w, err := inprocess.LoadWorld(strings.NewReader(file), "w.json")
	if err != nil {
		t.Fatal(err)
	}
	got := w.Allowed(inprocess.DataCall{Principal: "arn:aws:iam::999922223333:role/a", SessionName: "x", Action: "iam:CreateAccessKey", Resource: "*"})
	if got.Outcome != iampolicy.ExplicitDeny {
		t.Errorf("outcome = %s, want the boundary to deny", got.Outcome)
	}
}
