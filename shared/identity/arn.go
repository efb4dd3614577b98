package identity

import (
	"path"
	"strings"

	"curfew/shared/fault"
)

// principalARN is compiled when it is first needed: most functions take no ARN from a caller, and a start is not to wait for it.
var principalARN = fault.Pattern(`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]{1,512}$`)

// IsPrincipal reports whether a text is the ARN of an IAM role or user.
func IsPrincipal(arn string) bool { return principalARN().MatchString(arn) }

// PrincipalName is the name of a role or user without its path.
func PrincipalName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// MatchARN reports whether an ARN matches a pattern, part by part. The part after the account is matched with * for any run of
// characters but a slash, so that a pattern never reaches into a path that it does not show.
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
