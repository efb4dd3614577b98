package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/access"

	cedar "github.com/cedar-policy/cedar-go"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

// The entity types of schema.cedarschema.
const (
	typeGroup       = cedar.EntityType("Group")
	typeTrigger     = cedar.EntityType("Trigger")
	typePerson      = cedar.EntityType("Person")
	typeMachine     = cedar.EntityType("Machine")
	typeEntitlement = cedar.EntityType("Entitlement")
	typeParameters  = cedar.EntityType("Parameters")
	typeAction      = cedar.EntityType("Action")
)

func (c *Catalog) prepare() error {
	c.set = cedar.NewPolicySet()
	for _, p := range c.policies {
		list, err := parsePolicies(p.ID, p.Text)
		if err != nil {
			return fmt.Errorf("policy %s: %w", p.ID, err)
		}
		if len(list) != 1 {
			return fmt.Errorf("policy %s: holds %d policies, want 1", p.ID, len(list))
		}
		own := !strings.HasPrefix(p.ID, reserved)
		if id, why := checkPolicyText(list[0], own); why != "" || id != p.ID {
			return fmt.Errorf("policy %s: %s %s", p.ID, id, why)
		}
		c.asksRisk = c.asksRisk || strings.Contains(p.Text, "risk")
		if !c.set.Add(cedar.PolicyID(p.ID), list[0]) {
			return fmt.Errorf("policy %s: appears twice", p.ID)
		}
	}
	c.resources = make(map[string]cedar.Entity, len(c.entitlements))
	for name, e := range c.entitlements {
		c.resources[name] = c.resource(e)
	}
	return nil
}

func (c *Catalog) resource(e access.Entitlement) cedar.Entity {
	var tasks, known, approvers []string
	for _, t := range e.Tasks {
		tasks = append(tasks, t.Kind)
		if t.Known {
			known = append(known, t.Kind)
		}
	}
	approvals := 0
	if e.Approval != nil {
		approvers, approvals = e.Approval.All(), e.Approval.Need
	}
	return cedar.Entity{
		UID: cedar.NewEntityUID(typeEntitlement, cedar.String(e.Name)),
		Attributes: cedar.NewRecord(addUntil(cedar.RecordMap{
			"requesters": groupSet(e.Requesters),
			"triggers":   triggerSet(e.Requesters),
			"approvers":  groupSet(approvers),
			"owners":     groupSet(e.Owners),
			"reviewers":  groupSet(e.Reviewers),
			"operators":  groupSet(c.operators),
			"tasks":      stringSet(tasks),
			"knownTasks": stringSet(known),
			"max":        cedar.NewDuration(e.Max),
			"approvals":  cedar.Long(approvals),
			"breakGlass": cedar.Boolean(e.BreakGlass),
			"mfa":        cedar.Boolean(e.MFA),
			"weak":       cedar.Boolean(e.Weak),
			"session":    cedar.String(e.Session),
		}, e)),
	}
}

// addUntil: not all entitlements end.
func addUntil(attributes cedar.RecordMap, e access.Entitlement) cedar.RecordMap {
	if !e.Until.IsZero() {
		attributes["until"] = cedar.NewDatetime(e.Until)
	}
	return attributes
}

func groupSet(refs []string) cedar.Set { return entitySet(typeGroup, "group:", refs) }

// triggerSet has its own entity type, because a group may have the name of a trigger.
func triggerSet(refs []string) cedar.Set { return entitySet(typeTrigger, identity.TriggerID(""), refs) }

func entitySet(of cedar.EntityType, prefix string, refs []string) cedar.Set {
	var all []cedar.Value
	for _, ref := range refs {
		if name, ok := strings.CutPrefix(ref, prefix); ok {
			all = append(all, cedar.NewEntityUID(of, cedar.String(name)))
		}
	}
	return cedar.NewSet(all...)
}

func stringSet(items []string) cedar.Set {
	var values []cedar.Value
	for _, item := range items {
		values = append(values, cedar.String(item))
	}
	return cedar.NewSet(values...)
}

// Decide evaluates this catalog's policies. It uses this catalog's entitlement of the same name, so newer policy also
// applies to older requests. It denies if the entitlement no longer exists.
//
// A policy that cannot be evaluated denies, with an error of kind Internal that names it. Callers must not end an
// elevation because of such a denial.
func (c *Catalog) Decide(q access.Question) (access.Verdict, error) {
	entitlement, ok := c.entitlements[q.Entitlement.Name]
	if !ok {
		return access.Verdict{}, nil
	}
	risk, err := c.risk(q, entitlement)
	if err != nil {
		return access.Verdict{}, fault.Wrap(err, "computing the risk of %s", entitlement.Name)
	}
	resource := c.resources[entitlement.Name]
	if q.Action == access.ActApprove && entitlement.Approval != nil && len(entitlement.Approval.Then) > 0 {
		resource = c.resource(askedSince(entitlement, q.At.Sub(q.Terms.RequestedAt)))
	}
	caller, parameters := callerEntity(q.Caller), parametersEntity(q.Terms)
	decision, diagnostic := cedar.Authorize(c.set, entities{caller, resource, parameters}, cedar.Request{
		Principal: caller.UID,
		Action:    cedar.NewEntityUID(typeAction, cedar.String(q.Action)),
		Resource:  resource.UID,
		Context:   c.contextRecord(q, entitlement, parameters.UID, risk),
	})
	if len(diagnostic.Errors) > 0 {
		return evaluationError(diagnostic.Errors)
	}
	v := access.Verdict{Allow: decision == cedar.Allow}
	for _, r := range diagnostic.Reasons {
		v.By = append(v.By, string(r.PolicyID))
	}
	slices.Sort(v.By)
	v.Says = c.sayings(v)
	return v, nil
}

func evaluationError(errs []cedar.DiagnosticError) (access.Verdict, error) {
	var v access.Verdict
	var why []string
	for _, e := range errs {
		v.By = append(v.By, string(e.PolicyID))
		why = append(why, fmt.Sprintf("%s: %s", e.PolicyID, e.Message))
	}
	slices.Sort(v.By)
	slices.Sort(why)
	return v, &fault.Error{Kind: fault.Internal, Text: "policies that cannot be evaluated: " + strings.Join(why, "; "), By: v.By}
}

// entities are the three entities that a decision may read.
type entities [3]cedar.Entity

// Get returns an entity by id.
func (e entities) Get(uid cedar.EntityUID) (cedar.Entity, bool) {
	for i := range e {
		if e[i].UID == uid {
			return e[i], true
		}
	}
	return cedar.Entity{}, false
}

func callerEntity(c identity.Caller) cedar.Entity {
	parents := make([]cedar.EntityUID, len(c.Groups))
	for i, g := range c.Groups {
		parents[i] = cedar.NewEntityUID(typeGroup, cedar.String(g))
	}
	if isTrigger(c) {
		parents = append(parents, cedar.NewEntityUID(typeTrigger, cedar.String(c.Name)))
	}
	e := cedar.Entity{Parents: cedar.NewEntityUIDSet(parents...)}
	if c.Kind == identity.Person {
		e.UID = cedar.NewEntityUID(typePerson, cedar.String(c.ID))
		e.Attributes = cedar.NewRecord(cedar.RecordMap{
			"id": cedar.String(c.ID), "name": cedar.String(c.Name), "mfa": cedar.Boolean(c.MFA),
		})
		return e
	}
	e.UID = cedar.NewEntityUID(typeMachine, cedar.String(c.ID))
	e.Attributes = cedar.NewRecord(cedar.RecordMap{
		"id": cedar.String(c.ID), "session": cedar.String(c.Name), "arn": cedar.String(c.ARN),
	})
	return e
}

// isTrigger reports whether the caller is a trigger. Callers with credentials always have another id, whatever their
// name and groups.
func isTrigger(c identity.Caller) bool {
	return c.Kind == identity.Machine && c.ID == identity.TriggerID(c.Name) && c.ARN == "" && len(c.Groups) == 0
}

// parametersEntity holds the parameters as tags: a record would need their names in the schema.
func parametersEntity(t access.Terms) cedar.Entity {
	e := cedar.Entity{UID: cedar.NewEntityUID(typeParameters, cedar.String(t.ID))}
	if len(t.Parameters) > 0 {
		tags := make(cedar.RecordMap, len(t.Parameters))
		for name, value := range t.Parameters {
			tags[cedar.String(name)] = cedar.String(value)
		}
		e.Tags = cedar.NewRecord(tags)
	}
	return e
}

func (c *Catalog) contextRecord(q access.Question, e access.Entitlement, parameters cedar.EntityUID, risk int) cedar.Record {
	t, here := q.Terms, q.At.In(c.zone)
	start := t.StartAt
	if start.IsZero() {
		start = q.At
	}
	return cedar.NewRecord(cedar.RecordMap{
		"now":           cedar.NewDatetime(q.At),
		"weekday":       cedar.String(strings.ToLower(here.Weekday().String())),
		"hour":          cedar.Long(here.Hour()),
		"minute":        cedar.Long(here.Minute()),
		"elevation":     cedar.String(t.ID),
		"requester":     cedar.String(t.Requester.ID),
		"requesterKind": cedar.String(t.Requester.Kind),
		"start":         cedar.NewDatetime(start),
		"duration":      cedar.NewDurationFromMillis(milliseconds(t.Duration)),
		"reason":        cedar.String(t.Reason),
		"task": cedar.NewRecord(cedar.RecordMap{
			"kind": cedar.String(t.Task.Kind), "id": cedar.String(t.Task.ID), "known": cedar.Boolean(t.Task.Known),
		}),
		"session": cedar.NewRecord(cedar.RecordMap{
			"bind": cedar.String(t.Session.Bind), "value": cedar.String(t.Session.Value), "weak": cedar.Boolean(t.Session.Weak),
		}),
		"target": cedar.NewRecord(cedar.RecordMap{
			"arn": cedar.String(t.Principal.ARN), "account": cedar.String(t.Principal.Account),
			// Without a principal there is no grant and no ARN to match.
			"fits": cedar.Boolean(t.Principal.ARN == "" || e.MayHold(t.Principal.ARN)),
		}),
		"parameters": parameters,
		"risk":       cedar.Long(risk),
		"breakGlass": cedar.Boolean(t.BreakGlass),
		"mfa":        cedar.Boolean(q.Caller.Kind == identity.Person && q.Caller.MFA),
	})
}

// milliseconds saturates instead of overflowing.
func milliseconds(seconds int64) int64 {
	const most = int64(1<<63-1) / int64(time.Second/time.Millisecond)
	return min(max(seconds, -most), most) * 1000
}
