package iamcall

import "strings"

// ARN is an ARN of IAM taken apart.
type ARN struct {
	Partition string // "aws", "aws-cn", "aws-us-gov"
	Account   string
	Kind      string // "role", "user", "policy" or "group"
	Path      string // with a slash at both ends
	Name      string
}

// ParseARN takes an ARN apart; ok is false if it is none of IAM in an account.
func ParseARN(arn string) (a ARN, ok bool) {
	var f [5]string // an array, because every call in memory comes by here
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

// Protected reports whether only AWS itself may change such a role.
func (a ARN) Protected() bool {
	return strings.HasPrefix(a.Path, "/aws-service-role/") || strings.HasPrefix(a.Path, "/aws-reserved/") ||
		strings.HasPrefix(a.Name, "AWSReservedSSO_")
}

// Action is the action's name for this kind of principal: Action("Put", "Policy") is "iam:PutRolePolicy".
func (a ARN) Action(before, after string) string {
	return "iam:" + before + strings.ToUpper(a.Kind[:1]) + a.Kind[1:] + after
}

// Is reports whether this is the principal of that kind and name. IAM compares names without case.
func (a ARN) Is(kind, name string) bool {
	return a.Kind == kind && strings.EqualFold(a.Name, name)
}
