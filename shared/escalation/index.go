package escalation

import (
	"slices"
	"strings"

	"curfew/shared/iampolicy"
)

// set is a set of interesting actions, by their number.
type set [8]uint64

func (s *set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s *set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

func (s set) or(t set) set {
	for i := range s {
		s[i] |= t[i]
	}
	return s
}

// meets reports whether the sets have an action in common.
func (s *set) meets(t set) bool {
	for i := range s {
		if s[i]&t[i] != 0 {
			return true
		}
	}
	return false
}

func (s set) not() set {
	for i := range s {
		s[i] = ^s[i]
	}
	return s
}

// index evaluates the action patterns of each document once.
type index struct {
	actions   []string
	numbers   map[string]int
	byService map[string][]int
	patterns  map[string]set
	infos     map[*iampolicy.Document]*info
}

// info is what matters of a document.
type info struct {
	allows, covers set
	asks           set      // covered by statements with conditions or policy variables: the context matters
	denies         bool     // has a Deny
	userIDs        []string // values of aws:userid
	// principalTags and resourceTags are the keys of tags that its conditions ask for.
	principalTags, resourceTags []string
}

func newIndex() *index {
	x := &index{numbers: map[string]int{}, byService: map[string][]int{}, patterns: map[string]set{}, infos: map[*iampolicy.Document]*info{}}
	all := []string{passRole, assumeRole, updateTrust, createKey, deleteKey, createLogin, updateLogin, createProfile, addToProfile, createVersion,
		deleteVersion, setVersion, addToGroup, leaveGroup, putGroup, attachGroup, createRole, createUser, tagRole, tagUser, deleteGroup, detachGroup, putSet, attachSet, provision, anything}
	for _, k := range []kindActions{ofRole, ofUser} {
		all = append(all, k.put, k.attach, k.remove, k.detach, k.bound, k.unbound)
	}
	for _, r := range rows() {
		all = append(all, r.actions()...)
	}
	slices.Sort(all)
	x.actions = slices.Compact(all)
	for i, a := range x.actions {
		service, _, _ := strings.Cut(a, ":")
		x.numbers[a] = i
		x.byService[service] = append(x.byService[service], i)
	}
	return x
}

func (x *index) pattern(p string) set {
	if s, ok := x.patterns[p]; ok {
		return s
	}
	var s set
	service, _, _ := strings.Cut(strings.ToLower(p), ":")
	candidates, literal := x.byService[service], !strings.ContainsAny(service, "*?")
	if !literal {
		for i := range x.actions {
			candidates = append(candidates, i)
		}
	}
	for _, i := range candidates {
		if (iampolicy.Statement{Actions: []string{p}}).Covers(x.actions[i]) {
			s.add(i)
		}
	}
	x.patterns[p] = s
	return s
}

func (x *index) of(d *iampolicy.Document) *info {
	if i, ok := x.infos[d]; ok {
		return i
	}
	i := &info{}
	for _, s := range d.Statements {
		var c set
		for _, a := range slices.Concat(s.Actions, s.NotActions) {
			c = c.or(x.pattern(a))
		}
		if len(s.NotActions) > 0 {
			c = c.not()
		}
		i.covers = i.covers.or(c)
		if s.Effect == iampolicy.Allow {
			i.allows = i.allows.or(c)
		}
		i.denies = i.denies || s.Effect == iampolicy.Deny
		if len(s.Conditions) > 0 || slices.ContainsFunc(slices.Concat(s.Resources, s.NotResources), func(r string) bool { return strings.Contains(r, "${") }) {
			i.asks = i.asks.or(c)
		}
		for _, c := range s.Conditions {
			if key := strings.ToLower(c.Key); strings.HasPrefix(key, principalTag) {
				i.principalTags = append(i.principalTags, c.Key[len(principalTag):])
			} else if at := strings.Index(key, resourceTag); at > 0 {
				i.resourceTags = append(i.resourceTags, c.Key[at+len(resourceTag):])
			}
			if strings.EqualFold(c.Key, "aws:userid") {
				i.userIDs = append(i.userIDs, c.Values...)
			}
		}
	}
	x.infos[d] = i
	return i
}
