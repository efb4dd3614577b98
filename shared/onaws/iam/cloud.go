// Package iam is [access.Cloud] on IAM.
//
//   - cloud.go: names; look.go: principals; attach.go, read.go, remove.go
//   - principal.go: calls for roles and users alike; call.go: one call; clients.go: a client for each account
package iam

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/onaws"
)

// Cloud is [access.Cloud] on IAM, in one or more accounts. It is safe for concurrent use.
//
// IAM enforces, by the functions' policies, that a principal is marked and bounded: other attempts are Denied. Cloud
// itself refuses only protected principals and foreign names.
//
// An elevation with an inline grant needs eight calls from Grant to ended:
//
//	Look    GetRole                                           with RoomUnread
//	Attach  GetRole, PutRolePolicy
//	Read    GetRolePolicy
//	Remove  DeleteRolePolicy                                  found: managed policies are not looked for
//	Read    GetRolePolicy, ListAttachedRolePolicies, GetRole  all three prove absence
type Cloud struct {
	// Name is the installation's name, such as "curfew".
	Name string
	// Client returns an account's IAM; nil: the function may not enter the account.
	Client func(account string) Client
	// RoomUnread: Look reports all quotas as free, without reading policies. The function grant uses it: the request
	// checked them, and IAM enforces them (Attach returns Quota).
	RoomUnread bool
	// Now is compared with AttachBy; nil: time.Now.
	Now func() time.Time
	// Jitter picks a wait below the bound before a retry; nil: at random.
	Jitter func(time.Duration) time.Duration

	mu     sync.Mutex        // guards quotas
	quotas map[string]quotas // by account
}

var _ access.Cloud = (*Cloud)(nil)

// New returns the Cloud of an installation.
func New(i onaws.InstallationConfig, in *onaws.Accounts) *Cloud {
	return &Cloud{Name: i.Name, Client: newClients(in).client}
}

// maxParts limits the managed policies of a grant.
const maxParts = 3

// elevationID matches a lower-case ULID, with "q-" before a containment's.
var elevationID = fault.Pattern(`^(q-)?[0-7][0-9a-hjkmnp-tv-z]{25}$`)

// isOurs reports whether a grant is this installation's. It matches the whole name: "curfew-two-<id>" belongs to
// installation curfew-two.
func (c *Cloud) isOurs(grant string) bool {
	id, ok := strings.CutPrefix(grant, c.Name+"-")
	return ok && elevationID().MatchString(id)
}

func (c *Cloud) path() string { return "/" + c.Name + "/" }

// partName names a grant's managed policy n, from 1.
func partName(grant string, n int) string { return fmt.Sprintf("%s-%d", grant, n) }

func (c *Cloud) part(t target, grant string, n int) string {
	return fmt.Sprintf("arn:%s:iam::%s:policy%s%s", t.Partition, t.Account, c.path(), partName(grant, n))
}

// grantOf returns the grant of a managed policy, if ours.
func (c *Cloud) grantOf(policy string) (string, bool) {
	p, ok := iamarn.Parse(policy)
	if !ok || p.Kind != "policy" || p.Path != c.path() {
		return "", false
	}
	for n := range maxParts {
		if grant, ok := strings.CutSuffix(p.Name, partName("", n+1)); ok {
			return grant, c.isOurs(grant)
		}
	}
	return "", false
}

// checkPrincipal refuses what no caller may ask.
func (c *Cloud) checkPrincipal(arn string) (target, error) {
	p, ok := iamarn.Parse(arn)
	switch {
	case !ok || p.Kind != "role" && p.Kind != "user":
		return target{}, fault.Errorf(fault.Invalid, "%q is not the ARN of a role or user", arn)
	case p.Protected():
		return target{}, fault.Errorf(fault.Denied, "%s is protected: only AWS may change it", arn)
	}
	client, err := c.enter(p.Account)
	return target{ARN: p, arn: arn, iam: client}, err
}

func (c *Cloud) enter(account string) (Client, error) {
	client := c.Client(account)
	if client == nil {
		return nil, fault.Errorf(fault.Denied, "%s may not act in account %s: set orgId to the organization's id and deploy both stacks", c.Name, account)
	}
	return client, nil
}

func (c *Cloud) checkGrant(arn, grant string) (target, error) {
	t, err := c.checkPrincipal(arn)
	if err == nil && !c.isOurs(grant) {
		err = fault.Errorf(fault.Invalid, "%q is not the name of a grant of %s", grant, c.Name)
	}
	return t, err
}

type quotas struct {
	readAt   time.Time
	inline   map[string]int // by kind of principal, in characters
	attached map[string]int
}
