package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"curfew/events"
	"curfew/shared/access"
	"curfew/shared/eventpattern"
	"curfew/shared/identity"
	"curfew/shared/trigger"
)

// rehearsal computes what a catalog would do, without doing it.
type rehearsal struct{ *Catalog }

// predictStarts returns what an event would start, sorted by trigger, if its service confirmed it. why explains each
// trigger that matches but would not start. It grants nothing.
func (c rehearsal) predictStarts(event []byte) (all []start, why []string) {
	signal, err := events.Read(event)
	if err != nil {
		return nil, []string{err.Error()}
	}
	if signal.State != events.Started {
		return nil, []string{"the event does not report a start"}
	}
	for _, t := range c.Triggers() {
		switch s, err := c.predictStart(t, signal, event); {
		case errors.Is(err, errNoMatch):
		case err != nil:
			why = append(why, t.Name+": "+err.Error())
		default:
			all = append(all, s)
		}
	}
	return all, why
}

var errNoMatch = errors.New("the event does not match")

func (c rehearsal) predictStart(t trigger.Trigger, signal events.Signal, event []byte) (s start, err error) {
	pattern, err := eventpattern.Parse(t.Start)
	if err != nil {
		return s, err
	}
	if matches, err := pattern.Match(event); err != nil || !matches {
		return s, errors.Join(errNoMatch, err)
	}
	s = start{trigger: t.Name, task: signal.Task.String()}
	switch {
	case !slices.Contains(t.Accounts, signal.Account):
		return s, fmt.Errorf("account %s is not listed", signal.Account)
	case !signal.Confirmed && !t.Unconfirmed:
		return s, errors.New("the event is unconfirmed, and the trigger does not set unconfirmed: true")
	}
	if s.principal, err = pickPrincipal(t, event); err != nil {
		return s, err
	}
	ent := c.entitlements[t.Entitlement]
	if s.parameters, err = fillParameters(t, ent, event); err != nil {
		return s, err
	}
	return s, c.decideStart(t, ent, s, signal)
}

func pickPrincipal(t trigger.Trigger, event []byte) (string, error) {
	if t.PrincipalAt == "" {
		return t.Principals[0], nil // the only one
	}
	arn, err := textAt(event, t.PrincipalAt)
	if err == nil && !slices.Contains(t.Principals, arn) {
		err = fmt.Errorf("principal %q is not listed", arn)
	}
	return arn, err
}

func fillParameters(t trigger.Trigger, ent access.Entitlement, event []byte) (map[string]string, error) {
	values := map[string]string{}
	for name, said := range t.Parameters {
		if m := fromEvent().FindStringSubmatch(said); m != nil {
			var err error
			if said, err = textAt(event, m[1]); err != nil {
				return nil, err
			}
		}
		if err := ent.Parameters[name].Check(said); err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		values[name] = said
	}
	return values, nil
}

// textAt returns the text at a path in an event, or the first item of a list of texts.
func textAt(event []byte, path string) (string, error) {
	var at any
	if err := json.Unmarshal(event, &at); err != nil {
		return "", err
	}
	for name := range strings.SplitSeq(path, ".") {
		object, _ := at.(map[string]any)
		at = object[name]
	}
	if list, ok := at.([]any); ok && len(list) > 0 {
		at = list[0]
	}
	text, ok := at.(string)
	if !ok || text == "" {
		return "", fmt.Errorf("the event has no text at %s", path)
	}
	return text, nil
}

// decideStart decides the trigger's request at the time of the event.
func (c rehearsal) decideStart(t trigger.Trigger, ent access.Entitlement, s start, signal events.Signal) error {
	asks := identity.Caller{ID: identity.TriggerID(t.Name), Kind: identity.Machine, Name: t.Name}
	task := signal.Task
	task.Known = true
	v, err := c.Decide(access.Question{
		Action: access.ActRequest, Caller: asks, Entitlement: ent, At: signal.At,
		Terms: access.Terms{
			ID: exampleID, Entitlement: ent.Name, Catalog: c.hash, Owners: ent.Owners, Requester: asks, Reason: t.Reason,
			Principal:  access.Principal{ARN: s.principal, Account: accountOf(s.principal)},
			Session:    access.Session{Bind: ent.Session, Value: t.Session, Weak: ent.Weak},
			Parameters: s.parameters, Task: task, Duration: int64(t.Max.Seconds()), RequestedAt: signal.At, StartAt: signal.At,
		},
	})
	if err == nil && !v.Allow {
		err = errors.New(describeDecision(v.Allow, v.By, true))
	}
	return err
}

func startsText(all []start) string {
	if len(all) == 0 {
		return "starts nothing"
	}
	texts := make([]string, len(all))
	for i, s := range all {
		texts[i] = s.String()
	}
	return "starts " + strings.Join(texts, "; ")
}
