package standing

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

var now = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const home = "111122223333"

// role is a role of a fixture.
type role struct {
	name, path string
	trust      string            // statements; empty: EC2
	policies   map[string]string // inline: statements
	attached   []string
	boundary   string
	created    string
	account    string
}

func arnOf(name string) string { return "arn:aws:iam::" + home + ":role/" + name }

func allow(actions, resource string) string {
	quoted := `"` + strings.ReplaceAll(actions, " ", `","`) + `"`
	return fmt.Sprintf(`{"Effect":"Allow","Action":[%s],"Resource":%q}`, quoted, resource)
}

func trusts(principal, more string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Principal":%s,"Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity","sts:AssumeRoleWithSAML"]%s}`, principal, more)
}

func document(statements string) json.RawMessage {
	if old, is := strings.CutPrefix(statements, "OLD"); is {
		return json.RawMessage(`{"Statement":[` + old + `]}`)
	}
	return json.RawMessage(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
}

type object = map[string]any

func (r role) json() object {
	account := orElse(r.account, home)
	inline := []object{}
	for name, text := range r.policies {
		inline = append(inline, object{"PolicyName": name, "PolicyDocument": document(text)})
	}
	attached := []object{}
	for _, arn := range r.attached {
		attached = append(attached, object{"PolicyArn": arn, "PolicyName": lastName(arn)})
	}
	out := object{
		"Arn": "arn:aws:iam::" + account + ":role" + orElse(r.path, "/") + r.name, "RoleName": r.name, "Path": orElse(r.path, "/"), "RoleId": idOf(r.name), "CreateDate": orElse(r.created, "2024-01-01T00:00:00Z"),
		"AssumeRolePolicyDocument": document(orElse(r.trust, trusts(`{"Service":"ec2.amazonaws.com"}`, ""))), "RolePolicyList": inline, "AttachedManagedPolicies": attached,
	}
	if r.boundary != "" {
		out["PermissionsBoundary"] = object{"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": r.boundary}
	}
	return out
}

func idOf(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(name))
	return "AROA" + (clean + "EXAMPLEEXAMPLEEX")[:16]
}

func user(name string, statements string) object {
	inline := []object{}
	if statements != "" {
		inline = append(inline, object{"PolicyName": "own", "PolicyDocument": document(statements)})
	}
	return object{"Arn": "arn:aws:iam::" + home + ":user/" + name, "UserName": name, "Path": "/", "UserId": "AIDA" + idOf(name)[4:], "CreateDate": "2024-01-01T00:00:00Z",
		"UserPolicyList": inline, "GroupList": []string{}, "AttachedManagedPolicies": []object{}}
}

const adminPolicy = "arn:aws:iam::aws:policy/AdministratorAccess"

func managed(arn, statements string) object {
	return object{"Arn": arn, "PolicyName": lastName(arn), "DefaultVersionId": "v1",
		"PolicyVersionList": []object{{"VersionId": "v1", "IsDefaultVersion": true, "Document": document(statements)}}}
}

// details are of roles, users, and the managed policies AdministratorAccess and most (everything but IAM).
func details(t testing.TB, roles []role, users ...object) *authdetails.Details {
	t.Helper()
	answer := object{"UserDetailList": users, "GroupDetailList": []object{}, "Policies": []object{
		managed(adminPolicy, allow("*", "*")), managed("arn:aws:iam::"+home+":policy/most", `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`)}}
	list := []object{}
	for _, r := range roles {
		list = append(list, r.json())
	}
	answer["RoleDetailList"] = list
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	d, err := authdetails.Read(strings.NewReader(string(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func analyse(t testing.TB, d *authdetails.Details, o Options) *Report {
	t.Helper()
	if o.Now.IsZero() {
		o.Now = now
	}
	r, err := Analyse(d, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *Report) of(t testing.TB, name string) *Entry {
	t.Helper()
	for _, e := range r.Entries {
		if e.Name == name {
			return e
		}
	}
	t.Fatalf("there is no entry %s", name)
	return nil
}

func one(t testing.TB, r role, o Options) *Entry {
	t.Helper()
	return analyse(t, details(t, []role{r}), o).of(t, r.name)
}

func (e *Entry) points(term string) (n int) {
	for _, t := range e.Terms {
		if t.Name == term {
			n += t.Points
		}
	}
	return n
}

func policy(t testing.TB, statements string) *iampolicy.Document {
	t.Helper()
	d, err := iampolicy.Parse(document(statements))
	if err != nil {
		t.Fatal(err)
	}
	return d
}
