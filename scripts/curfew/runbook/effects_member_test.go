package runbook

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

const (
	administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
	noRights      = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`
	someTrust     = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	principal     = "runbook-engineer"
)

// memberEffects are those on a principal, as a role and as a user.
func memberEffects() map[string]effect {
	return map[string]effect{
		"iam list-role-policies": onBoth(func(s stage, c instruction, _ string) {
			s.shows(c, []string{"curfew-" + elevation})
		}),
		"iam delete-role-policy": onBoth(func(s stage, c instruction, kind string) {
			s.output(c)
			if inline, _ := s.policies(kind); len(inline) != 0 {
				s.Errorf("%s has %v still", kind, inline)
			}
		}),
		"iam list-attached-role-policies": onBoth(func(s stage, c instruction, _ string) {
			s.shows(c, []string{s.values["ARN"]})
		}),
		"iam detach-role-policy": func(s stage, c instruction) {
			if c.flag("role-name") == emergencyRole {
				detachesTheEmergencyPolicy(s, c)
				return
			}
			onBoth(func(s stage, c instruction, kind string) {
				s.output(c)
				if _, attached := s.policies(kind); len(attached) != 0 {
					s.Errorf("%s has %v still", kind, attached)
				}
			})(s, c)
		},
		"iam list-policies": func(s stage, c instruction) {
			arn := s.policy("/curfew/", "curfew-"+elevation+"-listed")
			s.policy("/others/", "runbook-other")
			s.shows(c, []string{arn}, "runbook-other")
		},
		"iam delete-policy": func(s stage, c instruction) {
			s.values["ARN"] = s.policy("/", "curfew-boundary")
			s.output(c)
			if _, err := iam.NewFromConfig(s.cfg).GetPolicy(s.Context(), &iam.GetPolicyInput{PolicyArn: aws.String(s.values["ARN"])}); err == nil {
				s.Error("the policy is there still")
			}
		},
		"iam tag-role": func(s stage, c instruction) {
			s.role(c.flag("role-name"))
			s.output(c)
			r, err := iam.NewFromConfig(s.cfg).GetRole(s.Context(), &iam.GetRoleInput{RoleName: aws.String(c.flag("role-name"))})
			s.must(err)
			if len(r.Role.Tags) != 1 || *r.Role.Tags[0].Key != "curfew:managed" || *r.Role.Tags[0].Value != "true" {
				s.Errorf("tags = %v, want the mark", r.Role.Tags)
			}
		},
		"iam put-role-permissions-boundary": func(s stage, c instruction) {
			s.role(c.flag("role-name"))
			own := s.policy("/", "curfew-boundary")
			bound := strings.ReplaceAll(c.flag("permissions-boundary"), memberAccount, homeAccount) // moto has one account here
			if bound != own {
				s.Errorf("boundary = %s, want the account's %s", bound, own)
			}
			c.words = slices.Clone(c.words)
			c.words[len(c.words)-1] = bound
			s.output(c)
			r, err := iam.NewFromConfig(s.cfg).GetRole(s.Context(), &iam.GetRoleInput{RoleName: aws.String(c.flag("role-name"))})
			s.must(err)
			if b := r.Role.PermissionsBoundary; b == nil || *b.PermissionsBoundaryArn != own {
				s.Errorf("boundary = %v, want %s", b, own)
			}
		},
	}
}

// onBoth runs a command on a role with a grant, and as for a user with one.
func onBoth(run func(stage, instruction, string)) effect {
	return func(s stage, c instruction) {
		s.values["ROLE"], s.values["ID"] = principal, elevation
		for _, kind := range []string{"role", "user"} {
			s.grant(kind)
			its := instruction{text: c.text}
			for _, w := range c.words {
				its.words = append(its.words, strings.ReplaceAll(w, "role", kind))
			}
			run(s, its, kind)
		}
	}
}

// grant makes a principal with an inline and a managed policy of an elevation.
func (s stage) grant(kind string) {
	s.Helper()
	client, name, inline := iam.NewFromConfig(s.cfg), aws.String(principal), aws.String("curfew-"+elevation)
	s.values["ARN"] = s.policy("/curfew/", "curfew-"+elevation)
	var err error
	if kind == "role" {
		s.role(principal)
		_, err = client.PutRolePolicy(s.Context(), &iam.PutRolePolicyInput{RoleName: name, PolicyName: inline, PolicyDocument: aws.String(noRights)})
		s.must(err)
		_, err = client.AttachRolePolicy(s.Context(), &iam.AttachRolePolicyInput{RoleName: name, PolicyArn: aws.String(s.values["ARN"])})
		s.must(err)
		return
	}
	if _, err = client.GetUser(s.Context(), &iam.GetUserInput{UserName: name}); err != nil {
		_, err = client.CreateUser(s.Context(), &iam.CreateUserInput{UserName: name})
		s.must(err)
	}
	_, err = client.PutUserPolicy(s.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: inline, PolicyDocument: aws.String(noRights)})
	s.must(err)
	_, err = client.AttachUserPolicy(s.Context(), &iam.AttachUserPolicyInput{UserName: name, PolicyArn: aws.String(s.values["ARN"])})
	s.must(err)
}

// policies returns the names of a principal's policies.
func (s stage) policies(kind string) (inline, attached []string) {
	s.Helper()
	client, name := iam.NewFromConfig(s.cfg), aws.String(principal)
	if kind == "user" {
		in, err := client.ListUserPolicies(s.Context(), &iam.ListUserPoliciesInput{UserName: name})
		s.must(err)
		at, err := client.ListAttachedUserPolicies(s.Context(), &iam.ListAttachedUserPoliciesInput{UserName: name})
		s.must(err)
		return in.PolicyNames, arnsOf(at.AttachedPolicies)
	}
	in, err := client.ListRolePolicies(s.Context(), &iam.ListRolePoliciesInput{RoleName: name})
	s.must(err)
	return in.PolicyNames, s.attached(principal)
}

func (s stage) attached(role string) []string {
	s.Helper()
	at, err := iam.NewFromConfig(s.cfg).ListAttachedRolePolicies(s.Context(), &iam.ListAttachedRolePoliciesInput{RoleName: &role})
	s.must(err)
	return arnsOf(at.AttachedPolicies)
}

func arnsOf(policies []types.AttachedPolicy) (all []string) {
	for _, p := range policies {
		all = append(all, *p.PolicyArn)
	}
	return all
}

// role makes one, if it is not there.
func (s stage) role(name string) {
	s.Helper()
	client := iam.NewFromConfig(s.cfg)
	if _, err := client.GetRole(s.Context(), &iam.GetRoleInput{RoleName: &name}); err == nil {
		return
	}
	_, err := client.CreateRole(s.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(someTrust)})
	s.must(err)
}

// policy makes one, if it is not there, and returns its ARN.
func (s stage) policy(path, name string) string {
	s.Helper()
	client, arn := iam.NewFromConfig(s.cfg), fmt.Sprintf("arn:aws:iam::%s:policy%s%s", homeAccount, path, name)
	if _, err := client.GetPolicy(s.Context(), &iam.GetPolicyInput{PolicyArn: &arn}); err != nil {
		_, err := client.CreatePolicy(s.Context(), &iam.CreatePolicyInput{PolicyName: &name, Path: &path, PolicyDocument: aws.String(noRights)})
		s.must(err)
	}
	return arn
}

// trustOf returns a role's trust policy.
func (s stage) trustOf(role string) string {
	s.Helper()
	r, err := iam.NewFromConfig(s.cfg).GetRole(s.Context(), &iam.GetRoleInput{RoleName: &role})
	s.must(err)
	text, err := url.QueryUnescape(*r.Role.AssumeRolePolicyDocument)
	s.must(err)
	return text
}
