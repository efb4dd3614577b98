// Package iam is [access.Cloud] on IAM.
//
//   - cloud.go knows names and looks at principals, attach.go attaches, read.go reads back and surveys, remove.go removes.
//   - principal.go has the calls that a role and a user have alike, call.go sends one call, clients.go has a client for each
//     account.
package iam

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamcall"
	"curfew/shared/onaws"
)

// Cloud is [access.Cloud] on IAM, in one account or many. It is safe for concurrent use.
//
// Whether a principal is marked for this installation and bounded is for IAM to enforce, in the policies of the functions:
// an attempt that they do not allow is Denied. Only protected principals, names that are not ours, and accounts that are
// not configured are refused before anything is sent.
//
// The calls of one elevation whose grant is inline, from Grant to ended, are eight, two of which write:
//
//	Look    GetRole                                           with RoomUnread
//	Attach  GetRole, PutRolePolicy
//	Read    GetRolePolicy
//	Remove  DeleteRolePolicy                                  it was there: no managed policy is looked for
//	Read    GetRolePolicy, ListAttachedRolePolicies, GetRole  all three are needed to say that nothing is there
type Cloud struct {
	// Name is the installation's name, as "curfew".
	Name string
	// Accounts are those where it may act.
	Accounts []string
	// Client gives the IAM of one of them.
	Client func(account string) Client
	// RoomUnread: Look does not read what is on a principal, and says that all of its quotas are free. It is for the
	// function that grants, right after a request for which the room was read: PutRolePolicy and AttachRolePolicy meet
	// the quotas themselves, with more certainty than any reading of them, and Attach says Quota.
	RoomUnread bool
	// Now is the clock that AttachBy is held against; nil: time.Now.
	Now func() time.Time
	// Jitter picks a wait below this bound before a call is repeated; nil: at random.
	Jitter func(time.Duration) time.Duration

	mu     sync.Mutex        // guards what follows
	quotas map[string]quotas // by account
}

var _ access.Cloud = (*Cloud)(nil)

// New makes the Cloud of an installation.
func New(cfg aws.Config, i onaws.InstallationConfig, c onaws.AccountsConfig) *Cloud {
	a := onaws.NewAccounts(cfg, c)
	return &Cloud{Name: i.Name, Accounts: a.IDs(), Client: newClients(a).of}
}

// maxParts is how many managed policies one grant may have.
const maxParts = 3

// elevationID is a lower-case ULID, perhaps behind the mark of a containment.
var elevationID = regexp.MustCompile(`^(q-)?[0-7][0-9a-hjkmnp-tv-z]{25}$`)

// ours reports whether a name is one of this installation's grants. It looks at the whole name: "curfew-two-<id>" belongs
// to an installation called curfew-two and is none of curfew's.
func (c *Cloud) ours(grant string) bool {
	id, ok := strings.CutPrefix(grant, c.Name+"-")
	return ok && elevationID.MatchString(id)
}

// path is where this installation's managed policies are.
func (c *Cloud) path() string { return "/" + c.Name + "/" }

// partName is the name of one managed policy of a grant, counted from 1.
func partName(grant string, n int) string { return fmt.Sprintf("%s-%d", grant, n) }

// part is the ARN of one managed policy of a grant.
func (c *Cloud) part(t target, grant string, n int) string {
	return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", t.Partition, t.Account, c.path(), partName(grant, n))
}

// grantOf is the grant that a managed policy belongs to, if it is one of ours.
func (c *Cloud) grantOf(policy string) (string, bool) {
	p, ok := iamcall.ParseARN(policy)
	if !ok || p.Kind != "policy" || p.Path != c.path() {
		return "", false
	}
	for n := range maxParts {
		if grant, ok := strings.CutSuffix(p.Name, partName("", n+1)); ok {
			return grant, c.ours(grant)
		}
	}
	return "", false
}

// admit refuses what nobody may ask of this port.
func (c *Cloud) admit(arn string) (target, error) {
	p, ok := iamcall.ParseARN(arn)
	switch {
	case !ok || p.Kind != "role" && p.Kind != "user":
		return target{}, fault.Errorf(fault.Invalid, "%q is no ARN of a role or user", arn)
	case p.Protected():
		return target{}, fault.Errorf(fault.Denied, "%s is protected: only AWS may change it", arn)
	case len(c.Accounts) == 0:
		return target{}, fault.Errorf(fault.Denied, "no account is set up yet in which %s may act: set accounts, and deploy both stacks", c.Name)
	case !slices.Contains(c.Accounts, p.Account):
		return target{}, fault.Errorf(fault.Denied, "account %s is none in which %s may act", p.Account, c.Name)
	}
	return target{ARN: p, arn: arn, iam: c.Client(p.Account)}, nil
}

func (c *Cloud) admitGrant(arn, grant string) (target, error) {
	t, err := c.admit(arn)
	if err == nil && !c.ours(grant) {
		err = fault.Errorf(fault.Invalid, "%q is no name of a grant of %s", grant, c.Name)
	}
	return t, err
}

// quotas of one account.
type quotas struct {
	readAt   time.Time
	inline   map[string]int // by kind of principal, in characters
	attached map[string]int
}
