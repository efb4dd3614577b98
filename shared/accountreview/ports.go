package accountreview

import (
	"context"

	"curfew/shared/authdetails"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/standing"
	"curfew/shared/trail"
)

// Reader reads accounts.
type Reader interface {
	// Details returns all users, roles and groups of an account, and the managed policies that they use, with their documents. It
	// returns all or an error, never a part. The details may be seconds old, and changes during the reading may be missing.
	// Denied: the account may not be entered. Transient: retry.
	Details(ctx context.Context, account string) (*authdetails.Details, error)
	// Accessed returns IAM's last-accessed data of at most [MostAccessed] roles and users of an account, by ARN. One that is missing
	// in the answer does not exist any more, may not be read, or IAM could not make its data. An action that is missing is not
	// tracked; one with a zero time was not used in the tracking period. Invalid: more, or of other accounts. Denied: no data may
	// be read. Transient: retry.
	Accessed(ctx context.Context, account string, arns []string) (map[string]*standing.Accessed, error)
}

// MostAccessed is how many principals one call of [Reader.Accessed] takes.
const MostAccessed = 20

// Use returns what was recorded of the use of a principal's own policies, by its unique id. Nil: nothing was recorded.
type Use func(ctx context.Context, account, id string) (*trail.Usage, error)

// Queue brings messages to [Service.Handle].
type Queue interface {
	// Send adds a message. It arrives at least once, in any order. Transient: it may have been added; send it again.
	Send(ctx context.Context, body string) error
}

// CheckAccessed returns Invalid for what [Reader.Accessed] does not take.
func CheckAccessed(account string, arns []string) error {
	if len(arns) > MostAccessed {
		return fault.Errorf(fault.Invalid, "last-accessed data of %d principals at once: at most %d", len(arns), MostAccessed)
	}
	for _, arn := range arns {
		if a, ok := iamarn.Parse(arn); !ok || a.Account != account || a.Kind != "role" && a.Kind != "user" {
			return fault.Errorf(fault.Invalid, "%s is no role or user of account %s", fault.Printable(arn), account)
		}
	}
	return nil
}
