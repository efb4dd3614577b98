package detection

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
)

// stoppable is a role whose policies its account may change: not one of Identity Center or of a service. Its text is safe in a shell.
var stoppable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/(?:[\w+=,.@-]+/)*([\w+=,.@-]+)$`)
})

// stopText is the command that stops a session of another role that the call opened and that outlives the caller's
// elevation; empty: none. Curfew may not make the call: the role need not be marked.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
func (e *Event) stopText() string {
	r := e.Record
	arn := r.Parameter("roleArn")
	role := stoppable().FindStringSubmatch(arn)
	if e.Elevation == nil || r.Source != "sts.amazonaws.com" || r.Name != "AssumeRole" || !e.allowed() || role == nil ||
		strings.Contains(arn, ":role/aws-reserved/") || strings.Contains(arn, ":role/aws-service-role/") || r.Time.IsZero() || !r.Expires().After(e.Elevation.Deadline) {
		return ""
	}
	before := r.Time.Add(time.Second).UTC()
	return fmt.Sprintf(` In account %s this stops the session, and all older ones of the role: aws iam put-role-policy --role-name '%s' --policy-name DenySessionsBefore-%s `+
		`--policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"DateLessThan":{"aws:TokenIssueTime":"%s"}}}]}'. `+
		`Delete the policy after %s, when the credentials have expired.`, role[1], role[2], before.Format("20060102T150405Z"), before.Format(time.RFC3339), r.Expires().UTC().Format(time.RFC3339))
}
