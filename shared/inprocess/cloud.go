package inprocess

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iamcall"
)

// Cloud is [access.Cloud] over an [IAM], for one installation. Its permissions are those of the deployed functions: to
// add it needs the installation's tag and an accepted boundary on the principal, to remove either of the two.
type Cloud struct {
	IAM *IAM
	// Name is the installation's name, as "curfew".
	Name string
	// Boundaries are the ARNs of the accepted permissions boundaries.
	Boundaries []string
	// Jitter picks a wait below this bound before a call is repeated; nil: at random.
	Jitter func(time.Duration) time.Duration
}

var _ access.Cloud = (*Cloud)(nil)

// maxParts is how many managed policies one grant may have.
const maxParts = 3

// ours reports whether a name is one of this installation's grants: a lower-case ULID behind the installation's name,
// perhaps behind the mark of a containment. It looks at the whole name: "curfew-two-<id>" belongs to an installation
// called curfew-two and is none of curfew's.
func (c *Cloud) ours(grant string) bool {
	id, ok := strings.CutPrefix(grant, c.Name)
	if !ok {
		return false
	}
	if id, ok = strings.CutPrefix(id, "-"); !ok {
		return false
	}
	return access.ValidID(strings.TrimPrefix(id, "q-"))
}

// part is the ARN of one managed policy of a grant, counted from 1.
func (c *Cloud) part(account, grant string, n int) string {
	return "arn:aws:iam::" + account + ":policy/" + c.Name + "/" + grant + "-" + strconv.Itoa(n)
}

// grantOf is the grant that a managed policy belongs to, if it is one of ours.
func (c *Cloud) grantOf(policy string) (string, bool) {
	p, ok := iamcall.ParseARN(policy)
	if !ok || p.Kind != "policy" || p.Path != "/"+c.Name+"/" {
		return "", false
	}
	at := strings.LastIndexByte(p.Name, '-')
	if at < 0 || !slices.Contains([]string{"-1", "-2", "-3"}, p.Name[at:]) || !c.ours(p.Name[:at]) {
		return "", false
	}
	return p.Name[:at], true
}

// mayAdd and mayRemove are the conditions in the policies of the functions grant and revoke.
func (c *Cloud) mayAdd(p *principal) bool { return c.tagged(p) && c.bounded(p) }

func (c *Cloud) mayRemove(p *principal) bool { return c.tagged(p) || c.bounded(p) }

func (c *Cloud) tagged(p *principal) bool { return access.Marked(p.tags, c.Name) }

func (c *Cloud) bounded(p *principal) bool { return slices.Contains(c.Boundaries, p.boundary) }

// admit refuses what nobody may ask of this port.
func (c *Cloud) admit(arn string) (iamcall.ARN, error) {
	p, ok := iamcall.ParseARN(arn)
	if !ok || p.Kind != "role" && p.Kind != "user" {
		return p, fault.Errorf(fault.Invalid, "%q is no ARN of a role or user", arn)
	}
	if p.Protected() {
		return p, fault.Errorf(fault.Denied, "%s is protected: only AWS may change it", arn)
	}
	if !c.IAM.knows(p.Account) {
		return p, fault.Errorf(fault.Denied, "account %s is none in which %s may act", p.Account, c.Name)
	}
	return p, nil
}

func (c *Cloud) admitGrant(arn, grant string) (iamcall.ARN, error) {
	p, err := c.admit(arn)
	if err == nil && !c.ours(grant) {
		err = fault.Errorf(fault.Invalid, "%q is no name of a grant of %s", grant, c.Name)
	}
	return p, err
}

func (w *IAM) knows(account string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.accounts[account] != nil
}

// errOver is why nothing is sent any more.
var errOver = errors.New("the last instant to attach has passed")

// Waits between the tries of one call: random below a bound that doubles.
const (
	firstWait = 100 * time.Millisecond
	longest   = 2 * time.Second
	tries     = 5 // of a call that has no last instant
)

// send makes one call to AWS, and again while AWS says that it is only busy: until by if there is one, which is Over, else
// a few times. The error has its kind.
func (c *Cloud) send(ctx context.Context, action string, by time.Time, l *iamcall.Log, do func() error) error {
	for try := 1; ; try++ {
		if err := alive(ctx); err != nil {
			return err
		}
		now := c.IAM.now()
		if !by.IsZero() && now.After(by) {
			return &fault.Error{Kind: fault.Over, Text: action + ": " + errOver.Error(), Err: errOver}
		}
		err := c.IAM.call(action, do)
		l.Add(action, now, kindOf(err))
		if err == nil {
			return nil
		}
		if !iamcall.Busy(codeOf(err)) || by.IsZero() && try == tries {
			return &fault.Error{Kind: kindOf(err), Text: action + ": " + err.Error(), Err: err}
		}
		if err := wait(ctx, c.jitter(min(firstWait<<min(try-1, 10), longest))); err != nil {
			return err
		}
	}
}

func (c *Cloud) jitter(below time.Duration) time.Duration {
	if c.Jitter != nil {
		return c.Jitter(below)
	}
	return rand.N(below)
}

// wait until d has passed, or nobody waits for the answer any more.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return alive(ctx)
	}
}

func (w *IAM) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.settings.Now()
}
