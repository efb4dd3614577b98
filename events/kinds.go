package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"curfew/shared/task"
)

type header struct{ source, detailType string }

type kind struct {
	task       string   // "": detail.kind has it
	ids        []string // paths of the task's id; the first present counts
	arnService string   // service of the ARN, in the event's account; "": no ARN
	states     map[string]meaning
	state      []string         // paths of the key into states; the first present counts
	at         map[State]string // path of the time, by state
	again      string           // path of the time of a later start, if it was started again

	role, resource string // "": not in the event
	// trail: other states of this detail-type are no tasks.
	trail bool
	// reportsNoTask reports an event without a task despite its state.
	reportsNoTask func(*envelope) (bool, error)
}

type meaning struct {
	state     State // "": the event has no id
	confirmed bool
}

func documented(s State) meaning  { return meaning{s, true} }
func unconfirmed(s State) meaning { return meaning{s, false} }

func (k kind) read(e envelope, s Signal) (Signal, error) {
	m, err := k.meaning(&e)
	if errors.Is(err, ErrNotATask) {
		return s, err
	}
	if err == nil {
		s, err = k.readDetail(&e, s, m)
	}
	if err != nil {
		return Signal{}, err
	}
	return s, nil
}

func (k kind) meaning(e *envelope) (meaning, error) {
	path, value, err := e.first(k.state)
	if err != nil {
		return meaning{}, err
	}
	m, known := k.states[value]
	switch {
	case !known && k.trail, known && m.state == "":
		return meaning{}, ErrNotATask
	case !known:
		return meaning{}, e.wrong(path, fmt.Sprintf("unknown state %q", shorten(value)))
	case k.reportsNoTask == nil:
		return m, nil
	}
	if silent, err := k.reportsNoTask(e); err != nil {
		return meaning{}, err
	} else if silent {
		return meaning{}, ErrNotATask
	}
	return m, nil
}

// readDetail ignores a wrong role or resource of an end: the end must not be lost.
func (k kind) readDetail(e *envelope, s Signal, m meaning) (Signal, error) {
	s.State, s.Confirmed = m.state, m.confirmed
	var err error
	if s.Task, err = k.taskOf(e); err != nil {
		return s, err
	}
	if s.Role, err = e.arn(k.role, isRole); err != nil && m.state == Started {
		return s, err
	}
	if s.Resource, err = e.arn(k.resource, isARN); err != nil && m.state == Started {
		return s, err
	}
	path, ok := k.at[m.state]
	if !ok {
		return s, nil
	}
	at, err := e.instant(path)
	if err == nil && m.state == Started && k.again != "" {
		var again time.Time
		if again, err = e.instant(k.again); again.After(at) {
			at = again
		}
	}
	if !at.IsZero() {
		s.At = at
	}
	return s, err
}

func (k kind) taskOf(e *envelope) (task.Task, error) {
	t := task.Task{Kind: k.task}
	var err error
	if t.Kind == "" {
		if t.Kind, err = e.requiredText("detail.kind", nil); err != nil {
			return t, err
		}
		if !slices.Contains(task.Kinds(), t.Kind) {
			return t, e.wrong("detail.kind", fmt.Sprintf("%q is not one of %s", shorten(t.Kind), strings.Join(task.Kinds(), ", ")))
		}
	}
	path, id, err := e.first(k.ids)
	if err != nil {
		return t, err
	}
	t.ID = id
	if err := t.Check(); err != nil { // as in a request
		return t, e.wrong(path, err.Error())
	}
	if k.arnService != "" && !ownARN(id, k.arnService, e.account) {
		return t, e.wrong(path, fmt.Sprintf("%q is not the ARN of something of %s in account %s", shorten(id), k.arnService, e.account))
	}
	return t, nil
}

// ownARN prevents that one account reports tasks of another.
func ownARN(id, service, account string) bool {
	part := strings.SplitN(id, ":", 6)
	return len(part) == 6 && part[0] == "arn" && part[2] == service && part[4] == account && part[5] != ""
}

const resources = "resources"

func (e *envelope) first(paths []string) (path, value string, err error) {
	for _, p := range paths {
		read := e.text
		if p == resources {
			read = e.firstOf
		}
		if value, err = read(p); err != nil || value != "" {
			return p, value, err
		}
	}
	return paths[0], "", e.wrong(paths[0], "missing")
}

func (e *envelope) arn(path string, form func(string) bool) (string, error) {
	if path == "" {
		return "", nil
	}
	s, err := e.firstOf(path)
	if err == nil && s != "" && !form(s) {
		err = e.wrong(path, fmt.Sprintf("%q is not an ARN", shorten(s)))
	}
	if err != nil {
		return "", err
	}
	return s, nil
}
