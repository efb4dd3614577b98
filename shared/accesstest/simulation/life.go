package simulation

import (
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/identity"
	"curfew/shared/record"
	"curfew/shared/task"
)

// ending is the planned end of a life.
type ending int

const (
	toDeadline ending = iota
	released          // by the holder
	revokedBy         // by an operator
	taskOver          // the task ends
	silent            // the heartbeat stops
	denied
	withdrawn
	undecided
)

// life is what one caller asks for, and what all callers do with it.
type life struct {
	n           int
	entitlement string
	principal   string
	caller      identity.Caller
	work        task.Task
	startsAfter time.Duration // since the beginning of the world
	ahead       time.Duration // how long before its start the request is made
	duration    time.Duration
	decides     time.Duration // delay of the approver
	ends        ending
	endsAfter   time.Duration // since the request or the grant
	stored      bool          // requested already
}

const issuer = "https://id.example.com"

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID(issuer, name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

const people = 12

// perMinute is how many elevations begin per minute of a world: enough to overlap on their roles, few enough for IAM's
// quotas.
const perMinute = 3

func drawLife(d dice, n int) life {
	l := life{
		n:           n,
		startsAfter: time.Duration(float64(n)/perMinute*float64(time.Minute)) + time.Duration(d.pick(int(20*time.Second), "start", n)),
		duration:    d.span(30*time.Second, 8*time.Minute, "duration", n),
		decides:     Latencies()[personDecides].draw(d.roll("decides", n)),
	}
	if d.chance(0.1, "ahead", n) {
		l.ahead = d.span(30*time.Second, 5*time.Minute, "how far ahead", n)
	}
	switch u := d.pick(100, "kind", n); {
	case u < 40:
		l.person("deploy", accesstest.Engineer, "change", d)
	case u < 65:
		l.person("admin", accesstest.Engineer, "change", d)
	case u < 80:
		l.person("incident", accesstest.Responder, "incident", d)
	case u < 90:
		l.machine("agent", accesstest.Agent, "workflow", "agents")
		l.duration = d.span(6*time.Minute, 10*time.Minute, "duration", n)
	default:
		l.machine("backup", accesstest.Backup, "backup", "jobs")
	}
	l.ends = l.drawEnding(d)
	l.endsAfter = d.span(0, l.duration, "ends", n)
	return l
}

func (l *life) person(entitlement, principal, work string, d dice) {
	l.entitlement, l.principal = entitlement, principal
	l.caller = person(fmt.Sprintf("eng-%02d", d.pick(people, "who", l.n)), "engineers")
	l.work = task.Task{Kind: work, ID: fmt.Sprintf("%s-%d", work, l.n)}
}

func (l *life) machine(entitlement, principal, work, group string) {
	l.entitlement, l.principal = entitlement, principal
	l.caller = identity.Caller{Kind: identity.Machine, ARN: principal, Name: fmt.Sprintf("run-%d", l.n), Groups: []string{group}}
	l.work = task.Task{Kind: work, ID: fmt.Sprintf("%s-%d", work, l.n)}
}

func (l life) drawEnding(d dice) ending {
	u := d.pick(100, "ending", l.n)
	switch {
	case l.entitlement == "admin" && u < 8:
		return denied
	case l.entitlement == "admin" && u < 14:
		return withdrawn
	case l.entitlement == "admin" && u < 18:
		return undecided
	case l.entitlement == "agent" && u < 30:
		return silent
	case l.entitlement == "backup" && u < 50:
		return taskOver
	case u < 65:
		return toDeadline
	case u < 88:
		return released
	}
	return revokedBy
}

func (l life) request() access.Request {
	r := access.Request{Entitlement: l.entitlement, Principal: l.principal, Task: l.work, Reason: "simulated", Duration: l.duration}
	if l.ahead > 0 {
		r.StartAt = record.Instant(time.Now().Add(l.ahead))
	}
	return r
}

func (l *life) holdsOn() {
	l.machine("agent", accesstest.Agent, "workflow", "agents")
	l.caller.Name, l.duration = "run-7", 8*time.Minute
}

// cast is the lives of a world.
type cast struct {
	lives []life
	from  oldElevation // the first life, if it is from the first release

	budgets map[string][]access.Budget // by entitlement
}

// base is a small world for exhaustive faults.
type base struct {
	name  string
	cast  cast
	happy Schedule // faults that belong to the story
}
