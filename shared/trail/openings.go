package trail

// maxOpened bounds the sessions whose openings are kept. Openings that concern no marked principal may take half of it. They are kept for
// othersKept days: such an opening matters if its session, which lasts at most 12 hours, opens another of a marked principal.
const (
	maxOpened  = 200_000
	othersKept = 2
)

// open notes the opening that a record shows, if it can matter.
func (l *Ledger) open(r *Record) {
	key, o, ok := openingOf(r)
	if !ok {
		return
	}
	since, most := l.Newest/day-othersKept, maxOpened/2
	if l.concerns(key, o) {
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

// concerns reports whether an opening is of or by a session of a marked principal.
func (l *Ledger) concerns(key SessionKey, o Opening) bool {
	return l.Rights.Marked(roleOf(key.PrincipalID)) || o.From != "" && l.Rights.Marked(roleOf(o.From))
}

// forgetOpenings drops the openings that are too old for what they concern.
func (l *Ledger) forgetOpenings() {
	needed := l.chained()
	for key, all := range l.Sessions {
		since := l.Newest/day - othersKept
		if needed[key] {
			since = l.oldest() - othersKept
		}
		if all[0].At.Unix()/day < since {
			delete(l.Sessions, key)
		}
	}
}

// chained are the sessions of marked principals, those that they opened, and those in the chains to them.
func (l *Ledger) chained() map[SessionKey]bool {
	needed := map[SessionKey]bool{}
	var left []SessionKey
	need := func(key SessionKey) {
		if len(l.Sessions[key]) > 0 && !needed[key] {
			needed[key] = true
			left = append(left, key)
		}
	}
	for key, all := range l.Sessions {
		for _, o := range all {
			if l.concerns(key, o) {
				need(key)
			}
		}
	}
	for len(left) > 0 {
		key := left[len(left)-1]
		left = left[:len(left)-1]
		for _, o := range l.Sessions[key] {
			for _, created := range [...]int64{o.Created - 1, o.Created, o.Created + 1} { // see openings
				need(SessionKey{o.From, created})
			}
		}
	}
	return needed
}
