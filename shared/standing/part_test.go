package standing

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"curfew/shared/authdetails"
)

// An entry that is looked up afterwards is the one that Analyse makes with the same options.
func TestAnEntryLookedUpAfterwards(t *testing.T) {
	worker := role{name: "worker", policies: map[string]string{"p": allow("iam:CreateUser cloudtrail:StopLogging", "*")}}
	d := details(t, []role{worker, {name: "idle"}})
	o := Options{Now: now, Accessed: map[string]*Accessed{arnOf("worker"): {At: now, Services: map[string]AccessedService{"cloudtrail": {}, "iam": {Last: now, Actions: map[string]time.Time{"CreateUser": now}}}}}}
	before, err := Analyse(d, Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	want, err := Analyse(d, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range before.Entries {
		was := *e
		at := slices.IndexFunc(d.Principals, func(p *authdetails.Principal) bool { return p.ID == e.ID })
		got := e.Looked(d.Principals[at], o)
		if !reflect.DeepEqual(got, want.Entries[i]) || !reflect.DeepEqual(*e, was) {
			t.Errorf("%s is %+v, want %+v", e.Principal, got, want.Entries[i])
		}
	}
	if reflect.DeepEqual(before.Entries[0], want.Entries[0]) {
		t.Error("what is known of use changes nothing")
	}
}

// A tally says what a report says of an account.
func TestATallyIsTheAccount(t *testing.T) {
	var all []role
	for i := range 30 {
		r := role{name: "r" + string(rune('a'+i))}
		if i%3 > 0 {
			r.policies = map[string]string{"p": allow([]string{"", "iam:CreateUser", "cloudtrail:StopLogging"}[i%3], "*")}
		}
		all = append(all, r)
	}
	r, err := Analyse(details(t, all), Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	tally := Tally{Account: Account{ID: home}}
	for i := len(r.Entries) - 1; i >= 0; i-- {
		tally.Add(r.Entries[i])
	}
	if tally.Account != r.Accounts[0] || tally.Score == 0 || len(tally.Top) != topScores {
		t.Errorf("%+v, want %+v", tally, r.Accounts[0])
	}
}
