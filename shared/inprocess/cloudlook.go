package inprocess

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"
	"curfew/shared/baseline"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

const surveyPage = 100

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
	inline, attached := p.remainingQuota()
	return access.Sight{
		Principal: access.Principal{ARN: p.arn, ID: p.id, Account: parts.Account},
		Managed:   c.hasTag(p), Boundary: p.boundary, Trust: p.trust,
		Room: access.Room{Inline: inline, Attached: attached},
	}, nil
}

func (c *Cloud) read(ctx context.Context, parts iamarn.ARN, arn string) (p *principal, err error) {
	err = c.send(ctx, parts.Action("Get", ""), time.Time{}, nil, func() error {
		var err error
		p, err = c.IAM.get(arn, true)
		return err
	})
	return p, err
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
		return nil, fault.Errorf(fault.NotFound, "%s has the unique id %s, not %s: it was deleted and created again", p.ARN, found.id, p.ID)
	}
	return c.IAM.documents(found, c, grant), nil
}

// ReadOther is [access.Cloud.ReadOther].
func (c *Cloud) ReadOther(ctx context.Context, p access.Principal, policy string) (string, bool, error) {
	parts, err := c.admit(p.ARN)
	if err != nil {
		return "", false, err
	}
	found, err := c.read(ctx, parts, p.ARN)
	if err != nil {
		return "", false, fault.Unless(err, fault.NotFound)
	}
	d, there := found.inline[policy]
	return d.text, there || slices.Contains(found.attached, policy), nil
}

func (w *IAM) documents(p *principal, c *Cloud, grant string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.grantsOn(p, c) {
		if f.Grant == grant {
			return slices.Clone(f.Documents)
		}
	}
	return nil
}

func (w *controlPlane) gather(p *principal, c *Cloud) map[string][]string {
	var found map[string][]string
	add := func(grant string, d document) {
		if found == nil {
			found = map[string][]string{}
		}
		found[grant] = append(found[grant], d.text)
	}
	for n, d := range p.inline {
		if c.isOurGrant(n) {
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

// grantsOn returns our grants on a principal, sorted by name. The result is cached: do not change it.
func (w *controlPlane) grantsOn(p *principal, c *Cloud) []access.Found {
	if p.foundBy == c {
		return p.found
	}
	grants := w.gather(p, c)
	parts, _ := iamarn.Parse(p.arn)
	var all []access.Found
	for _, n := range slices.Sorted(maps.Keys(grants)) {
		all = append(all, access.Found{
			Principal: access.Principal{ARN: p.arn, ID: p.id, Account: parts.Account}, Grant: n, Documents: grants[n],
		})
	}
	if len(p.attached) == 0 { // a managed policy can change without a new version of the principal
		p.found, p.foundBy = all, c
	}
	return all
}

// Survey is [access.Cloud.Survey]. A page reads 100 principals, with or without a grant. The account's policies and
// groups are on its last page.
func (c *Cloud) Survey(ctx context.Context, account, after string) (access.Survey, error) {
	var page access.Survey
	err := c.send(ctx, "iam:GetAccountAuthorizationDetails", time.Time{}, nil, func() error {
		if c.IAM.accounts[account] == nil {
			return fault.Errorf(fault.Denied, "there is no account %s here", account)
		}
		page = c.IAM.survey(c, account, after)
		return nil
	})
	return page, err
}

func (w *controlPlane) survey(c *Cloud, account, after string) access.Survey {
	at := w.settings.Now()
	if w.settings.StaleReads != nil {
		at = at.Add(-w.settings.StaleReads())
	}
	page, prefix, next := access.Survey{Account: account, Last: true}, account+"/", ""
	for i, t := range w.inOrder(prefix + after) {
		slot, here := strings.CutPrefix(t.slot, prefix)
		if !here {
			break
		}
		if i == surveyPage {
			page.Next, page.Last = next, false
			return page
		}
		next = slot
		if p := t.asOf(at); p != nil {
			for _, f := range w.grantsOn(p, c) {
				f.Documents = slices.Clone(f.Documents)
				page.Grants = append(page.Grants, f)
			}
			if c.hasTag(p) {
				page.Own = append(page.Own, p.own.of(c.Name, func() baseline.Value { return p.value(c.Name, account) }))
			}
		}
	}
	page.Own = append(page.Own, w.policiesAndGroups(c.Name, account)...)
	return page
}

// Grants returns every grant of ours in the control plane, for the invariant checker.
func (c *Cloud) Grants() []access.Found {
	w := c.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []access.Found
	for _, t := range w.inOrder("") {
		if p := t.now(); p != nil {
			all = append(all, w.grantsOn(p, c)...)
		}
	}
	return all
}
