package simulation

import (
	"context"
	"fmt"
	"time"

	"curfew/shared/access"
	"curfew/shared/accesstest"
	"curfew/shared/fault"
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

// player plays the callers of lives.
type player struct{ *world }

// live does what the callers of one life do. What a caller is told is his own affair: the oracles look at what is left.
func (w player) live(l life) {
	if !pause(w.alive, l.startsAfter) {
		return
	}
	if l.caller.Kind == identity.Machine { // a role may have been made anew
		l.caller.ID = identity.MachineID(w.iam.UniqueID(l.principal))
	}
	if l.work.Kind == "backup" {
		_ = w.call(l, "task-started", func(ctx context.Context, s *access.Service) error {
			return s.TaskStarted(ctx, l.work, task.Teller{Source: "aws.backup"}, time.Now())
		})
	}
	id := w.id(l.n)
	if !l.stored {
		w.ask(l)
	}
	if !w.decide(l, id) {
		return
	}
	if l.ahead > 0 && !pause(w.alive, l.ahead) {
		return
	}
	w.use(l, id)
}

// ask submits the request.
func (w player) ask(l life) {
	err := w.call(l, "submit", func(ctx context.Context, s *access.Service) error {
		_, _, err := s.Submit(ctx, l.caller, l.request())
		return err
	})
	if fault.KindOf(err) == fault.Transient || err == errDied {
		// A caller whose answer was lost asks again only by its idempotency key; here he gives up, and what he left goes on.
		pause(w.alive, time.Second)
	}
}

func (l life) request() access.Request {
	r := access.Request{Entitlement: l.entitlement, Principal: l.principal, Task: l.work, Reason: "simulated", Duration: l.duration}
	if l.ahead > 0 {
		r.StartAt = record.Instant(time.Now().Add(l.ahead))
	}
	return r
}

// call lets somebody call the API for this life.
func (w player) call(l life, verb string, f func(context.Context, *access.Service) error) error {
	s := *w.services[fnAPI]
	s.NewID = func() string { return w.id(l.n) }
	return w.run(w.alive, verb, l.n, func(ctx context.Context) error { return f(ctx, &s) })
}

// decide plays the approver, and reports whether the life goes on.
func (w player) decide(l life, id string) bool {
	if l.entitlement != "admin" {
		return true
	}
	switch l.ends {
	case undecided:
		return false
	case withdrawn:
		if pause(w.alive, min(l.decides, time.Minute)) {
			_ = w.call(l, "withdraw", func(ctx context.Context, s *access.Service) error {
				_, err := s.Withdraw(ctx, l.caller, id)
				return err
			})
		}
		return false
	}
	if !pause(w.alive, l.decides) {
		return false
	}
	lead := person("ben", "leads", "platform")
	err := w.insist(func() error {
		return w.call(l, "decide", func(ctx context.Context, s *access.Service) error {
			v, err := s.Show(ctx, lead, id)
			if err != nil {
				return err
			}
			_, err = s.Decide(ctx, lead, id, v.Digest, l.ends != denied, "as they see it")
			return err
		})
	})
	return err == nil && l.ends != denied
}

// insist does something up to three times, as a caller does who was told to try again.
func (w player) insist(f func() error) error {
	for try := 0; ; try++ {
		err := f()
		if k := fault.KindOf(err); err == nil || try == 2 || k != fault.Transient && err != errDied {
			return err
		}
		if !pause(w.alive, 5*time.Second) {
			return err
		}
	}
}

// use plays the holder while it lasts, and who ends it early.
func (w player) use(l life, id string) {
	if l.entitlement == "agent" && l.ends != silent {
		until := time.Now().Add(l.duration)
		if l.ends != toDeadline {
			until = time.Now().Add(l.endsAfter)
		}
		for time.Now().Add(2 * time.Minute).Before(until) {
			if !pause(w.alive, 2*time.Minute) {
				return
			}
			_ = w.insist(func() error {
				return w.call(l, "beat", func(ctx context.Context, s *access.Service) error {
					_, err := s.Heartbeat(ctx, l.caller, id)
					return err
				})
			})
		}
		w.oracle.mayEnd(id, access.HeartbeatLost) // from here on nobody tells that he lives
		l.endsAfter = time.Until(until)
	}
	switch l.ends {
	case released, revokedBy, taskOver:
		if pause(w.alive, l.endsAfter) {
			w.endEarly(l, id)
		}
	case silent:
		w.oracle.mayEnd(id, access.HeartbeatLost)
	}
}

func (w player) endEarly(l life, id string) {
	causes := map[ending]access.Cause{released: access.Released, revokedBy: access.Revoked, taskOver: access.Completed}
	w.oracle.mayEnd(id, causes[l.ends])
	verb, f := "end", func(ctx context.Context, s *access.Service) error {
		by := l.caller
		if l.ends == revokedBy {
			by = person("dee", "security")
		}
		_, err := s.End(ctx, by, id)
		return err
	}
	if l.ends == taskOver {
		verb, f = "task-ended", func(ctx context.Context, s *access.Service) error {
			return s.TaskEnded(ctx, l.work, task.Teller{Source: "aws.backup"}, time.Now())
		}
	}
	if err := w.insist(func() error { return w.call(l, verb, f) }); err == nil {
		w.oracle.ordered(id)
	}
}

// holdsOn makes it the life of an agent that holds its elevation and beats, to the deadline.
func (l *life) holdsOn() {
	l.machine("agent", accesstest.Agent, "workflow", "agents")
	l.caller.Name, l.duration = "run-7", 8*time.Minute
}
