package access

import (
	"context"
	"time"
)

// KnownTask is a task whose start was seen on the bus.
type KnownTask struct {
	Task      Task      `json:"task"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Source    string    `json:"source"` // what told of it, as "aws.backup"
}

// taskKept is how long a task is remembered after it was last heard of.
const taskKept = 30 * 24 * time.Hour

// servesKey marks an elevation as serving a task. It lies in the task's partition, so that whoever ends the task reads,
// consistently, all that serve it.
func servesKey(task, id string) Key { return accessKey("task#"+task, "serves#"+id) }

// known reports whether the task's start was seen and its end was not.
func (s *Service) known(ctx context.Context, t Task) (bool, error) {
	rows, err := s.Store.Read(ctx, taskKey(t))
	if err != nil {
		return false, wrap(err, "reading task %s %s", t.Kind, t.ID)
	}
	row, ok := rows[taskKey(t)]
	if !ok {
		return false, nil
	}
	k, err := decode[KnownTask](row)
	return err == nil && k.EndedAt.IsZero(), err
}

// TaskStarted makes a task known. Told twice it is known once; a task that has ended stays ended, because events come
// doubled and out of order.
func (s *Service) TaskStarted(ctx context.Context, t Task, source string, at time.Time) (err error) {
	defer s.logged(ctx, "task-started", "", source, &err)
	row, err := encode(taskKey(t), 1, KnownTask{Task: t, StartedAt: Instant(at), Source: source})
	if err != nil {
		return err
	}
	row.Expires = s.now().Add(taskKept)
	err = s.Store.Write(ctx, Change{If: Absent, Row: row})
	if KindOf(err) == Conflict {
		return nil
	}
	return wrap(err, "storing the start of task %s %s", t.Kind, t.ID)
}

// TaskEnded marks a task as over and ends every elevation under way that served only it. An end that is told before its
// start is kept, so that the late start does not make the task known.
func (s *Service) TaskEnded(ctx context.Context, t Task, source string, at time.Time) (err error) {
	defer s.logged(ctx, "task-ended", "", source, &err)
	row, err := encode(taskKey(t), 1, KnownTask{Task: t, EndedAt: Instant(at), Source: source})
	if err != nil {
		return err
	}
	row.Expires = s.now().Add(taskKept)
	// Told again, it is over already: Always is right, and the first end's instant is of no use to anybody.
	if err := s.Store.Write(ctx, Change{If: Always, Row: row}); err != nil {
		return wrap(err, "storing the end of task %s %s", t.Kind, t.ID)
	}
	return s.endServing(ctx, t, source)
}

// suspended gives the first of the callers or principals that is suspended; empty if none is.
func (s *Service) suspended(ctx context.Context, who ...string) (string, error) {
	var keys []Key
	for _, w := range who {
		if w != "" {
			keys = append(keys, suspendedKey(w))
		}
	}
	rows, err := s.Store.Read(ctx, keys...)
	if err != nil {
		return "", wrap(err, "reading who is suspended")
	}
	for i, w := range who {
		if _, ok := rows[suspendedKey(w)]; ok {
			return who[i], nil
		}
	}
	return "", nil
}
