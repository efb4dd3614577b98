package catalog

import (
	"slices"
	"time"

	"curfew/shared/access"
	"curfew/shared/identity"
	"curfew/shared/task"
)

// readTests reads tests.yaml. It runs last, because tests refer to everything else.
func (l testsReader) readTests() {
	v, there := l.read(testsFile)
	if !there {
		return
	}
	for _, each := range v.list() {
		x := l.expectation(each)
		if slices.ContainsFunc(l.c.expectations, func(y expectation) bool { return y.name == x.name }) {
			each.report("has the name of another test, %q", x.name)
		}
		l.c.expectations = append(l.c.expectations, x)
	}
}

func (l testsReader) expectation(v value) expectation {
	if _, ok := v.child("starts"); ok {
		return l.expectedStart(v)
	}
	if _, ok := v.child("detects"); ok {
		return l.expectedHits(v)
	}
	f := v.fields("name", "action", "caller", "requester", "entitlement", "principal", "task", "duration", "at", "start",
		"parameters", "session", "mfa", "expect", "by")
	var x expectation
	x.line, _ = v.place()
	if name, ok := f.need("name"); ok {
		x.name, _ = name.text()
	}
	l.readQuestion(f, &x.question)
	if expect, ok := f.need("expect"); ok {
		word, _ := expect.oneOf("allow", "deny")
		x.allow = word == "allow"
	}
	if by, ok := f.get("by"); ok {
		x.by = l.policyIDs(by)
	}
	return x
}

func (l testsReader) policyIDs(v value) []string {
	ids := []string{}
	for _, each := range v.list() {
		id, ok := each.text()
		if ok && !slices.ContainsFunc(l.c.policies, func(p policy) bool { return p.ID == id }) {
			each.report("%q is not the id of a policy", id)
			continue
		}
		ids = append(ids, id)
	}
	return v.set(ids)
}

func (l testsReader) readQuestion(f fields, q *access.Question) {
	if action, ok := f.need("action"); ok {
		word, _ := action.oneOf(string(access.ActRequest), string(access.ActApprove), string(access.ActBreakGlass), string(access.ActRead))
		q.Action = access.PolicyAction(word)
	}
	if caller, ok := f.need("caller"); ok {
		q.Caller = l.caller(caller)
	}
	if name, ok := f.need("entitlement"); ok {
		word, isText := name.text()
		if q.Entitlement, ok = l.c.Entitlement(word); isText && !ok {
			name.report("%q is not an entitlement", word)
		}
	}
	if at, ok := f.need("at"); ok {
		q.At = at.instant()
	}
	asks := q.Action == access.ActRequest || q.Action == access.ActBreakGlass
	if requester, ok := f.get("requester"); ok {
		q.Terms.Requester = l.caller(requester)
	} else if q.Action == access.ActApprove {
		f.need("requester")
	} else if asks {
		q.Terms.Requester = q.Caller
	}
	if mfa, ok := f.get("mfa"); ok {
		q.Caller.MFA = mfa.flag()
	}
	// Without a requester the test reads the entitlement itself.
	if q.Terms.Requester.ID != "" {
		l.readTerms(f, q, asks)
	}
}

// readTerms reads what was asked. If asks, it requires the fields that every request has.
func (l testsReader) readTerms(f fields, q *access.Question, asks bool) {
	t := &q.Terms
	t.ID, t.Entitlement, t.Catalog = exampleID, q.Entitlement.Name, l.c.hash
	t.Owners, t.BreakGlass = q.Entitlement.Owners, q.Entitlement.BreakGlass
	t.Session = access.Session{Bind: q.Entitlement.Session, Value: t.Requester.Name, Weak: q.Entitlement.Weak, MFA: q.Entitlement.MFA}
	t.Reason, t.RequestedAt, t.StartAt = "a test of the catalog", q.At, q.At
	if asks {
		f.need("task")
		f.need("duration")
	}
	if task, ok := f.get("task"); ok {
		t.Task = readAskedTask(task)
	}
	if duration, ok := f.get("duration"); ok {
		t.Duration = int64(duration.duration(time.Second, everLongest) / time.Second)
	}
	if start, ok := f.get("start"); ok {
		t.StartAt = start.instant()
	}
	if principal, ok := f.get("principal"); ok {
		t.Principal.ARN, _ = principal.arn()
	}
	if session, ok := f.get("session"); ok {
		t.Session.Value, _ = session.matching(sessionName(), "a name that AWS accepts for a session")
	}
	if parameters, ok := f.get("parameters"); ok {
		t.Parameters = map[string]string{}
		for _, m := range parameters.members() {
			t.Parameters[m.name], _ = m.text()
		}
	}
}

func readAskedTask(v value) task.Task {
	f := v.fields("kind", "id", "known")
	var t task.Task
	if kind, ok := f.need("kind"); ok {
		t.Kind, _ = kind.oneOf(task.Kinds()...)
	}
	if id, ok := f.need("id"); ok {
		t.ID, _ = id.text()
	}
	if known, ok := f.get("known"); ok {
		t.Known = known.flag()
	}
	return t
}

func (l testsReader) caller(v value) identity.Caller {
	name, ok := v.text()
	for _, p := range l.c.people {
		if p.Name == name {
			return p.Caller()
		}
	}
	for _, m := range l.c.machines {
		if m.Name == name {
			return identity.Caller{
				ID: identity.MachineID(m.Name), Kind: identity.Machine, Name: m.Name, ARN: m.Principal, Groups: l.c.Groups(m.Principal),
			}
		}
	}
	if ok {
		v.report("%q is neither a person nor a machine of %s", name, identitiesFile)
	}
	return identity.Caller{}
}
