package iamcall

import "strings"

type ARN struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"
	Account   string
	Kind      string // "role", "user", "policy" or "group"
	Path      string // begins and ends with a slash
	Name      string
}

// ParseARN accepts IAM resources of an account.
func ParseARN(arn string) (a ARN, ok bool) {
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

// Protected reports whether only AWS may change the role.
func (a ARN) Protected() bool {
	return strings.HasPrefix(a.Path, "/aws-service-role/") || strings.HasPrefix(a.Path, "/aws-reserved/") ||
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
