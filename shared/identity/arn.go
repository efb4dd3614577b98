package identity

import (
	"path"
	"strings"

	"curfew/shared/fault"
)

var principalARN = fault.Pattern(`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]{1,512}$`)

func IsPrincipal(arn string) bool { return principalARN().MatchString(arn) }

// PrincipalName returns the name without path.
func PrincipalName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// SessionARN is a principal's ARN as its calls name it: STS omits a role's path.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func SessionARN(arn string) string {
	before, _, role := strings.Cut(arn, ":role/")
	if !role {
		return arn
	}
	return before + ":role/" + PrincipalName(arn)
}

// MatchARN matches part by part. "*" does not match a slash: a pattern covers no path that it does not show.
func MatchARN(pattern, arn string) bool {
	p, a := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(p) != 6 || len(a) != 6 {
		return false
	}
	for i := range p {
		if ok, err := path.Match(p[i], a[i]); err != nil || !ok {
			return false
		}
	}
	return true
}
