package trail

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// maxExamples bounds the unresolved records that are kept of each reason.
const maxExamples = 20

// UnknownRight are the calls that one reason leaves unresolved.
type UnknownRight struct {
	Events   int64     `json:"events"`
	Actions  Table     `json:"actions"`
	Examples []Example `json:"examples"` // by time: 20, which a caller without the key cannot choose

	key Key
}

// Example names one record.
type Example struct {
	Time      int64  `json:"time"`
	Event     string `json:"event"`
	Account   string `json:"account"`
	Principal string `json:"principal"`
	Call      string `json:"call"` // eventSource and eventName

	rank uint64
}

func (u *UnknownRight) add(r *Record) {
	u.Events++
	e := exampleOf(r)
	u.Actions.add(e.Call, e.Time, maxActionNames, &u.key)
	if len(u.Examples) < maxExamples {
		u.keep(e)
		return
	}
	last := 0
	for i := range u.Examples {
		if e := &u.Examples[i]; e.rank == 0 {
			e.rank = e.rankBy(&u.key)
		}
		if u.Examples[i].rank > u.Examples[last].rank {
			last = i
		}
	}
	if e.rank = e.rankBy(&u.key); e.rank < u.Examples[last].rank {
		u.Examples = slices.Delete(u.Examples, last, last+1)
		u.keep(e)
	}
}

func (u *UnknownRight) keep(e Example) {
	at, _ := slices.BinarySearchFunc(u.Examples, e, func(a, b Example) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Event, b.Event), cmp.Compare(a.Account, b.Account), cmp.Compare(a.Principal, b.Principal), cmp.Compare(a.Call, b.Call))
	})
	e.Event, e.Account, e.Principal = strings.Clone(e.Event), strings.Clone(e.Account), strings.Clone(e.Principal)
	u.Examples = slices.Insert(u.Examples, at, e)
}

func (e *Example) rankBy(key *Key) uint64 {
	return key.rank(strings.Join([]string{e.Account, e.Event, e.Principal, e.Call, strconv.FormatInt(e.Time, 10)}, " "))
}

func exampleOf(r *Record) Example {
	return Example{Time: r.Time.Unix(), Event: clean(r.ID), Account: clean(r.Account), Principal: clean(r.Identity.PrincipalID), Call: clean(r.Source + " " + r.Name)}
}
