package message

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"curfew/shared/identity"
)

// MaxLine and MaxSubject are in bytes. SNS takes subjects of less than 100 ASCII characters.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	MaxLine    = 4096
	MaxSubject = 99
)

// Line is the message in one line of clauses, separated by "; ". Values with a separator stand between quotation marks.
func (m Message) Line() string {
	line := strings.Join(append(m.clauses(), m.do()...), "; ")
	if len(line) <= MaxLine {
		return line
	}
	at := MaxLine - len("…")
	for !utf8.RuneStart(line[at]) {
		at--
	}
	return line[:at] + "…"
}

// Subject is ASCII, and at most MaxSubject long: "curfew: decide: ana asks for admin on engineer-deploy until …".
func (m Message) Subject(installation string) string {
	m.Principal = identity.PrincipalName(m.Principal)
	s := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, installation+": "+string(m.Kind)+": "+m.clauses()[0])
	if len(s) > MaxSubject {
		s = s[:MaxSubject-len("...")] + "..."
	}
	return s
}

func (m Message) clauses() []string {
	switch {
	case m.Finding != nil:
		return m.Finding.clauses()
	case m.Signing != nil:
		return []string{m.on() + " for " + m.Requester.text() + " " + m.Signing.text(m.Requester)}
	}
	all := []string{m.headline()}
	switch m.Kind {
	case Decide:
		all = append(all, m.asked()...)
	case Loud:
		all = append(all, m.added()...)
	case Ended:
		all = append(all, fmt.Sprintf("overstay %d s", m.Overstay))
		if m.OrderedBy != "" {
			all = append(all, "on the order of "+name(m.OrderedBy))
		}
	}
	if m.Why != "" {
		all = append(all, "why: "+words(m.Why))
	}
	return all
}

func (m Message) on() string { return name(m.Entitlement) + " on " + name(m.Principal) }

func (m Message) headline() string {
	who, what := m.Requester.text(), m.on()
	switch m.Kind {
	case Decide:
		return who + " asks for " + what + " until at most " + instant(m.LatestEnd)
	case Requested:
		return fmt.Sprintf("the request of %s for %s waits for %d of %s until %s", who, what, m.Need, names(m.WaitsFor), instant(m.DecideBy))
	case Approved:
		return "the request of " + who + " for " + what + " is approved" + m.by() + ": there is nothing to decide any more"
	case Denied:
		return "the request of " + who + " for " + what + " is denied" + m.by()
	case Withdrawn:
		return "the request of " + who + " for " + what + " is withdrawn" + m.by()
	case Lapsed:
		return "the request of " + who + " for " + what + " lapsed"
	case Active:
		return what + " is usable from " + instant(m.ReadyAt) + " (IAM propagation) until " + instant(m.Deadline)
	case Renew:
		return what + " ends at " + instant(m.Deadline) + ", and that does not move"
	case Ended:
		return what + " ended: " + name(m.Cause)
	case Stuck:
		return what + " was due to end at " + instant(m.Deadline) + " and could not be removed yet: Curfew keeps trying, and its owners know"
	case Loud:
		return "break-glass: " + who + " holds " + what + " until " + instant(m.Deadline)
	}
	return "access of " + name(m.Elevation) + " on " + name(m.Principal) + " was due to end at " + instant(m.Deadline) +
		" and could not be removed: Curfew keeps trying; check IAM now"
}

func (m Message) by() string {
	if m.DecidedBy.ID == "" {
		return ""
	}
	return " by " + m.DecidedBy.text()
}

// asked are the terms, for approvers.
func (m Message) asked() (all []string) {
	if m.Task != nil {
		all = append(all, "task "+m.Task.text())
	}
	if m.Session != nil {
		all = append(all, "session "+m.Session.text())
	}
	all = append(all, m.added()...)
	if m.Withdrew > 0 {
		all = append(all, fmt.Sprintf("they withdrew %d requests in the hour before it", m.Withdrew))
	}
	if !m.WaitsFrom.IsZero() {
		all = append(all, "it waits since "+instant(m.WaitsFrom))
	}
	return append(all, "decide before "+instant(m.DecideBy))
}

// added is what the grant adds. Without a difference it says so: that is no low risk.
func (m Message) added() []string {
	switch d := m.Difference; {
	case d == nil:
		return []string{"what it adds was not computed"}
	case d.Line == "":
		return []string{fmt.Sprintf("risk %d", d.Risk)}
	default:
		return []string{safe(d.Line)}
	}
}

// do are what to do next, as commands, and the link.
func (m Message) do() (all []string) {
	id := name(m.Elevation)
	switch {
	case m.Finding != nil:
		return []string{"curfew findings " + name(m.Finding.ID) + " shows it"}
	case m.Signing != nil:
		all = []string{"curfew reviews " + id + " shows what was done, curfew review " + id + " signs it"}
	case m.Kind == Renew:
		all = []string{"to go on after it: curfew renew " + id + " asks for a new decision"}
	case m.Kind == Page:
		all = []string{"curfew show " + id + " says why, curfew acknowledge " + id + " stops this page"}
	case m.Kind == Active:
		all = []string{"curfew end " + id + " ends it earlier"}
	case m.Console == "":
		all = []string{"curfew show " + id + " shows it"}
	}
	if m.Console != "" {
		all = append(all, link(m.Console))
	}
	return all
}

func (f Finding) clauses() []string {
	return []string{
		name(f.Kind) + ": " + name(f.Subject) + ": " + words(f.What), name(f.Severity) + ": " + words(f.Why), "do: " + words(f.Do),
	}
}

func (s Signing) text(requester Party) string {
	switch {
	case s.Due.IsZero():
		return "has a finding (" + name(s.Finding) + "): its review is to be signed when it is over"
	case s.Blocks:
		return "is over: sign its review now, until then " + requester.text() + " gets no break-glass (due by " + s.Due.UTC().Format(time.RFC3339) + ")"
	}
	return "is over: its review is to be signed by " + instant(s.Due)
}
