package authdetails

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// Collector makes Details of answers, page by page. The zero value is ready.
type Collector struct {
	Progress func(principals int) // may be nil

	texts      texts
	principals map[string]*draft // by ARN
	groups     map[string]*draft // by account and name in lower case
	policies   map[string]*Policy
	problems   []string
}

// draft is a principal or group: what it refers to may come with a later page.
type draft struct {
	principal Principal // of a group: ARN, Account, Attached and Policies alone
	groups    []string  // names
}

// Of is what answers say: for accounts that are made in memory.
func Of(answers ...Answer) *Details {
	c := &Collector{}
	for _, a := range answers {
		c.Add(a)
	}
	return c.Details()
}

// Add takes one page, in any order.
func (c *Collector) Add(a Answer) {
	for _, p := range a.Policies {
		c.policy(p)
	}
	for _, g := range a.GroupDetailList {
		c.group(g)
	}
	for _, r := range a.RoleDetailList {
		c.role(r)
	}
	for _, u := range a.UserDetailList {
		c.user(u)
	}
}

func (c *Collector) role(e Entity) {
	p := c.principal(e, e.RolePolicies)
	p.ID, p.Name = e.RoleID, cmp.Or(e.RoleName, nameOf(e.ARN))
	trust, err := c.texts.parse(string(e.Trust), true)
	if err != nil {
		p.TrustUnknown = "its trust policy cannot be read: " + err.Error()
		c.problem(e.ARN, p.TrustUnknown)
	}
	p.Trust, p.LastUsed = trust, e.LastUsed.At.Time
	for _, profile := range e.InstanceProfiles {
		p.InstanceProfiles = append(p.InstanceProfiles, profile.ARN)
	}
	c.keep(&draft{principal: p})
}

func (c *Collector) user(e Entity) {
	p := c.principal(e, e.UserPolicies)
	p.ID, p.Name, p.User = e.UserID, cmp.Or(e.UserName, nameOf(e.ARN)), true
	c.keep(&draft{principal: p, groups: e.GroupList})
}

func (c *Collector) principal(e Entity, inline []InlinePolicy) Principal {
	p := Principal{ARN: e.ARN, Account: accountOf(e.ARN), Path: e.Path, Created: e.CreateDate.Time, Boundary: e.Boundary.ARN}
	p.Policies.Identity, p.Unknown = c.inline(e.ARN, "", inline)
	for _, a := range e.Attached {
		p.Attached = append(p.Attached, a.ARN)
	}
	if len(e.Tags) > 0 {
		p.Tags = make(map[string]string, len(e.Tags))
	}
	for _, t := range e.Tags {
		p.Tags[t.Key] = t.Value
	}
	return p
}

func (c *Collector) inline(arn, of string, inline []InlinePolicy) (all []iampolicy.Named, unknown string) {
	for _, i := range inline {
		document, err := c.texts.parse(string(i.Document), false)
		if err != nil {
			why := fmt.Sprintf("its policy %q cannot be read: %v", i.Name, err)
			c.problem(arn, why)
			unknown = cmp.Or(unknown, why)
			continue
		}
		all = append(all, iampolicy.Named{Name: of + i.Name, Document: document})
	}
	return all, unknown
}

func (c *Collector) keep(d *draft) {
	if c.principals == nil {
		c.principals = map[string]*draft{}
	}
	arn := d.principal.ARN
	if c.principals[arn] != nil {
		c.problem(arn, "it is there twice: the later one counts")
	}
	c.principals[arn] = d
	if c.Progress != nil {
		c.Progress(len(c.principals))
	}
}

func (c *Collector) group(e GroupEntity) {
	name := cmp.Or(e.GroupName, nameOf(e.ARN))
	d := &draft{principal: Principal{ARN: e.ARN, Account: accountOf(e.ARN)}}
	d.principal.Policies.Identity, d.principal.Unknown = c.inline(e.ARN, "group "+name+": ", e.Policies)
	for _, a := range e.Attached {
		d.principal.Attached = append(d.principal.Attached, a.ARN)
	}
	if c.groups == nil {
		c.groups = map[string]*draft{}
	}
	c.groups[groupKey(d.principal.Account, name)] = d
}

// groupKey has the name in lower case: names are unique without case.
func groupKey(account, name string) string { return account + "/" + strings.ToLower(name) }

// policy keeps one of AWS, which comes with every account, once.
func (c *Collector) policy(m ManagedPolicy) {
	if c.policies == nil {
		c.policies = map[string]*Policy{}
	}
	p := c.policies[m.ARN]
	if p == nil {
		p = &Policy{ARN: m.ARN, Versions: map[string]*iampolicy.Document{}}
		c.policies[m.ARN] = p
	}
	p.Default = cmp.Or(m.DefaultVersion, p.Default)
	for _, v := range m.Versions {
		if v.Default && m.DefaultVersion == "" {
			p.Default = v.ID
		}
		document, err := c.texts.parse(string(v.Document), false)
		if err != nil {
			p.Unknown = fmt.Sprintf("its version %s cannot be read: %v", v.ID, err)
			c.problem(m.ARN, p.Unknown)
			continue
		}
		p.Versions[v.ID] = document
	}
}

const maxProblems = 10_000

func (c *Collector) problem(arn, why string) {
	if len(c.problems) < maxProblems {
		c.problems = append(c.problems, arn+": "+why)
	}
}

// Details resolves groups, attached policies and boundaries. The Collector must not be used afterwards.
func (c *Collector) Details() *Details {
	d := &Details{}
	for _, p := range c.policies {
		d.Policies = append(d.Policies, p)
	}
	groups := map[*draft]*Group{}
	for _, g := range c.groups {
		c.attach(g)
		groups[g] = &Group{ARN: g.principal.ARN, Account: g.principal.Account, Policies: g.principal.Policies.Identity,
			Attached: g.principal.Attached, Unknown: g.principal.Unknown}
		d.Groups = append(d.Groups, groups[g])
	}
	for _, one := range c.principals {
		c.attach(one)
		c.bound(&one.principal)
		for _, name := range one.groups {
			c.join(&one.principal, name, groups)
		}
		d.Principals = append(d.Principals, &one.principal)
	}
	slices.Sort(c.problems)
	d.Problems = c.problems
	slices.SortFunc(d.Principals, func(a, b *Principal) int { return cmp.Compare(a.ARN, b.ARN) })
	slices.SortFunc(d.Groups, func(a, b *Group) int { return cmp.Compare(a.ARN, b.ARN) })
	slices.SortFunc(d.Policies, func(a, b *Policy) int { return cmp.Compare(a.ARN, b.ARN) })
	return d
}

func (c *Collector) attach(d *draft) {
	p := &d.principal
	for _, arn := range p.Attached {
		document := c.managed(arn)
		if document == nil {
			c.unknown(p, "its attached policy "+arn+" is not in the answer, or cannot be read")
			continue
		}
		p.Policies.Identity = append(p.Policies.Identity, iampolicy.Named{Name: arn, Document: document})
	}
}

func (c *Collector) bound(p *Principal) {
	if p.Boundary == "" {
		return
	}
	if p.Policies.Boundary = c.managed(p.Boundary); p.Policies.Boundary == nil {
		c.unknown(p, "its boundary "+p.Boundary+" is not in the answer, or cannot be read")
	}
}

func (c *Collector) join(p *Principal, name string, groups map[*draft]*Group) {
	g := groups[c.groups[groupKey(p.Account, name)]]
	if g == nil {
		c.unknown(p, fmt.Sprintf("its group %q is not in the answer", name))
		return
	}
	p.Groups = append(p.Groups, g.ARN)
	p.Policies.Identity = append(p.Policies.Identity, g.Policies...)
	if g.Unknown != "" {
		p.Unknown = cmp.Or(p.Unknown, fmt.Sprintf("of its group %q: %s", name, g.Unknown))
	}
}

func (c *Collector) unknown(p *Principal, why string) {
	c.problem(p.ARN, why)
	p.Unknown = cmp.Or(p.Unknown, why)
}

func (c *Collector) managed(arn string) *iampolicy.Document {
	if p := c.policies[arn]; p != nil {
		return p.Document()
	}
	return nil
}

func accountOf(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
