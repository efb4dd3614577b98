package message

import (
	"bytes"
	"encoding/json"

	"curfew/shared/fault"
)

// JSON is the message as data, in one line, for queues and https subscriptions. Values are cut as in other forms; what a reader would not
// see is escaped, and keeps its meaning.
func (m Message) JSON() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m.Cut()); err != nil { // no value of it fails: instants are after the year 0
		return nil
	}
	return fault.EscapedJSON(bytes.TrimSpace(b.Bytes()))
}

// Cut returns the message with values of at most so many characters, and lists of at most so many values, as the forms have.
func (m Message) Cut() Message {
	m.To, m.WaitsFor = cutAll(m.To), cutAll(m.WaitsFor)
	for _, s := range []*string{&m.Elevation, &m.Entitlement, &m.Principal, &m.Digest, &m.State, &m.Cause, &m.OrderedBy, &m.Console,
		&m.Requester.ID, &m.Requester.Name, &m.DecidedBy.ID, &m.DecidedBy.Name} {
		*s = cut(*s, maxName)
	}
	m.Reason, m.Why = cut(m.Reason, maxWords), cut(m.Why, maxWords)
	if t := m.Task; t != nil {
		m.Task = &Task{cut(t.Kind, maxName), cut(t.ID, maxName), t.Known}
	}
	if s := m.Session; s != nil {
		m.Session = &Session{cut(s.Bind, maxName), cut(s.Value, maxName), s.Weak}
	}
	if d := m.Difference; d != nil {
		m.Difference = &Difference{Line: cut(d.Line, maxWords), Risk: d.Risk, Reasons: cutAll(d.Reasons), Hash: cut(d.Hash, maxName), SeenAt: d.SeenAt, Unknown: cut(d.Unknown, maxWords)}
	}
	if s := m.Signing; s != nil {
		m.Signing = &Signing{s.Due, cut(s.Finding, maxName), s.Blocks}
	}
	if f := m.Finding; f != nil {
		m.Finding = &Finding{cut(f.ID, maxName), cut(f.Kind, maxName), cut(f.Severity, maxName), cut(f.Subject, maxName), cut(f.What, maxWords), cut(f.Why, maxWords), cut(f.Do, maxWords)}
	}
	return m
}

func cutAll(all []string) (out []string) {
	for _, s := range all[:min(len(all), maxList)] {
		out = append(out, cut(s, maxName))
	}
	return out
}
