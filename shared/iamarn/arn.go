// Package iamarn takes ARNs of IAM apart. It imports the standard library alone, so every package may use it.
package iamarn

import "strings"

type ARN struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"
	Account   string
	Kind      string // "role", "user", "policy" or "group"
	Path      string // begins and ends with a slash
	Name      string
}

// Parse accepts IAM resources of an account.
func Parse(arn string) (a ARN, ok bool) {
	var f [5]string // no allocation: simulations call it often
	resource := arn
	for i := range f {
		f[i], resource, _ = strings.Cut(resource, ":")
	}
	if f[0] != "arn" || f[2] != "iam" || f[4] == "" {
		return ARN{}, false
	}
	kind, rest, ok := strings.Cut(resource, "/")
	at := strings.LastIndexByte(rest, '/') + 1
	if !ok || rest[at:] == "" {
		return ARN{}, false
	}
	return ARN{Partition: f[1], Account: f[4], Kind: kind, Path: "/" + rest[:at], Name: rest[at:]}, true
}

// IsAccount reports whether it is the id of an account: 12 digits.
func IsAccount(id string) bool {
	return len(id) == 12 && strings.Trim(id, "0123456789") == ""
}

// ServiceLinked reports whether it is a role that only an AWS service may assume, under the path that IAM reserves for such roles.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
func (a ARN) ServiceLinked() bool {
	return a.Kind == "role" && strings.HasPrefix(a.Path, "/aws-service-role/")
}

// IsServiceLinked is [ARN.ServiceLinked] of an ARN.
func IsServiceLinked(arn string) bool {
	a, ok := Parse(arn)
	return ok && a.ServiceLinked()
}

// Protected reports whether only AWS may change the role.
func (a ARN) Protected() bool {
	return a.ServiceLinked() || strings.HasPrefix(a.Path, "/aws-reserved/") ||
		strings.HasPrefix(a.Name, "AWSReservedSSO_")
}

// Action("Put", "Policy") of a role is "iam:PutRolePolicy".
func (a ARN) Action(before, after string) string {
	return "iam:" + before + strings.ToUpper(a.Kind[:1]) + a.Kind[1:] + after
}

// Matches ignores case, as IAM does.
func (a ARN) Matches(kind, name string) bool {
	return a.Kind == kind && strings.EqualFold(a.Name, name)
}
