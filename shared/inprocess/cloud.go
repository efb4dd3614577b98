package inprocess

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
	"curfew/shared/iamcall"
)

// Cloud is [access.Cloud] over an [IAM], for one installation. It has the permissions of the deployed functions: Attach
// needs tag and accepted boundary on the principal, Remove one of the two.
type Cloud struct {
	IAM *IAM
	// Name is the installation's name, such as "curfew".
	Name string
	// Boundaries are ARNs of accepted permissions boundaries: see [access.Settings].
	Boundaries []string
	// Jitter picks the backoff below this bound; nil: random.
	Jitter func(time.Duration) time.Duration
}

var _ access.Cloud = (*Cloud)(nil)

const maxParts = 3

// isOurGrant reports whether a name is a grant of this installation: its name, an optional containment mark, a
// lower-case ULID. It compares the whole name: "curfew-two-<id>" belongs to the installation curfew-two, not to curfew.
func (c *Cloud) isOurGrant(grant string) bool {
	id, ok := strings.CutPrefix(grant, c.Name)
	if !ok {
		return false
	}
	if id, ok = strings.CutPrefix(id, "-"); !ok {
		return false
	}
	return access.ValidID(strings.TrimPrefix(id, "q-"))
}

// part is the ARN of a grant's n-th managed policy, from 1.
func (c *Cloud) part(account, grant string, n int) string {
	return "arn:aws:iam::" + account + ":policy/" + c.Name + "/" + grant + "-" + strconv.Itoa(n)
}

func (c *Cloud) grantOf(policy string) (string, bool) {
	p, ok := iamarn.Parse(policy)
	if !ok || p.Kind != "policy" || p.Path != "/"+c.Name+"/" {
		return "", false
	}
	at := strings.LastIndexByte(p.Name, '-')
	if at < 0 || !slices.Contains([]string{"-1", "-2", "-3"}, p.Name[at:]) || !c.isOurGrant(p.Name[:at]) {
		return "", false
	}
	return p.Name[:at], true
}

// mayAdd and mayRemove are the IAM conditions of the functions grant and revoke.
func (c *Cloud) mayAdd(p *principal) bool { return c.hasTag(p) && c.hasBoundary(p) }

func (c *Cloud) mayRemove(p *principal) bool { return c.hasTag(p) || c.hasBoundary(p) }

func (c *Cloud) hasTag(p *principal) bool { return access.Marked(p.tags, c.Name) }

func (c *Cloud) hasBoundary(p *principal) bool {
	parts, _ := iamarn.Parse(p.arn)
	return access.Settings{Boundaries: c.Boundaries}.AcceptsBoundary(p.boundary, parts.Account)
}

// admit refuses an ARN that no caller may use here.
func (c *Cloud) admit(arn string) (iamarn.ARN, error) {
	p, ok := iamarn.Parse(arn)
	if !ok || p.Kind != "role" && p.Kind != "user" {
		return p, fault.Errorf(fault.Invalid, "%q is not the ARN of a role or user", arn)
	}
	if p.Protected() {
		return p, fault.Errorf(fault.Denied, "%s is protected: only AWS may change it", arn)
	}
	if !c.IAM.hasAccount(p.Account) {
		return p, fault.Errorf(fault.Denied, "%s may not act in account %s", c.Name, p.Account)
	}
	return p, nil
}

func (c *Cloud) admitGrant(arn, grant string) (iamarn.ARN, error) {
	p, err := c.admit(arn)
	if err == nil && !c.isOurGrant(grant) {
		err = fault.Errorf(fault.Invalid, "%q is not the name of a grant of %s", grant, c.Name)
	}
	return p, err
}

func (w *IAM) hasAccount(account string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accounts[account] != nil
}

// send makes one call to AWS: see [iamcall.Sender.Send].
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *iamcall.Log, do func() error) error {
	s := iamcall.Sender{Now: c.IAM.now, Jitter: c.Jitter, Code: codeOf}
	return s.Send(ctx, action, by, l, func(context.Context, time.Time) error { return c.IAM.call(action, do) })
}

func (w *IAM) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings.Now()
}
