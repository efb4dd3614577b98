package trail

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// keptFor is how long a double of a record is recognized, by the newest record's time. CloudTrail delivers within
// minutes, and retries for hours.
const keptFor = 8 * 24 * time.Hour

// Ledger attributes records and counts the uses of each right. A repeated record counts once. Order does not matter
// while no record is more than 8 days older than the newest, no opening by an unmarked principal more than 2 days, and
// there was room for all (Unheld, Unopened). Mark a principal in the rights before its first record comes. It is not
// safe for concurrent use. Make one with [NewLedger].
type Ledger struct {
	Rights *Rights
	// Keep is how much older than the newest a counted record may be; zero: 8 days. More takes memory.
	Keep time.Duration
	// Now is the clock; nil: [time.Now]. A record over 15 minutes ahead counts as without a time: it would make all
	// others too old.
	Now func() time.Time
	// Grace is how long a verdict is provisional because the opening of its session has not come; zero: 10 minutes.
	Grace     time.Duration
	key       Key
	heldBytes int
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
	Held       heldDays              `json:"held,omitempty"`     // records whose verdict is provisional, by day since 1970
	Unheld     int64                 `json:"unheld,omitempty"`   // records for which there was no room: they count if they come again with a final verdict
	Unopened   int64                 `json:"unopened,omitempty"` // openings and uses of sessions for which there was no room
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
		Held: heldDays{}, Seen: map[int64]seenOnDay{}, Asked: map[SessionKey]Who{}, FirstUse: map[SessionKey]int64{},
	}}
}

// Add attributes a record. True: it is counted now. False: it was counted before, is too old to know, or is provisional
// and held until [Ledger.Revise] or a double finds its final right.
func (l *Ledger) Add(r *Record) (Verdict, bool) {
	now := l.now()
	if r.Time.After(now.Add(maxAhead)) {
		r.Time, r.time = time.Time{}, ""
	}
	l.advance(r)
	l.open(r)
	v := l.Rights.Attribute(r)
	if v.Right == Service || v.Right == Other {
		l.Others++
		return v, true
	}
	on, key := dayOf(r), keyOf(r)
	if on < l.oldest() {
		l.TooOld++
		return v, false
	}
	_, counted := l.Seen[on][key]
	if counted {
		l.Doubles++
	}
	a := r.Identity.Actor()
	l.note(r, a)
	isFinal := !v.Provisional
	switch {
	case counted:
	case !isFinal:
		l.hold(on, key, r)
	default:
		l.release(on, key)
		l.count(on, key, r, &v)
	}
	if now.Before(r.Time.Add(cmp.Or(l.Grace, grace))) && a.Session.PrincipalID != "" {
		v.Provisional = v.Provisional || l.Sessions.Who(&r.Identity).Kind == WhoUnknown
	}
	return v, !counted && isFinal
}

func (l *Ledger) count(on int64, key eventKey, r *Record, v *Verdict) {
	if l.Seen[on] == nil {
		l.Seen[on] = seenOnDay{}
	}
	l.Seen[on][key] = struct{}{}
	switch v.Right {
	case Unresolved:
		l.unresolvedOf(v.Why).add(r)
	case Standing:
		l.usageOf(l.Standing, r.Identity.Actor().PrincipalID).Add(r, v)
	case ByElevation:
		l.usageOf(l.Elevations, v.Elevation).Add(r, v)
	}
}

func (l *Ledger) hold(on int64, key eventKey, r *Record) {
	if l.Held[on][key] != nil {
		l.Doubles++
		return
	}
	text, err := heldForm(r)
	if err != nil || l.heldBytes+len(text) > maxHeld {
		l.Unheld++
		return
	}
	l.Held.put(on, key, text)
	l.heldBytes += len(text)
}

func (l *Ledger) release(on int64, key eventKey) {
	l.heldBytes -= len(l.Held[on][key])
	l.Held.drop(on, key)
}

// Revise takes new rights, and counts the held records whose verdict they make final.
func (l *Ledger) Revise(rights *Rights) error {
	l.Rights = rights
	for on := range l.Held {
		if err := l.recount(on, false); err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) recount(on int64, all bool) error {
	for key, text := range l.Held[on] {
		var r Record
		if err := json.Unmarshal(text, &r); err != nil {
			return fmt.Errorf("a record that is held: %w", err)
		}
		if v := l.Rights.Attribute(&r); all || !v.Provisional {
			l.release(on, key)
			l.count(on, key, &r, &v)
		}
	}
	return nil
}

// open notes the opening that a record shows, if it can matter.
func (l *Ledger) open(r *Record) {
	key, o, ok := openingOf(r)
	if !ok {
		return
	}
	since, most := l.Newest/day-othersKept, maxOpened/2
	if o.concerns(l.Rights, key) {
		since, most = l.oldest()-othersKept, maxOpened
	}
	switch {
	case r.Time.Unix()/day < since:
	case len(l.Sessions) >= most && l.Sessions[key] == nil:
		l.Unopened++
	default:
		l.Sessions.add(key, o)
	}
}

// maxAhead is how far a record's time may be ahead of the clock. grace is how long the opening of a session may come after its use.
const (
	maxAhead = 15 * time.Minute
	grace    = 10 * time.Minute
)

func (l *Ledger) now() time.Time {
	if l.Now != nil {
		return l.Now()
	}
	return time.Now()
}

// Forget returns and drops the usage of elevations last used before an instant. Merge later usage of one with what was
// returned.
func (l *Ledger) Forget(before time.Time) map[string]*Usage {
	over := map[string]*Usage{}
	for id, u := range l.Elevations {
		if u.Last < before.Unix() {
			over[id] = u
			delete(l.Elevations, id)
		}
	}
	return over
}

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

func (l *Ledger) oldest() int64 { return l.Newest/day - int64(cmp.Or(l.Keep, keptFor)/(24*time.Hour)) }

// forget drops days that are no longer counted. A session lasts at most 12 hours, so openings are kept two days longer.
func (l *Ledger) forget() {
	oldest := l.oldest()
	for on := range l.Held {
		if on < oldest {
			_ = l.recount(on, true) // hold wrote the texts
		}
	}
	for d := range l.Seen {
		if d < oldest {
			delete(l.Seen, d)
		}
	}
	l.Sessions.forget(l.Rights, oldest-othersKept, l.Newest/day-othersKept)
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

func (l *Ledger) note(r *Record, a Actor) {
	if a.Session.PrincipalID == "" || r.Identity.begins().Kind != WhoUnknown {
		return
	}
	if was, there := l.FirstUse[a.Session]; !there && len(l.FirstUse) >= maxOpened {
		l.Unopened++
	} else if !there || r.Time.Unix() < was {
		key := a.Session
		key.PrincipalID = kept(key.PrincipalID)
		l.FirstUse[key] = r.Time.Unix()
	}
}

// Settled is what is now known of a session that was used.
type Settled struct {
	Session SessionKey
	Who     Who
	// Provisional: the session's opening was not seen within the grace. A later record may still show it, and settles
	// it again.
	Provisional bool
}

// Settle returns the sessions with news: who opened them, or that the opening was not seen within the grace. Each
// answer is given once, and again if later records change it.
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
