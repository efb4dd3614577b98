package trail

import (
	"strings"

	"curfew/shared/iamdata"
)

// deniedCall reads the call from the message of a denied event:
//
//	User: ARN is not authorized to perform: ec2:GetPasswordData on resource: ARN because no identity-based policy allows …
//
// Names of principals and sessions have no spaces, so they cannot contain these words. An event of one service may be
// denied for an action of another.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func deniedCall(r *Record) (Call, bool) {
	_, rest, ok := strings.Cut(r.Message, " is not authorized to perform: ")
	if !ok {
		return Call{}, false
	}
	action, rest, _ := strings.Cut(rest, " ")
	service, name, _ := strings.Cut(strings.TrimRight(action, ".,"), ":")
	a, ok := iamdata.Lookup(service, name)
	if !ok {
		return Call{}, false
	}
	c := Call{Action: a.Service + ":" + a.Name}
	if len(a.Resources) == 0 {
		c.Resource = "*"
		return c, true
	}
	if arn, ok := strings.CutPrefix(rest, "on resource: "); ok {
		c.Resource = deniedResource(arn)
	}
	return c, true
}

// deniedResource is the resource at the start of s; empty: none, or a pattern. EC2 says "instance/*" if it did not look
// for the instance. The last match counts: the key of an object may contain the same words.
func deniedResource(s string) string {
	for _, reason := range [...]string{". Encoded authorization failure message: ", " because ", " with an explicit deny"} {
		if at := strings.LastIndex(s, reason); at >= 0 {
			s = s[:at]
		}
	}
	if strings.ContainsAny(s, "*?\n") || !strings.HasPrefix(s, "arn:") {
		return ""
	}
	return s
}
