package access

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// This file decides whether a trust policy pins the session name or source identity.

// Pin is how one statement treats the bound key.
type Pin struct {
	Statement string // "statement 2 (Engineers)"
	Value     string // the only value; empty: made by a service, or open
	Open      string // why a caller can choose it; empty: pinned
}

// Pins returns a pin for each statement that allows assuming the role. It ignores Deny: a Deny with a variable that the
// caller lacks does not match.
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

// pinned reports whether every statement pins the value, and there is one.
func pinned(bind Bind, trust string) bool {
	if bind.key() == "" {
		return true
	}
	all, err := Pins(trust, bind)
	return err == nil && len(all) > 0 && !slices.ContainsFunc(all, func(p Pin) bool { return p.Open != "" })
}

// key returns the condition key of the bound value.
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

// In all these the caller or identity provider sets the session name.
func assumes() []string {
	return []string{"sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"}
}

// namingServices are the services that name sessions with unique ids, and set no source identity. Not among them:
//
//   - rolesanywhere.amazonaws.com: the caller gives the name, and the certificate's subject the source identity.
//     https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html
//   - lambda.amazonaws.com: the creator of the function chooses its name.
//   - backup.amazonaws.com, glue.amazonaws.com: one name for all jobs of a role.
//   - services without a confirmed name.
func namingServices() []string {
	return []string{
		// The instance id.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
		"ec2.amazonaws.com",
		// A task id: CloudTrail records (flaws2.cloud).
		"ecs-tasks.amazonaws.com",
		// eks-<cluster>-<pod>-<random UUID>. https://docs.aws.amazon.com/eks/latest/APIReference/API_auth_AssumedRoleUser.html
		"pods.eks.amazonaws.com",
		// AWSCodeBuild-<UUID>: published records.
		"codebuild.amazonaws.com",
		// 32 random letters: CloudTrail records.
		"states.amazonaws.com",
	}
}

// open returns why a caller can choose the value, or nothing.
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

// fixed allows no wildcard, and no variable but the caller's name or tag.
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
		// A default after a comma may be '*', for callers without the key.
		// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-default-values
		if !closed || strings.Contains(name, ",") || lower != "aws:username" && lower != "saml:sub" && !strings.HasPrefix(lower, "aws:principaltag/") {
			return false
		}
		v = after
	}
}
