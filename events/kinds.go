package events

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/task"
)

// header is what tells one kind of event from another.
type header struct{ source, detailType string }

// A kind says where in one kind of event the things stand that a Signal needs. Paths are from the envelope.
type kind struct {
	task   string   // the task's kind; empty: the event says it, in detail.kind
	ids    []string // where the task's id may be; the first that is there counts
	of     string   // the id is an ARN of this service, in the event's own account; empty: it is no ARN
	states map[string]meaning
	state  []string         // where the key into states may be; the first that is there counts
	at     map[State]string // where the event has an instant of its own, by what it tells

	role, resource string // empty: the event does not tell
	// trail: the detail-type serves many events, and those that are not in states tell of no task.
	trail bool
	// silent reports that an event tells of no task although its state looks so; nil: never.
	silent func(*envelope) (bool, error)
}

// A meaning is what a state of a service says of the task.
type meaning struct {
	state     State // empty: nothing, as there is no id to say it of
	confirmed bool
}

func documented(s State) meaning  { return meaning{s, true} }
func unconfirmed(s State) meaning { return meaning{s, false} }

// read makes a Signal of e, of which s has what the envelope tells.
func (k kind) read(e envelope, s Signal) (Signal, error) {
	m, err := k.meaning(&e)
	if errors.Is(err, ErrNotATask) {
		return s, err
	}
	if err == nil {
		s, err = k.tell(&e, s, m)
	}
	if err != nil {
		return Signal{}, err
	}
	return s, nil
}

// meaning is what the event's state says, or ErrNotATask.
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
		return meaning{}, e.wrong(path, fmt.Sprintf("unknown state %q", short(value)))
	case k.silent == nil:
		return m, nil
	}
	if silent, err := k.silent(e); err != nil {
		return meaning{}, err
	} else if silent {
		return meaning{}, ErrNotATask
	}
	return m, nil
}

// tell fills in what the detail tells. A role or resource that is not an ARN is an error of a start only. An end must not be
// lost for it: it then has neither.
func (k kind) tell(e *envelope, s Signal, m meaning) (Signal, error) {
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
	if !at.IsZero() {
		s.At = at
	}
	return s, err
}

// taskOf is the task that e tells of.
func (k kind) taskOf(e *envelope) (task.Task, error) {
	t := task.Task{Kind: k.task}
	var err error
	if t.Kind == "" {
		if t.Kind, err = e.must("detail.kind", nil); err != nil {
			return t, err
		}
		if !slices.Contains(task.Kinds(), t.Kind) {
			return t, e.wrong("detail.kind", fmt.Sprintf("%q is not one of %s", short(t.Kind), strings.Join(task.Kinds(), ", ")))
		}
	}
	path, id, err := e.first(k.ids)
	if err != nil {
		return t, err
	}
	t.ID = id
	if err := t.Check(); err != nil { // the same grammar as of a request
		return t, e.wrong(path, err.Error())
	}
	if k.of != "" && !ownARN(id, k.of, e.account) {
		return t, e.wrong(path, fmt.Sprintf("%q is not the ARN of something of %s in account %s", short(id), k.of, e.account))
	}
	return t, nil
}

// ownARN reports whether id is an ARN of service in the given account. An id of another account would let one account
// speak for the tasks of another.
func ownARN(id, service, account string) bool {
	part := strings.SplitN(id, ":", 6)
	return len(part) == 6 && part[0] == "arn" && part[2] == service && part[4] == account && part[5] != ""
}

// resources is the envelope's list of what the event is about.
const resources = "resources"

// first gives the first text that is at one of the paths, and which path it was. None is an error that names the first.
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

// arn gives the ARN at path, or the first of a list of them; empty where there is nothing, or no path.
func (e *envelope) arn(path string, form func(string) bool) (string, error) {
	if path == "" {
		return "", nil
	}
	s, err := e.firstOf(path)
	if err == nil && s != "" && !form(s) {
		err = e.wrong(path, fmt.Sprintf("%q is not an ARN", short(s)))
	}
	if err != nil {
		return "", err
	}
	return s, nil
}
