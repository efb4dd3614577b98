package iam

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/onaws"
)

// maxTries is how often a call is sent that has no last instant.
const maxTries = 5

// callLog gathers the calls of one method, for the receipt.
type callLog []access.Call

func (l *callLog) add(action string, at time.Time, outcome string) {
	if l != nil {
		*l = append(*l, access.Call{Action: action, At: access.Instant(at), Outcome: outcome})
	}
}

// send makes one call to IAM, and again while IAM says that it is only busy: until by if there is one, else a few times.
// The SDK sends each of them once: here alone is decided whether to try again, so that nothing is sent after by. What is
// still under way then is cut off; it may have taken effect. The error has its kind; Over: by has passed.
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *callLog, do func(context.Context) error) error {
	for try := 1; ; try++ {
		if ctx.Err() != nil {
			return access.Errorf(access.Transient, "%s: not sent: %w", action, context.Cause(ctx))
		}
		now := c.now()
		if !by.IsZero() && !now.Before(by) {
			return access.Errorf(access.Over, "%s: the last instant to attach has passed", action)
		}
		err := sendOnce(ctx, tryFor(action), by, now, do)
		l.add(action, now, outcome(err))
		if err == nil {
			return nil
		}
		if !busy(err) || by.IsZero() && try == maxTries {
			return &access.Error{Kind: kindOf(err), Text: action + ": " + err.Error(), Err: err}
		}
		if err := onaws.Pause(ctx, c.jitter(onaws.Backoff(try))); err != nil {
			return err
		}
	}
}

// reservedTime is what a function keeps of its own time to say what became of it: an IAM that hangs must not take from it that
// an end is overdue.
const reservedTime = 5 * time.Second

// tryFor is how long one call may take. A page of a survey is large.
func tryFor(action string) time.Duration {
	if action == "iam:GetAccountAuthorizationDetails" {
		return 30 * time.Second
	}
	return 5 * time.Second
}

// sendOnce gives a call up that hangs: after its time, at by, or before the function's own time is over.
func sendOnce(ctx context.Context, most time.Duration, by, now time.Time, do func(context.Context) error) error {
	if !by.IsZero() {
		most = min(most, by.Sub(now))
	}
	if end, ok := ctx.Deadline(); ok {
		most = min(most, time.Until(end)-reservedTime)
	}
	if most <= 0 {
		return errNoTime
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return do(ctx)
}

var errNoTime = access.Errorf(access.Transient, "not sent: the function's time is nearly over")

func (c *Cloud) now() time.Time {
	if c.Now != nil {
		return c.Now()
	}
	return time.Now()
}

func (c *Cloud) jitter(below time.Duration) time.Duration {
	if c.Jitter != nil {
		return c.Jitter(below)
	}
	return rand.N(below)
}

// outcome is what the receipt says of one call.
func outcome(err error) string {
	switch {
	case err == nil:
		return "done"
	case kindOf(err) == access.NotFound:
		return "not there"
	}
	return string(kindOf(err))
}

// busy: the same call may succeed in a moment. An answer that never came is such a case: every call here may be repeated.
// ConcurrentModification is not in the model of most calls of IAM, and comes all the same.
func busy(err error) bool {
	if _, ours := errors.AsType[*access.Error](err); ours {
		return false // an answer that was not understood
	}
	switch onaws.ErrorCode(err) {
	case "Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "ConcurrentModification",
		"ServiceFailure", "ServiceUnavailable", "InternalFailure", "InternalError", "EntityTemporarilyUnmodifiable":
		return true
	case "":
		return true
	}
	return false
}

// kindOf says what an error of IAM means to the domain. LimitExceeded is a full quota and never a rate.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html#API_PutRolePolicy_Errors
func kindOf(err error) access.Kind {
	if e, ours := errors.AsType[*access.Error](err); ours {
		return e.Kind
	}
	switch onaws.ErrorCode(err) {
	case "NoSuchEntity":
		return access.NotFound
	case "LimitExceeded":
		return access.Quota
	case "AccessDenied", "AccessDeniedException", "UnmodifiableEntity":
		return access.Denied
	case "MalformedPolicyDocument", "InvalidInput", "ValidationError", "PolicyNotAttachable":
		return access.Invalid
	case "EntityAlreadyExists":
		return access.Conflict
	}
	return access.Transient
}

// unless is err, but nil if it is of this kind.
func unless(err error, kind access.Kind) error {
	if access.KindOf(err) == kind {
		return nil
	}
	return err
}

// arnParts is an ARN of IAM taken apart.
type arnParts struct {
	partition string // "aws", "aws-cn", "aws-us-gov"
	account   string
	kind      string // "role", "user", "policy" or "group"
	path      string // with a slash at both ends
	name      string
}

func parseARN(arn string) (arnParts, bool) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] != "iam" || f[4] == "" {
		return arnParts{}, false
	}
	kind, rest, ok := strings.Cut(f[5], "/")
	at := strings.LastIndexByte(rest, '/') + 1
	if !ok || rest[at:] == "" {
		return arnParts{}, false
	}
	return arnParts{partition: f[1], account: f[4], kind: kind, path: "/" + rest[:at], name: rest[at:]}, true
}

// protected: only AWS itself may change such a role.
func (p arnParts) protected() bool {
	return strings.HasPrefix(p.path, "/aws-service-role/") || strings.HasPrefix(p.path, "/aws-reserved/") ||
		strings.HasPrefix(p.name, "AWSReservedSSO_")
}

// verb is the action's name for this kind of principal: verb("Put", "Policy") is "iam:PutRolePolicy".
func (p arnParts) verb(before, after string) string {
	return "iam:" + before + strings.ToUpper(p.kind[:1]) + p.kind[1:] + after
}

// is reports whether this is the principal of that kind and name. IAM holds names to be equal whatever their case.
func (p arnParts) is(kind, name string) bool {
	return p.kind == kind && strings.EqualFold(p.name, name)
}

// document decodes a policy as IAM gives it back: percent-encoded by RFC 3986, in which a plus sign is a plus sign.
func document(encoded string) (string, error) {
	text, err := url.PathUnescape(encoded)
	if err != nil {
		return "", access.Errorf(access.Internal, "a policy that is not encoded as IAM does: %w", err)
	}
	return text, nil
}
