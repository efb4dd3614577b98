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

// ending is how a life goes, if nothing goes wrong.
type ending int

const (
	toDeadline ending = iota
	released          // by its holder
	revokedBy         // by an operator
	taskOver          // the task that it serves ends
	silent            // its holder falls silent
	denied
	withdrawn
	undecided
)

// life is what one caller wants, and what he and others do about it.
type life struct {
	n           int
	entitlement string
	principal   string
	caller      identity.Caller
	work        task.Task
	startsAfter time.Duration // from the beginning of the world
	ahead       time.Duration // asked for that much before its start
	duration    time.Duration
	decides     time.Duration // how long the approver takes
	ends        ending
	endsAfter   time.Duration // from when it was asked for or granted
	stored      bool          // it was asked for already
}

const issuer = "https://id.example.com"

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID(issuer, name), Kind: identity.Person, Name: name, Groups: groups, MFA: true}
}

// people is how many people share the roles of a world.
const people = 12

// perMinute is how many elevations begin in a minute of a world: so many that they overlap on their roles, and few enough
// that most of them fit.
const perMinute = 3

// drawLife draws the n-th life of a world.
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

// holdsOn makes it the life of an agent that holds its elevation and beats, to the deadline.
func (l *life) holdsOn() {
	l.machine("agent", accesstest.Agent, "workflow", "agents")
	l.caller.Name, l.duration = "run-7", 8*time.Minute
}

// cast is who lives in a world.
type cast struct {
	lives []life
	from  carried // the first of them, if it is an elevation of the first release
}

// base is a small world whose every call is made to fail.
type base struct {
	name  string
	cast  cast
	happy Schedule // what belongs to the story itself
}
