package message

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// MaxText is what SNS takes, in bytes, of all forms together. Cut values keep a message far below it.
const MaxText = 256 << 10

type field struct{ label, value string }

// Text is the message in lines, each a label and a value, for an e-mail: what happened, the fields, what to do.
func (m Message) Text() string {
	var b strings.Builder
	b.WriteString(m.clauses()[0] + ".\n\n")
	for _, f := range m.fields() {
		if f.value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", f.label+":", f.value)
		}
	}
	b.WriteString("\n")
	for _, line := range m.do() {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func (m Message) fields() []field {
	if f := m.Finding; f != nil {
		return []field{{"Finding", name(f.Kind)}, {"Severity", name(f.Severity)}, {"Subject", name(f.Subject)}, {"What", words(f.What)}, {"Why", words(f.Why)},
			{"Do", words(f.Do)}, {"Elevation", optional(m.Elevation, name)}}
	}
	all := []field{
		{"Requester", m.Requester.line()}, {"Entitlement", optional(m.Entitlement, name)}, {"Principal", optional(m.Principal, name)},
		{"Task", m.Task.line()}, {"Reason", m.said()}, {"Session", m.Session.line()},
	}
	all = append(all, m.difference()...)
	return append(all,
		field{"Duration", lasting(m.Seconds)}, field{"Not before", at(m.StartAt)}, field{"Usable from", at(m.ReadyAt)}, field{"Deadline", at(m.Deadline)}, field{"Ends by", at(m.LatestEnd)},
		field{"Asked", names(m.WaitsFor)}, field{"Decide by", at(m.DecideBy)}, field{"Decided by", m.DecidedBy.line()},
		field{"State", optional(m.State, name)}, field{"Cause", optional(m.Cause, name)}, field{"Ordered by", optional(m.OrderedBy, name)}, field{"Why", optional(m.Why, words)},
		field{"Gone at", at(m.GoneAt)}, field{"Overstay", m.overstay()}, field{"Review due", m.Signing.due()},
		field{"Digest", optional(m.Digest, name)}, field{"Elevation", optional(m.Elevation, name)})
}

func (m Message) difference() []field {
	d := m.Difference
	if d == nil {
		if m.Kind == Decide || m.Kind == Loud {
			return []field{{"Adds", m.added()[0]}}
		}
		return nil
	}
	var reasons []string
	for _, r := range d.Reasons[:min(len(d.Reasons), maxList)] {
		reasons = append(reasons, safe(r))
	}
	return []field{
		{"Adds", optional(d.Line, safe)}, {"Has today", unknown(d.Unknown)}, {"Risk", strings.TrimSuffix(fmt.Sprintf("%d of 10: %s", d.Risk, strings.Join(reasons, ", ")), ": ")},
		{"Compared", at(d.SeenAt)}, {"Hash", optional(d.Hash, name)},
	}
}

func unknown(why string) string {
	if why == "" {
		return ""
	}
	return "not known: " + words(why)
}

func (m Message) said() string {
	if m.Reason == "" {
		return ""
	}
	return m.Requester.text() + " says " + words(m.Reason)
}

func (m Message) overstay() string {
	if m.Kind != Ended {
		return ""
	}
	return fmt.Sprintf("%d s", m.Overstay)
}

func (p Party) line() string {
	if p.ID == "" {
		return ""
	}
	return p.text() + " (" + name(p.ID) + ")"
}

func (t *Task) line() string {
	if t == nil {
		return ""
	}
	return t.text()
}

func (s *Session) line() string {
	if s == nil {
		return ""
	}
	return s.text()
}

func (s *Signing) due() string {
	if s == nil {
		return ""
	}
	return cmp.Or(at(s.Due), "after the end")
}

func optional(s string, form func(string) string) string {
	if s == "" {
		return ""
	}
	return form(s)
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return instant(t)
}

func lasting(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return (time.Duration(seconds) * time.Second).String()
}
