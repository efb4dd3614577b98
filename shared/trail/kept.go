package trail

import (
	"strings"
	"time"
)

// Key identifies an event: each copy that an account got has the same.
func (r *Record) Key() [16]byte { return keyOf(r) }

// Clone returns a record that shares no text with what was read.
func (r *Record) Clone() *Record {
	var c Record
	in := scan{s: strings.Clone(r.Text)}
	_ = in.record(&c) // it was read before
	c.Text = in.s
	return &c
}

// ParseSession reads [SessionKey.String].
func ParseSession(text string) SessionKey {
	id, created, _ := cutLast(text, "@") // a session's name may have one too
	at, err := time.Parse(time.RFC3339, created)
	if err != nil {
		return SessionKey{PrincipalID: text}
	}
	return SessionKey{id, at.Unix()}
}

func cutLast(text, by string) (before, after string, found bool) {
	i := strings.LastIndex(text, by)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(by):], true
}

// Of returns who is at the beginning of a session.
func (s Sessions) Of(key SessionKey) Who { return s.who(key) }

// Opens returns the session that a record opens.
func (r *Record) Opens() (SessionKey, bool) {
	key, _, ok := openingOf(r)
	return key, ok
}

// Perhaps returns the subjects for which a call may have been counted when less was known of its principal: the
// principal, and the elevations whose grants had begun and not passed their deadline.
func (x *Rights) Perhaps(r *Record) []string {
	id := r.Identity.Actor().PrincipalID
	p := x.principals[id]
	if p == nil || r.Time.IsZero() {
		return nil
	}
	all := []string{id}
	for _, g := range p.grants[:p.before(r.Time)] {
		if !r.Time.After(g.Deadline.Add(propagation)) {
			all = append(all, g.Elevation)
		}
	}
	return all
}

// Parameter returns a member of requestParameters that is a string, number or boolean; empty: it is not there.
func (r *Record) Parameter(name string) string {
	value, _ := parameter(r.Parameters, name)
	return value
}

// Last returns the grant that a record's session has, or had last; nil: none.
func (x *Rights) Last(r *Record) *Grant {
	p := x.principals[r.Identity.Actor().PrincipalID]
	for i := p.before(r.Time) - 1; i >= 0; i-- {
		if g := &p.grants[i]; g.UserID == "" || g.UserID == r.Identity.PrincipalID {
			return g
		}
	}
	return nil
}

// OfOther returns the newest active grant that is bound to another session of the record's principal; nil: none.
func (x *Rights) OfOther(r *Record) *Grant {
	p := x.principals[r.Identity.Actor().PrincipalID]
	for i := p.before(r.Time) - 1; i >= 0 && !r.Time.After(p.latest[i]); i-- {
		if g := &p.grants[i]; g.UserID != "" && g.UserID != r.Identity.PrincipalID && !r.Time.After(g.gone()) {
			return g
		}
	}
	return nil
}
