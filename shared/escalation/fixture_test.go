package escalation_test

import (
	"fmt"
	"strings"
	"time"

	"curfew/shared/authdetails"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// entity is a principal of account 111122223333, or of another if its ARN says so.
type entity struct {
	arn, trust       string
	inline, attached []string
	groups           []string
	boundary         string
	profiles         int
	tags             []authdetails.Tag
}

// user is a user; a name that begins with role/ is a role.
func user(name, _ string) entity {
	if rest, ok := strings.CutPrefix(name, "role/"); ok {
		return role(rest, `{"Service":"ops.example.amazonaws.com"}`)
	}
	return entity{arn: "arn:aws:iam::111122223333:user/" + name}
}

// role trusts a principal as the text of the element Principal, or is a whole trust policy.
func role(name, principal string) entity {
	trust := principal
	if !strings.Contains(principal, "Statement") {
		trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"sts:AssumeRole"}]}`
	}
	return entity{arn: "arn:aws:iam::111122223333:role/" + name, trust: trust}
}

func (e entity) with(policies ...string) entity {
	e.inline = append(e.inline[:len(e.inline):len(e.inline)], policies...)
	return e
}
func (e entity) attach(names ...string) entity {
	for _, n := range names {
		e.attached = append(e.attached[:len(e.attached):len(e.attached)], "arn:aws:iam::111122223333:policy/"+n)
	}
	return e
}
func (e entity) bounded(name string) entity {
	e.boundary = "arn:aws:iam::111122223333:policy/" + name
	return e
}
func (e entity) member(groups ...string) entity { e.groups = groups; return e }
func (e entity) profile() entity                { e.profiles = 1; return e }
func (e entity) tag(k, v string) entity {
	e.tags = append(e.tags, authdetails.Tag{Key: k, Value: v})
	return e
}
func (e entity) in(id string) entity { e.arn = strings.Replace(e.arn, "111122223333", id, 1); return e }

func (e entity) name() string { return e.arn[strings.LastIndexByte(e.arn, '/')+1:] }

type account []entity

// part is a group or a managed policy.
type part func(*authdetails.Answer)

func group(name string, policies ...string) part {
	return func(a *authdetails.Answer) {
		g := authdetails.GroupEntity{ARN: "arn:aws:iam::111122223333:group/" + name, GroupName: name}
		for i, p := range policies {
			g.Policies = append(g.Policies, authdetails.InlinePolicy{Name: fmt.Sprintf("p%d", i), Document: authdetails.Text(p)})
		}
		a.GroupDetailList = append(a.GroupDetailList, g)
	}
}

// managed is a policy; its first version is the default.
func managed(name string, versions ...string) part {
	return func(a *authdetails.Answer) {
		m := authdetails.ManagedPolicy{ARN: "arn:aws:iam::111122223333:policy/" + name, DefaultVersion: "v1"}
		for i, v := range versions {
			m.Versions = append(m.Versions, authdetails.PolicyVersion{ID: fmt.Sprintf("v%d", i+1), Document: authdetails.Text(v)})
		}
		a.Policies = append(a.Policies, m)
	}
}

func (all account) details(parts ...part) *authdetails.Details {
	var a authdetails.Answer
	for _, p := range parts {
		p(&a)
	}
	for i, e := range all {
		d := authdetails.Entity{ARN: e.arn, Path: "/", GroupList: e.groups, Tags: e.tags, Boundary: authdetails.Boundary{ARN: e.boundary}}
		var policies []authdetails.InlinePolicy
		for i, p := range e.inline {
			policies = append(policies, authdetails.InlinePolicy{Name: fmt.Sprintf("p%d", i), Document: authdetails.Text(p)})
		}
		for _, arn := range e.attached {
			d.Attached = append(d.Attached, authdetails.Attachment{ARN: arn})
		}
		if e.trust == "" {
			d.UserName, d.UserID, d.UserPolicies = e.name(), fmt.Sprintf("AIDAEXAMPLE%d", i), policies
			a.UserDetailList = append(a.UserDetailList, d)
			continue
		}
		d.RoleName, d.RoleID, d.RolePolicies, d.Trust = e.name(), fmt.Sprintf("AROAEXAMPLE%d", i), policies, authdetails.Text(e.trust)
		for range e.profiles {
			d.InstanceProfiles = append(d.InstanceProfiles, authdetails.Profile{ARN: "arn:aws:iam::111122223333:instance-profile/" + e.name()})
		}
		a.RoleDetailList = append(a.RoleDetailList, d)
	}
	return authdetails.Of(a)
}

func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allow is a statement; actions are separated by spaces.
func allow(actions, resource string) string { return statement("Allow", actions, resource, "") }

func deny(actions, resource string) string { return statement("Deny", actions, resource, "") }

func statement(effect, actions, resource, condition string) string {
	if condition != "" {
		condition = `,"Condition":` + condition
	}
	return `{"Effect":"` + effect + `","Action":["` + strings.Join(strings.Fields(actions), `","`) + `"],"Resource":["` + strings.Join(strings.Fields(resource), `","`) + `"]` + condition + `}`
}
