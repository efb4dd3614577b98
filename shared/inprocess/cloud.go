package inprocess

import (
	"context"
	"errors"
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

// surveyPage is how many principals one page of Survey looks at.
const surveyPage = 100

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

// Look is [access.Cloud.Look].
func (c *Cloud) Look(ctx context.Context, arn string) (access.Sight, error) {
	parts, err := c.admit(arn)
	if err != nil {
		return access.Sight{}, err
	}
	p, err := c.read(ctx, parts, arn)
	if err != nil {
		return access.Sight{}, err
	}
	inline, attached := p.room()
	return access.Sight{
		Principal: access.Principal{ARN: p.arn, ID: p.id, Account: parts.Account},
		Managed:   c.tagged(p), Boundary: p.boundary, Trust: p.trust,
		Room: access.Room{Inline: inline, Attached: attached},
	}, nil
}

// read gets a principal with all that is on it, as lagging reads show it.
func (c *Cloud) read(ctx context.Context, parts iamcall.ARN, arn string) (p *principal, err error) {
	err = c.send(ctx, parts.Action("Get", ""), time.Time{}, nil, func() error {
		var err error
		p, err = c.IAM.get(arn, true)
		return err
	})
	return p, err
}

// Attach is [access.Cloud.Attach]. An inline policy of this name and other content is replaced; a managed one is a
// Conflict.
func (c *Cloud) Attach(ctx context.Context, g access.Grant) error {
	parts, err := c.admitGrant(g.Principal.ARN, g.Name)
	if err != nil {
		return err
	}
	if n := len(g.Documents); n < 1 || n > maxParts || g.Form == access.Inline && n > 1 {
		return fault.Errorf(fault.Invalid, "a grant in form %s of %d documents", g.Form, n)
	}
	var p *principal
	err = c.send(ctx, parts.Action("Get", ""), g.AttachBy, nil, func() error {
		var err error
		p, err = c.IAM.get(g.Principal.ARN, false)
		return err
	})
	if err != nil {
		return err
	}
	if p.id != g.Principal.ID {
		return fault.Errorf(fault.Conflict, "%s is %s, not %s: it was made anew", p.arn, p.id, g.Principal.ID)
	}
	switch g.Form {
	case access.Inline:
		return c.send(ctx, parts.Action("Put", "Policy"), g.AttachBy, nil, func() error {
			return c.IAM.putInline(p.arn, g.Name, g.Documents[0], c.mayAdd)
		})
	case access.Managed:
		return c.attachManaged(ctx, parts, g)
	}
	return fault.Errorf(fault.Invalid, "there is no form %q", g.Form)
}

// attachManaged makes all parts before it attaches any, and attaches them in their order: the Denies of a policy are in
// its first parts, so that no Allow is ever there without them.
func (c *Cloud) attachManaged(ctx context.Context, parts iamcall.ARN, g access.Grant) error {
	for i, text := range g.Documents {
		policy := c.part(parts.Account, g.Name, i+1)
		err := c.send(ctx, "iam:CreatePolicy", g.AttachBy, nil, func() error { return c.IAM.createPolicy(policy, text) })
		if fault.KindOf(err) == fault.Conflict {
			err = c.same(ctx, policy, text, g.AttachBy)
		}
		if err != nil {
			return err
		}
	}
	for i := range g.Documents {
		err := c.send(ctx, parts.Action("Attach", "Policy"), g.AttachBy, nil, func() error {
			return c.IAM.attach(g.Principal.ARN, c.part(parts.Account, g.Name, i+1), c.mayAdd)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// same is nil if the policy that is there already says just this.
func (c *Cloud) same(ctx context.Context, policy string, text string, by time.Time) error {
	return c.send(ctx, "iam:GetPolicyVersion", by, nil, func() error {
		m, err := c.IAM.getPolicy(policy)
		if err == nil && m.document.text != text {
			err = apiErrorf("EntityAlreadyExists", "policy %s says something else", policy)
		}
		return err
	})
}

// Read is [access.Cloud.Read].
func (c *Cloud) Read(ctx context.Context, p access.Principal, grant string) ([]string, error) {
	parts, err := c.admitGrant(p.ARN, grant)
	if err != nil {
		return nil, err
	}
	found, err := c.read(ctx, parts, p.ARN)
	if err != nil {
		return nil, err
	}
	if p.ID != "" && p.ID != found.id {
		return nil, fault.Errorf(fault.NotFound, "%s is %s, not %s: it was made anew", p.ARN, found.id, p.ID)
	}
	return c.IAM.documents(found, c, grant), nil
}

// documents are those of one of our grants on a principal.
func (w *IAM) documents(p *principal, c *Cloud, grant string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.found(p, c) {
		if f.Grant == grant {
			return slices.Clone(f.Documents)
		}
	}
	return nil
}

// gather is our grants on a principal: the documents by name.
func (w *controlPlane) gather(p *principal, c *Cloud) map[string][]string {
	var found map[string][]string
	add := func(grant string, d document) {
		if found == nil {
			found = map[string][]string{}
		}
		found[grant] = append(found[grant], d.text)
	}
	for n, d := range p.inline {
		if c.ours(n) {
			add(n, d)
		}
	}
	for _, arn := range slices.Sorted(slices.Values(p.attached)) {
		if grant, ok := c.grantOf(arn); ok {
			if m := w.policy(arn); m != nil {
				add(grant, m.document)
			}
		}
	}
	return found
}

// Survey is [access.Cloud.Survey]. A page looks at 100 principals, whether they bear a policy of ours or not.
func (c *Cloud) Survey(ctx context.Context, after string) (access.Survey, error) {
	var page access.Survey
	err := c.send(ctx, "iam:GetAccountAuthorizationDetails", time.Time{}, nil, func() error {
		page = c.IAM.survey(c, after)
		return nil
	})
	return page, err
}

func (w *controlPlane) survey(c *Cloud, after string) access.Survey {
	at := w.settings.Now()
	if w.settings.StaleReads != nil {
		at = at.Add(-w.settings.StaleReads())
	}
	var page access.Survey
	for i, t := range w.inOrder(after) {
		if i == surveyPage {
			return page
		}
		page.Next = t.slot
		if p := t.asOf(at); p != nil {
			for _, f := range w.found(p, c) {
				f.Documents = slices.Clone(f.Documents)
				page.Grants = append(page.Grants, f)
			}
		}
	}
	page.Next = ""
	return page
}

// Grants gives every grant of ours in the control plane, as it is now, for the checker of the invariants.
func (c *Cloud) Grants() []access.Found {
	w := c.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []access.Found
	for _, t := range w.inOrder("") {
		if p := t.now(); p != nil {
			all = append(all, w.found(p, c)...)
		}
	}
	return all
}

// errOver is why nothing is sent any more.
var errOver = errors.New("the last instant to attach has passed")
