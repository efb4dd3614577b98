package trail

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// keptFor is how long after a record's time a double of it is still known, by the newest record's time. CloudTrail delivers within
// minutes, and repeats what it could not deliver for hours.
const keptFor = 8 * 24 * time.Hour

// noDay stands for the day of records that have no time. It is never forgotten; CloudTrail writes few of them.
const noDay = math.MaxInt64

// Ledger attributes records and counts what was done with each right. A record that comes twice counts once, and what a ledger
// holds depends on the set of records, not on their order, as long as none is more than 8 days older than the newest. It is not safe for
// concurrent use. Make one with [NewLedger].
type Ledger struct {
	Rights *Rights
	// Keep is how much older than the newest record a record may be and still be counted; zero: 8 days. What is remembered takes memory.
	Keep time.Duration
	// Now is the clock; nil: [time.Now]. A record from later than in 15 minutes has no time: it would make all others too old.
	Now func() time.Time
	key Key
	state
}

// state is what a ledger saves.
type state struct {
	Key        string                `json:"key"` // tells the key, without giving it away
	Elevations map[string]*Usage     `json:"elevations"`
	Standing   map[string]*Usage     `json:"standing"` // by principal id
	Unresolved map[Why]*UnknownRight `json:"unresolved"`
	TooOld     int64                 `json:"too_old,omitempty"` // records that were too old to know whether they came before: not counted
	Others     int64                 `json:"-"`                 // records of others, and of services; doubles count
	Doubles    int64                 `json:"-"`
	Sessions   Sessions              `json:"sessions"`
	Seen       map[int64]seenOnDay   `json:"seen"` // by day since 1970
	Newest     int64                 `json:"newest"`
	Asked      map[SessionKey]Who    `json:"asked"` // what [Ledger.Settle] last said of a session that was used; kind empty: nothing yet
	FirstUse   map[SessionKey]int64  `json:"first_use"`
}

// NewLedger gives an empty ledger.
func NewLedger(rights *Rights, key Key) *Ledger {
	return &Ledger{Rights: rights, key: key, state: state{
		Key:        key.name(),
		Elevations: map[string]*Usage{}, Standing: map[string]*Usage{}, Unresolved: map[Why]*UnknownRight{}, Sessions: Sessions{},
		Seen: map[int64]seenOnDay{}, Asked: map[SessionKey]Who{}, FirstUse: map[SessionKey]int64{},
	}}
}

// Add attributes a record. False: it was counted before, or it is too old to know.
func (l *Ledger) Add(r *Record) (Verdict, bool) {
	if r.Time.After(l.now().Add(maxAhead)) {
		r.Time, r.time = time.Time{}, ""
	}
	l.advance(r)
	if r.Time.Unix()/day >= l.oldest() {
		l.Sessions.Add(r)
	}
	v := l.Rights.Attribute(r)
	if v.Right == Service || v.Right == Other {
		l.Others++
		return v, true
	}
	if !l.first(r) {
		return v, false
	}
	a := r.Identity.Actor()
	l.note(r, a)
	switch v.Right {
	case Unresolved:
		l.unresolvedOf(v.Why).add(r)
		return v, true
	case Standing:
		l.usageOf(l.Standing, a.PrincipalID).Add(r, &v)
	case ByElevation:
		l.usageOf(l.Elevations, v.Elevation).Add(r, &v)
	}
	return v, true
}

// maxAhead is how far a record's time may be ahead of the clock.
const maxAhead = 15 * time.Minute

func (l *Ledger) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// advance notes the newest time, and forgets what became too old with it.
func (l *Ledger) advance(r *Record) {
	at := r.Time.Unix()
	if r.Time.IsZero() || at <= l.Newest {
		return
	}
	was := l.Newest
	if l.Newest = at; was/day != at/day {
		l.forget()
	}
}

// oldest is the first day whose records are counted.
func (l *Ledger) oldest() int64 { return l.Newest/day - int64(cmp.Or(l.Keep, keptFor)/(24*time.Hour)) }

// first reports whether a record is counted for the first time.
func (l *Ledger) first(r *Record) bool {
	on := r.Time.Unix() / day
	if r.Time.IsZero() {
		on = noDay
	}
	if on < l.oldest() {
		l.TooOld++
		return false
	}
	key, of := keyOf(r), l.Seen[on]
	if of == nil {
		of = seenOnDay{}
		l.Seen[on] = of
	}
	if _, there := of[key]; there {
		l.Doubles++
		return false
	}
	of[key] = struct{}{}
	return true
}

// forget drops the days that are no longer counted. A session lasts at most 12 hours, so the opening of one that is used on the first day
// that is kept is at most two days older.
func (l *Ledger) forget() {
	oldest := l.oldest()
	for d := range l.Seen {
		if d < oldest {
			delete(l.Seen, d)
		}
	}
	for key, all := range l.Sessions {
		if all[0].At.Unix()/day < oldest-2 {
			delete(l.Sessions, key)
		}
	}
	for key, first := range l.FirstUse {
		if first/day < oldest {
			delete(l.FirstUse, key)
			delete(l.Asked, key)
		}
	}
}

func (l *Ledger) usageOf(all map[string]*Usage, id string) *Usage {
	u := all[id]
	if u == nil {
		u = NewUsage(l.key)
		all[strings.Clone(id)] = u
	}
	return u
}

func (l *Ledger) unresolvedOf(why Why) *UnknownRight {
	u := l.Unresolved[why]
	if u == nil {
		u = &UnknownRight{key: l.key}
		l.Unresolved[why] = u
	}
	return u
}

// note remembers that a session was used, until it is known who opened it.
func (l *Ledger) note(r *Record, a Actor) {
	if a.Session.PrincipalID == "" || r.Identity.begins().Kind != WhoUnknown {
		return
	}
	if was, there := l.FirstUse[a.Session]; !there || r.Time.Unix() < was {
		key := a.Session
		key.PrincipalID = strings.Clone(key.PrincipalID)
		l.FirstUse[key] = r.Time.Unix()
	}
}

// Settled is what is now known of a session that was used.
type Settled struct {
	Session SessionKey
	Who     Who
	// Provisional: the session's opening was not seen within the grace. A later record may still show it, and is then settled once more.
	Provisional bool
}

// Settle gives the sessions of which something new is known at an instant: who opened them, or that the opening was not seen within
// the grace. Each answer is given once, and revised when later records say otherwise.
func (l *Ledger) Settle(now time.Time, grace time.Duration) []Settled {
	var all []Settled
	for key, first := range l.FirstUse {
		who := l.Sessions.who(key)
		was := l.Asked[key]
		if who.Kind == WhoUnknown && (now.Unix() < first+int64(grace/time.Second) || was.Kind != "") || was == who {
			continue
		}
		l.Asked[key] = who
		all = append(all, Settled{key, who, who.Kind == WhoUnknown})
	}
	slices.SortFunc(all, func(a, b Settled) int {
		return cmp.Or(cmp.Compare(a.Session.PrincipalID, b.Session.PrincipalID), cmp.Compare(a.Session.Created, b.Session.Created))
	})
	return all
}
