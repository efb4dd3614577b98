package accesstest

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/iampolicy"
)

// Catalog is an [access.Decider] in memory for stories: a few entitlements, and a policy that lets the requesters ask and allows the rest by default.
// Package catalog has its own tests.
type Catalog struct {
	mu        sync.Mutex
	newest    string
	versions  map[string]map[string]access.Entitlement // by hash, by name
	groups    map[string][]string
	forbidden map[string][]string // groups that policies name, by catalog
	refuse    func(access.Question) bool
	fail      error
}

var _ access.Decider = (*Catalog)(nil)

// The principals of the example world.
const (
	account = "111122223333"

	// Engineer is a role of people. Its trust policy pins the session name.
	Engineer = "arn:aws:iam::" + account + ":role/engineer-deploy"
	// Backup is a role of a service.
	Backup = "arn:aws:iam::" + account + ":role/backup-runner"
	// Agent is the role of an AI agent.
	Agent = "arn:aws:iam::" + account + ":role/agent-summarizer"
	// Responder is a role of people in an incident.
	Responder = "arn:aws:iam::" + account + ":role/responder"
	// Boundary is the accepted permissions boundary.
	Boundary = "arn:aws:iam::" + account + ":policy/curfew-boundary"
)

// NewCatalog returns these entitlements: admin (one approval), admin-two (two), deploy (none, overlap), backup (for a
// known task, overlap), agent (heartbeat), incident (break-glass), long (30 days).
func NewCatalog() *Catalog {
	approval := func(need int) *access.ApprovalRule {
		return &access.ApprovalRule{Need: need, Of: []string{"group:leads"}, Within: time.Hour}
	}
	engineers := access.Entitlement{
		Owners: []string{"group:platform"}, Principals: []string{"arn:aws:iam::*:role/engineer-*"},
		Requesters: []string{"group:engineers"}, Tasks: []access.TaskRule{{Kind: "change"}},
		Max: 12 * time.Hour, Session: access.BindUserID, Policy: policy("s3:*"),
	}
	named := func(e access.Entitlement, name string, change func(*access.Entitlement)) access.Entitlement {
		e.Name, e.About = name, name+" of the stories"
		change(&e)
		return e
	}
	// Services that do not name each session assume the roles of jobs and of the agent.
	machines := engineers
	machines.Weak = true
	all := []access.Entitlement{
		named(engineers, "admin", func(e *access.Entitlement) { e.Approval = approval(1) }),
		named(engineers, "admin-two", func(e *access.Entitlement) { e.Approval = approval(2) }),
		named(engineers, "deploy", func(e *access.Entitlement) { e.Overlap = true }),
		named(engineers, "long", func(e *access.Entitlement) { e.Max = 31 * 24 * time.Hour }),
		named(machines, "backup", func(e *access.Entitlement) {
			e.Principals, e.Requesters = []string{Backup}, []string{"group:jobs"}
			e.Tasks, e.Overlap = []access.TaskRule{{Kind: "backup", Known: true}}, true
		}),
		named(machines, "agent", func(e *access.Entitlement) {
			e.Principals, e.Requesters = []string{Agent}, []string{"group:agents"}
			e.Tasks, e.Heartbeat = []access.TaskRule{{Kind: "workflow"}}, 5*time.Minute
		}),
		named(machines, "agent-asks", func(e *access.Entitlement) {
			e.Principals, e.Requesters, e.Owners = []string{Agent}, []string{"group:agents"}, []string{"group:leads"}
			e.Tasks, e.Approval = []access.TaskRule{{Kind: "workflow"}}, &access.ApprovalRule{Need: 1, Of: []string{"group:leads", "group:security"}, Within: time.Hour}
		}),
		named(engineers, "incident", func(e *access.Entitlement) {
			e.Principals, e.Requesters = []string{Responder}, []string{"group:engineers"}
			e.Tasks, e.BreakGlass, e.Reviewers = []access.TaskRule{{Kind: "incident"}}, true, []string{"group:leads"}
		}),
		named(engineers, "one-bucket", func(e *access.Entitlement) {
			e.Policy = []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{{bucket}}/*"}]}`)
			e.Parameters = map[string]iampolicy.ParameterType{"bucket": "bucket"}
		}),
	}
	c := &Catalog{versions: map[string]map[string]access.Entitlement{}, forbidden: map[string][]string{}, groups: map[string][]string{
		Backup: {"jobs"}, Agent: {"agents"},
	}}
	c.Publish(all...)
	return c
}

func policy(action string) []byte {
	return []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`)
}

// Publish makes a new catalog the newest. Older catalogs stay packed.
func (c *Catalog) Publish(all ...access.Entitlement) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = strings.Repeat(string(rune('a'+len(c.versions)%26)), 64)
	byName := map[string]access.Entitlement{}
	for _, e := range all {
		e.Catalog = c.newest
		byName[e.Name] = e
	}
	c.versions[c.newest] = byName
}

// Change publishes the newest catalog with one entitlement changed.
func (c *Catalog) Change(name string, change func(*access.Entitlement)) {
	all, _ := c.Entitlements(context.Background())
	for i := range all {
		if all[i].Name == name {
			change(&all[i])
		}
	}
	c.Publish(all...)
}

// Add publishes the newest catalog plus one entitlement.
func (c *Catalog) Add(e access.Entitlement) {
	all, _ := c.Entitlements(context.Background())
	c.Publish(append(all, e)...)
}

// Drop publishes the newest catalog minus one entitlement.
func (c *Catalog) Drop(name string) {
	all, _ := c.Entitlements(context.Background())
	c.Publish(slices.DeleteFunc(all, func(e access.Entitlement) bool { return e.Name == name })...)
}

// Forget removes all catalogs except the newest from the package.
func (c *Catalog) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.versions, func(hash string, _ map[string]access.Entitlement) bool { return hash != c.newest })
}

// Refuse makes policy deny every question for which f is true.
func (c *Catalog) Refuse(f func(access.Question) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refuse = f
}

// Fail makes policy return an error; nil ends that.
func (c *Catalog) Fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = err
}

// Entitlement implements [access.Decider].
func (c *Catalog) Entitlement(_ context.Context, hash, name string) (access.Entitlement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hash == "" {
		hash = c.newest
	}
	e, ok := c.versions[hash][name]
	if !ok {
		return e, fault.Errorf(fault.NotFound, "there is no entitlement %s in catalog %.8s", name, hash)
	}
	return e, nil
}

// Entitlements implements [access.Decider].
func (c *Catalog) Entitlements(context.Context) ([]access.Entitlement, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	byName := c.versions[c.newest]
	var all []access.Entitlement
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		all = append(all, byName[name])
	}
	return all, nil
}

// Regroup publishes the newest catalog with other groups of a machine.
func (c *Catalog) Regroup(arn string, groups ...string) {
	all, _ := c.Entitlements(context.Background())
	c.Publish(all...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.groups[arn] = groups
}

// Groups implements [access.Decider].
func (c *Catalog) Groups(_ context.Context, arn string) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.groups[arn], nil
}

// NamedGroups implements [access.Decider].
func (c *Catalog) NamedGroups(_ context.Context, hash string) ([]string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hash == "" {
		hash = c.newest
	}
	all, ok := c.versions[hash]
	if !ok {
		return nil, fault.Errorf(fault.NotFound, "there is no catalog %.8s", hash)
	}
	named := slices.Clone(c.forbidden[hash])
	for _, e := range all {
		named = slices.Concat(named, e.Requesters, e.Owners, e.Reviewers)
		if e.Approval != nil {
			named = append(named, e.Approval.Of...)
		}
	}
	return named, nil
}

// Forbid publishes the newest catalog with a policy that forbids all that members of a group ask or decide.
func (c *Catalog) Forbid(group string) {
	c.Refuse(func(q access.Question) bool { return q.Caller.In([]string{"group:" + group}) })
	all, _ := c.Entitlements(context.Background())
	c.Publish(all...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forbidden[c.newest] = append(c.forbidden[c.newest], "group:"+group)
}

// Machines implements [access.Decider].
func (c *Catalog) Machines(context.Context) (all []access.CatalogMachine, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, arn := range slices.Sorted(maps.Keys(c.groups)) {
		all = append(all, access.CatalogMachine{Name: arn[strings.LastIndexByte(arn, '/')+1:], Principal: arn})
	}
	return all, nil
}

// Decide implements [access.Decider].
func (c *Catalog) Decide(_ context.Context, q access.Question) (access.Verdict, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fail != nil {
		return access.Verdict{}, c.fail
	}
	if q.Action == access.ActRead || c.refuse != nil && c.refuse(q) || q.Action == access.ActRequest && !q.Caller.In(q.Entitlement.Requesters) {
		return access.Verdict{By: []string{"story.refuse"}}, nil
	}
	return access.Verdict{Allow: true, By: []string{"story.allow"}}, nil
}
