package simulation

import (
	"context"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/task"
)

type player struct{ *world }

// live plays the callers of one life. It ignores their answers: the oracles check the results.
func (w player) live(l life) {
	if !pause(w.alive, l.startsAfter) {
		return
	}
	if l.caller.Kind == identity.Machine { // the role may have been recreated
		l.caller.ID = identity.MachineID(w.iam.UniqueID(l.principal))
	}
	if l.work.Kind == "backup" {
		_ = w.call(l, "task-started", func(ctx context.Context, s *access.Service) error {
			return s.Tasks().Start(ctx, l.work, task.EventSource{Source: "aws.backup"}, time.Now())
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

func (w player) ask(l life) {
	err := w.call(l, "submit", func(ctx context.Context, s *access.Service) error {
		_, _, err := s.Submit(ctx, l.caller, l.request())
		return err
	})
	if fault.KindOf(err) == fault.Transient || err == errDied {
		// A retry would need the idempotency key. This caller gives up, and the request continues.
		pause(w.alive, time.Second)
	}
}

func (w player) call(l life, verb string, f func(context.Context, *access.Service) error) error {
	s := *w.services[fnAPI]
	s.NewID = func() string { return w.id(l.n) }
	return w.run(w.alive, verb, l.n, func(ctx context.Context) error { return f(ctx, &s) })
}

// decide plays the approver, and reports whether the life continues.
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
		w.oracle.mayEnd(id, access.HeartbeatLost) // no heartbeats from here on
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
			return access.Triggers{Service: s}.TaskEnded(ctx, l.work, task.EventSource{Source: "aws.backup"}, time.Now())
		}
	}
	if err := w.insist(func() error { return w.call(l, verb, f) }); err == nil {
		w.oracle.recordOrder(id)
	}
}
