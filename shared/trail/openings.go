package trail

// maxOpened bounds the sessions whose openings are kept; those that concern no marked principal may take half of it, and are kept for
// othersKept days. Such an opening matters if its session, which lasts at most 12 hours, opens another of a marked principal.
const (
	maxOpened  = 200_000
	othersKept = 2
)

// concerns reports whether an opening is of or by a session of a marked principal.
func (o *Opening) concerns(x *Rights, key SessionKey) bool {
	return x.Marked(roleOf(key.PrincipalID)) || o.From != "" && x.Marked(roleOf(o.From))
}

// forget drops the openings before a day that concern a marked principal, and the others before another.
func (s Sessions) forget(x *Rights, concerned, others int64) {
	needed := s.chained(x)
	for key, all := range s {
		if on := all[0].At.Unix() / day; on < concerned || on < others && !needed[key] {
			delete(s, key)
		}
	}
}

// chained are the sessions of marked principals, those that they opened, and those in the chains to them.
func (s Sessions) chained(x *Rights) map[SessionKey]bool {
	needed := map[SessionKey]bool{}
	var left []SessionKey
	need := func(key SessionKey) {
		if len(s[key]) > 0 && !needed[key] {
			needed[key] = true
			left = append(left, key)
		}
	}
	for key, all := range s {
		for _, o := range all {
			if o.concerns(x, key) {
				need(key)
			}
		}
	}
	for len(left) > 0 {
		key := left[len(left)-1]
		left = left[:len(left)-1]
		for _, o := range s[key] {
			for _, created := range [...]int64{o.Created - 1, o.Created, o.Created + 1} { // see openings
				need(SessionKey{o.From, created})
			}
		}
	}
	return needed
}
