package trail

// maxOpened bounds the sessions with kept openings. Those that concern no marked principal take at most half, for
// othersKept days: their sessions, of at most 12 hours, may open others of marked principals.
const (
	maxOpened  = 200_000
	othersKept = 2
)

// concerns reports whether an opening is of or by a session of a marked principal.
func (o *Opening) concerns(x *Rights, key SessionKey) bool {
	return x.Marked(roleOf(key.PrincipalID)) || o.From != "" && x.Marked(roleOf(o.From))
}

func (s Sessions) forget(x *Rights, concerned, others int64) {
	needed := s.chained(x)
	for key, all := range s {
		if on := all[0].At.Unix() / day; on < concerned || on < others && !needed[key] {
			delete(s, key)
		}
	}
}

// chained are marked principals' sessions, those that they opened, and those in the chains to them.
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
