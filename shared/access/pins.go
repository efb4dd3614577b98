package access

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// This file says whether a role's trust policy pins what a grant is bound to: the session's name or its source identity.

// Pin is what one statement of a trust policy, by which the role can be assumed, says of the bound key.
type Pin struct {
	Statement string // as "statement 2 (Engineers)": counted from one, with its Sid
	Value     string // the one value that its conditions leave; empty: the service makes it, or it is open
	Open      string // why somebody can choose the value; empty: it is pinned
}

// Pins gives a pin for every statement that lets somebody assume the role. A statement that allows only sts:TagSession or
// sts:SetSourceIdentity lets no caller in. A Deny is passed over as well: it can narrow a choice, but one with a variable that
// a caller does not have, as ${aws:username} of a role, denies that caller nothing.
func Pins(trust string, bind Bind) ([]Pin, error) {
	doc, err := iampolicy.ParseTrust([]byte(trust))
	if err != nil {
		return nil, err
	}
	var all []Pin
	for i, st := range doc.Statements {
		if st.Effect != iampolicy.Allow || !slices.ContainsFunc(assumes(), st.Covers) {
			continue
		}
		p := Pin{Statement: fmt.Sprintf("statement %d", i+1)}
		if st.Sid != "" {
			p.Statement += " (" + st.Sid + ")"
		}
		value, pinned := pinnedValue(st, bind.key())
		if pinned {
			p.Value = value
		} else {
			p.Open = open(st, bind)
		}
		all = append(all, p)
	}
	return all, nil
}

// pinned reports whether no caller can choose the bound value: every statement by which the role can be assumed pins it.
// A policy that is not understood, or by which nobody can assume the role, pins nothing.
func pinned(bind Bind, trust string) bool {
	if bind.key() == "" { // an endpoint is not a name, and without a binding there is nothing to pin
		return true
	}
	all, err := Pins(trust, bind)
	return err == nil && len(all) > 0 && !slices.ContainsFunc(all, func(p Pin) bool { return p.Open != "" })
}

// key is the condition key that a request to assume the role has the bound value under.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
func (b Bind) key() string {
	switch b {
	case BindUserID:
		return "sts:RoleSessionName"
	case BindSourceIdentity:
		return "sts:SourceIdentity"
	}
	return ""
}

// assumes are the actions by which a trust policy lets somebody assume the role. With each of them the caller, or the
// configuration of the identity provider, gives the session's name.
func assumes() []string {
	return []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
}

// namingServices are the services that make the names of their sessions from ids of their own, which differ from session to
// session and which no caller can choose. They set no source identity.
//
// Left out, so that a binding to their sessions is weak:
//   - rolesanywhere.amazonaws.com: the caller gives roleSessionName where the profile accepts it, and the certificate's
//     subject is the source identity. https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
//   - lambda.amazonaws.com: the name is the function's. Who may create a function with the role, in any Region, chooses it.
//   - backup.amazonaws.com, glue.amazonaws.com: one name for all jobs of the role (AWSBackup-<role>, GlueJobRunnerSession):
//     it tells no session from another.
//   - every other service, until its names were read in AWS's text or in records of CloudTrail.
func namingServices() []string {
	return []string{
		// The instance's id. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html (aws:userid)
		"ec2.amazonaws.com",
		// The task's id, a UUID or 32 hexadecimal digits: published records of CloudTrail, as of flaws2.cloud.
		"ecs-tasks.amazonaws.com",
		// eks-<cluster>-<pod>-<random UUID>. https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumedRoleUser.html
		"pods.eks.amazonaws.com",
		// AWSCodeBuild-<UUID of the build>: published error messages and records.
		"codebuild.amazonaws.com",
		// 32 random letters: published records of CloudTrail.
		"states.amazonaws.com",
	}
}

// open says why somebody can choose the value by a statement whose conditions do not pin it; empty: they cannot, because
// services assume the role that make the names themselves.
func open(st iampolicy.Statement, bind Bind) string {
	what := "the session's name"
	if bind == BindSourceIdentity {
		what = "the source identity"
	}
	services := len(st.Principals) > 0
	for _, p := range st.Principals {
		switch {
		case p.Type != "Service":
			services = false
		case !slices.Contains(namingServices(), p.Value):
			return "lets in " + p.Value + ", which is not known to make " + what + " itself"
		}
	}
	if services {
		return ""
	}
	return "lets its caller choose " + what
}

// pinnedValue gives the value that a statement's conditions leave no choice of for the key, if there is one: one value,
// without a wildcard, in which at most the name or a tag of the caller is filled in. A list is a choice, and
// a key of the request is the caller's own word.
func pinnedValue(st iampolicy.Statement, key string) (value string, ok bool) {
	for _, c := range st.Conditions {
		if !strings.EqualFold(c.Key, key) || len(c.Values) != 1 || !fixed(c.Values[0]) {
			continue
		}
		switch strings.ToLower(c.Operator) {
		case "stringequals", "stringlike", "stringequalsignorecase":
			return c.Values[0], true
		}
	}
	return "", false
}

// fixed reports whether a value leaves its reader no choice.
func fixed(v string) bool {
	for {
		before, rest, found := strings.Cut(v, "${")
		if strings.ContainsAny(before, "*?") {
			return false
		}
		if !found {
			return true
		}
		name, after, closed := strings.Cut(rest, "}")
		lower := strings.ToLower(name)
		// After a comma a variable has a default value, for a caller without the key: '*' there lets them choose any.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-default-values
		if !closed || strings.Contains(name, ",") || lower != "aws:username" && lower != "saml:sub" && !strings.HasPrefix(lower, "aws:principaltag/") {
			return false
		}
		v = after
	}
}
