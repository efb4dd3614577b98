package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"curfew/shared/access"
	"curfew/shared/eventpattern"
	"curfew/shared/identity"
	"curfew/shared/trigger"
)

func (l crossChecker) checkTriggers() {
	for _, d := range l.drafts {
		l.checkTriggered(d)
	}
	for _, p := range l.plans {
		l.checkPlan(p)
	}
	l.checkLoops()
}

// checkTriggered checks an entitlement that triggers ask for: no person may ask for it too.
func (l crossChecker) checkTriggered(d draft) {
	names := triggersOf(d.Requesters)
	if len(names) == 0 {
		return
	}
	requesters, _ := d.get("requesters")
	if len(names) < len(d.Requesters) {
		requesters.report("has groups and triggers: write one entitlement for each")
	}
	for _, each := range requesters.list() {
		ref, _ := each.text()
		name, isTrigger := strings.CutPrefix(ref, identity.TriggerID(""))
		if _, there := l.c.triggers[name]; isTrigger && !there {
			each.report("%q is not a trigger", name)
		}
	}
	for _, field := range []string{"breakGlass", "mfa"} {
		if v, ok := d.get(field); ok && v.flag() {
			v.report("is only for people, but only triggers may ask here")
		}
	}
}

// checkPlan checks a trigger against its entitlement, if there is one.
func (l crossChecker) checkPlan(p plan) {
	at, ok := p.get("entitlement")
	ent, there := l.c.entitlements[p.Entitlement]
	l.checkElevated(p)
	switch {
	case !ok || p.Entitlement == "":
		return
	case !there:
		at.report("%q is not an entitlement", p.Entitlement)
		return
	case !slices.Contains(ent.Requesters, identity.TriggerID(p.Name)):
		at.report("%s does not have %s among its requesters", ent.Name, identity.TriggerID(p.Name))
	}
	p.checkHeld(ent)
	p.checkServed(ent)
	if schedule, ok := p.get("schedule"); ok && len(ent.Tasks) > 1 {
		schedule.report("needs an entitlement with one kind of task; %s has %d", ent.Name, len(ent.Tasks))
	}
	p.checkSession(ent)
	p.checkParameters(ent)
	if most, ok := p.get("max"); ok && ent.Max > 0 && p.Max > ent.Max {
		most.report("%s is longer than max of %s, %s", formatDuration(p.Max), ent.Name, formatDuration(ent.Max))
	}
}

// checkElevated refuses principals that are not known machines, and a person's session name: an alarm never elevates a
// person.
func (l crossChecker) checkElevated(p plan) {
	principals, ok := p.get("principals")
	if !ok || l.identities.groups == nil {
		return
	}
	for _, each := range principals.list() {
		arn, ok := each.text()
		if !ok || !slices.Contains(p.Principals, arn) {
			continue
		}
		l.identities.checkPattern(each, arn)
		if !slices.ContainsFunc(l.c.machines, func(m Machine) bool { return identity.MatchARN(m.Principal, identity.SessionARN(arn)) }) {
			each.report("%q is not a machine of %s: an event never elevates a person", arn, identitiesFile)
		}
	}
	for _, person := range l.c.people {
		if session, ok := p.get("session"); ok && strings.EqualFold(person.Session, p.Session) {
			session.report("%q is the name of %s in sessions: an event never elevates a person", p.Session, person.Name)
		}
	}
}

func (p plan) checkHeld(ent access.Entitlement) {
	principals, _ := p.get("principals")
	for _, arn := range p.Principals {
		if !ent.MayHold(arn) {
			principals.report("%q may not hold %s", arn, ent.Name)
		}
	}
}

func (p plan) checkServed(ent access.Entitlement) {
	start, _ := p.get("start")
	for _, kind := range p.taskKinds {
		if !slices.ContainsFunc(ent.Tasks, func(r access.TaskRule) bool { return r.Kind == kind }) {
			start.report("matches tasks of kind %s: add the kind to tasks of %s", kind, ent.Name)
		}
	}
}

// checkSession requires a session name if the grant is bound to one, and refuses it in other cases.
func (p plan) checkSession(ent access.Entitlement) {
	named := ent.Session == access.BindUserID || ent.Session == access.BindSourceIdentity
	roles := slices.ContainsFunc(p.Principals, func(arn string) bool { return strings.Contains(arn, ":role/") })
	session, given := p.get("session")
	switch {
	case given && !named:
		session.report("is only for an entitlement that is bound to the name of a session; %s is bound to %s", ent.Name, ent.Session)
	case given && !roles && len(p.Principals) > 0:
		session.report("is of no use: a user has no sessions")
	case !given && named && roles:
		p.need("session")
	}
}

func (p plan) checkParameters(ent access.Entitlement) {
	parameters, given := p.get("parameters")
	if !given {
		parameters = p.of
		parameters.path = p.of.join("parameters")
	}
	for _, name := range slices.Sorted(maps.Keys(ent.Parameters)) {
		said, ok := p.Parameters[name]
		if !ok {
			parameters.report("lacks %s, a parameter of %s", name, ent.Name)
			continue
		}
		if fromEvent().MatchString(said) {
			continue
		}
		if err := ent.Parameters[name].Check(said); err != nil {
			parameters.at(name).report("%v", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.Parameters)) {
		if _, ok := ent.Parameters[name]; !ok {
			parameters.at(name).report("is not a parameter of %s", ent.Name)
		}
	}
}

// checkLoops refuses jobs that would start each other without end, and a job that can never start. A task of the job's
// own kind starts no job, because it may be the job: see package eventbus.
func (l crossChecker) checkLoops() {
	for _, p := range l.plans {
		if p.Job == nil {
			continue
		}
		job, _ := p.get("job")
		own := jobCallOf(p.Job.Service).kind
		if p.Schedule == nil && slices.Equal(p.taskKinds, []string{own}) {
			job.report("never starts: only tasks of kind %s start it, and the job is one of them; add a schedule", own)
		}
		if way := l.findLoop(p, p.Name, map[string]bool{}); way != nil {
			job.report("is part of a loop: the job of %s starts %s", p.Name, strings.Join(way, ", whose job starts "))
		}
	}
}

// findLoop returns the path from one trigger to another through jobs, or nil.
func (l crossChecker) findLoop(from plan, to string, seen map[string]bool) []string {
	for _, next := range l.plans {
		if seen[next.Name] || !next.mayStartOwnJob(from.Job) {
			continue
		}
		if next.Name == to {
			return []string{to}
		}
		seen[next.Name] = true
		if way := l.findLoop(next, to, seen); way != nil {
			return append([]string{next.Name}, way...)
		}
	}
	return nil
}

// mayStartOwnJob reports whether the events of a job may start the trigger and its own job.
func (p plan) mayStartOwnJob(job *trigger.Job) bool {
	return p.Job != nil && p.beginsBy(job) && jobCallOf(p.Job.Service).kind != jobCallOf(job.Service).kind
}

// beginsBy reports whether the events of a job may start the trigger.
func (p plan) beginsBy(job *trigger.Job) bool {
	pattern, err := eventpattern.Parse(p.Start)
	if err != nil { // already reported
		return false
	}
	sources, _ := pattern.Exactly("source")
	if !slices.Contains(sources, jobCallOf(job.Service).source) {
		return false
	}
	var input struct {
		StateMachine string `json:"stateMachineArn"`
	}
	arns, exact := pattern.Exactly("detail", "stateMachineArn")
	err = json.Unmarshal(job.Input, &input)
	return job.Service != "states" || !exact || err != nil || slices.Contains(arns, input.StateMachine)
}
