package catalog

import (
	"path"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/trigger"
)

func triggerFields() []string {
	return []string{"about", "entitlement", "principals", "principal", "accounts", "start", "ends", "session", "parameters",
		"reason", "max", "unconfirmed", "schedule", "job"}
}

func (l *loader) readTriggers() {
	for _, file := range l.files(triggersDir, ".yaml") {
		name := strings.TrimSuffix(path.Base(file), ".yaml")
		if !entitlementName().MatchString(name) {
			l.add(Problem{File: file, Why: "has a name that is not lower-case letters, digits and hyphens"})
			continue
		}
		if v, ok := l.read(file); ok {
			l.plans = append(l.plans, l.readTrigger(v, name))
		}
	}
	for _, p := range l.plans {
		l.c.triggers[p.Name] = p.Trigger
	}
}

// readTrigger reads one file. crossChecker checks later what depends on other files.
func (l *loader) readTrigger(v value, name string) plan {
	p := plan{Trigger: trigger.Trigger{Name: name}, fields: v.fields(triggerFields()...)}
	if about, ok := p.need("about"); ok {
		p.About = about.textWithin(maxAbout)
	}
	if reason, ok := p.need("reason"); ok {
		p.Reason = reason.textWithin(maxReason)
	}
	if entitlement, ok := p.need("entitlement"); ok {
		p.Entitlement, _ = entitlement.text()
	}
	if most, ok := p.need("max"); ok {
		p.Max = most.duration(shortest, l.longest)
	}
	p.readPrincipals()
	p.readAccounts()
	if session, ok := p.get("session"); ok {
		p.Session, _ = session.matching(sessionName(), "a name that AWS accepts for a session")
	}
	if parameters, ok := p.get("parameters"); ok {
		p.Parameters = readPlaceholders(parameters)
	}
	if flag, ok := p.get("unconfirmed"); ok {
		p.Unconfirmed = flag.flag()
	}
	p.readEvents()
	p.readAhead()
	return p
}

// maxReason is the limit of a request's reason, in characters.
const maxReason = 500

var (
	// exactPrincipal is the ARN of one role or user.
	exactPrincipal = fault.Pattern(`^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]{1,512}$`)
	accountID      = fault.Pattern(`^[0-9]{12}$`)
)

// readPrincipals refuses wildcards: the event picks one of the listed ARNs.
func (p *plan) readPrincipals() {
	v, ok := p.need("principals")
	if !ok {
		return
	}
	for _, each := range v.nonEmptyList() {
		arn, ok := each.matching(exactPrincipal(), "the ARN of one role or user, like arn:aws:iam::111122223333:role/name")
		if ok {
			arn, ok = each.arn()
		}
		if ok {
			p.Principals = append(p.Principals, arn)
		}
	}
	p.Principals = v.set(p.Principals)
	if at, there := p.get("principal"); there {
		p.PrincipalAt, _ = at.matching(inDetail(), "a path in the event, like detail.iamRoleArn")
	} else if len(p.Principals) > 1 {
		p.need("principal")
	}
}

// readAccounts reads whose events count. The default is the accounts of the principals.
func (p *plan) readAccounts() {
	v, there := p.get("accounts")
	if !there {
		for _, arn := range p.Principals {
			p.Accounts = append(p.Accounts, accountOf(arn))
		}
		p.Accounts = slices.Compact(sortedCopy(p.Accounts))
		return
	}
	for _, each := range v.nonEmptyList() {
		if id, ok := each.matching(accountID(), "the id of an account, 12 digits"); ok {
			p.Accounts = append(p.Accounts, id)
		}
	}
	p.Accounts = v.set(p.Accounts)
}

func accountOf(arn string) string { return strings.Split(arn, ":")[4] }

// Paths in an event. Dots separate names, so a name that contains a dot cannot be reached.
var (
	inDetail = fault.Pattern(`^detail(\.[A-Za-z0-9_-]+)+$`)
	// ofTask is the place of a task's id. Of the envelope's list resources the first item counts.
	ofTask = fault.Pattern(`^(resources|detail(\.[A-Za-z0-9_-]+)+)$`)
	// fromEvent is a parameter taken from the event.
	fromEvent = fault.Pattern(`^\{(account|region|detail(\.[A-Za-z0-9_-]+)+)\}$`)
)

// readPlaceholders reads the values of parameters: text, or a path in the event.
func readPlaceholders(v value) map[string]string {
	values := map[string]string{}
	for _, m := range v.members() {
		s, ok := m.text()
		if ok && strings.HasPrefix(s, "{") && !fromEvent().MatchString(s) {
			m.report("%q is neither text nor a place in the event like {detail.name}, {account} or {region}", s)
			continue
		}
		if ok {
			values[m.name] = s
		}
	}
	if len(values) == 0 {
		return nil
	}
	return values
}

func (p *plan) readEvents() {
	if start, ok := p.need("start"); ok {
		p.Start = p.readStart(start)
	}
	ends, ok := p.get("ends")
	if !ok {
		return
	}
	for _, each := range ends.nonEmptyList() {
		f := each.fields("pattern", "task")
		var end trigger.End
		if v, ok := f.need("pattern"); ok {
			end.Pattern = eventPattern{v}.endPattern()
		}
		if v, ok := f.need("task"); ok {
			end.TaskAt, _ = v.matching(ofTask(), "a path in the event, like detail.backupJobId, or resources")
		}
		p.Ends = append(p.Ends, end)
	}
}

// readAhead reads what begins before any event of the work.
func (p *plan) readAhead() {
	if v, ok := p.get("schedule"); ok {
		p.Schedule = readSchedule(v)
		p.checkWithoutEvent(v)
	}
	if v, ok := p.get("job"); ok {
		p.Job = readJob(v, p.Principals)
	}
}

// checkWithoutEvent refuses a schedule if a value can come only from an event.
func (p *plan) checkWithoutEvent(schedule value) {
	if len(p.Principals) > 1 {
		schedule.report("needs a trigger with one principal: a schedule has no event that picks one")
	}
	for _, s := range p.Parameters {
		if fromEvent().MatchString(s) {
			schedule.report("needs fixed parameters: a schedule has no event to take %s from", s)
		}
	}
}
