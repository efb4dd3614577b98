package access_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/identity"
)

func noKind() error { return errors.New("no kind") }

func person(name string, groups ...string) identity.Caller {
	return identity.Caller{ID: identity.PersonID("https://id.example.com", name), Kind: identity.Person, Name: name, Groups: groups}
}

func terms() access.Terms {
	return access.Terms{
		ID: "01jd2q7v3x0000000000000000", Requester: person("ana", "engineers"), Owners: []string{"group:platform"},
		Principal: access.Principal{ARN: "arn:aws:iam::111122223333:role/engineer-deploy", ID: "AROAEXAMPLE0000000001", Account: "111122223333"},
		Session:   access.Session{Bind: access.BindUserID, Value: "ana"},
		Approval:  access.Approval{Need: 2, Of: []string{"group:leads"}},
		Policies:  []string{`{"Statement":[]}`},
	}
}

// Every field changes the digest: others could be changed after the approval.
func TestEveryFieldIsInTheDigest(t *testing.T) {
	want := terms().Digest()
	changed := 0
	var walk func(path string, get func(*access.Terms) reflect.Value)
	walk = func(path string, get func(*access.Terms) reflect.Value) {
		c := terms()
		v := get(&c)
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{"x": "y"}))
		case reflect.Slice:
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
		case reflect.Struct:
			if at, ok := v.Addr().Interface().(*time.Time); ok {
				*at = at.Add(time.Hour)
				break
			}
			for i := range v.NumField() {
				walk(path+"."+v.Type().Field(i).Name, func(t *access.Terms) reflect.Value { return get(t).Field(i) })
			}
			return
		}
		changed++
		if c.Digest() == want {
			t.Errorf("%s can be changed under the same digest", path)
		}
	}
	walk("Terms", func(t *access.Terms) reflect.Value { return reflect.ValueOf(t).Elem() })
	if changed < 30 {
		t.Errorf("only %d fields were changed", changed)
	}
}

func TestMayDecide(t *testing.T) {
	machine := identity.Caller{ID: identity.MachineID("AROAX"), Kind: identity.Machine, Name: "job", Groups: []string{"leads"}}
	twin := person("ANA", "leads")
	for _, c := range []struct {
		name string
		who  identity.Caller
		by   string
	}{
		{"a lead", person("ben", "leads"), ""},
		{"the requester", person("ana", "leads"), "curfew.self"},
		{"another account of the requester's name", twin, "curfew.self"},
		{"a machine in the group", machine, "curfew.person"},
		{"somebody else", person("zoe", "engineers"), "curfew.approvers"},
		{"a group of a similar name", person("zoe", "leads "), "curfew.approvers"},
		{"a group in another's name", person("zoe", "x,leads"), "curfew.approvers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := terms().MayDecide(c.who, terms().RequestedAt)
			if c.by == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := fault.Reasons(err); fault.KindOf(err) != fault.Denied || len(got) != 1 || got[0] != c.by {
				t.Errorf("error = %v by %v, want denied by %s", err, got, c.by)
			}
		})
	}
}

func TestEnough(t *testing.T) {
	tm := terms()
	machines := terms()
	machines.Requester = identity.Caller{ID: identity.MachineID("AROAX"), Kind: identity.Machine, Name: "job"}
	machines.Approval.Need = 1
	yes := func(t access.Terms, who ...identity.Caller) []access.Decision {
		var out []access.Decision
		for _, c := range who {
			out = append(out, access.Decision{By: c, Approve: true, Digest: t.Digest()})
		}
		return out
	}
	ben, eva := person("ben", "leads"), person("eva", "leads")
	again := person("ben", "leads")
	again.ID += "2"
	again.Name = "BEN"
	owner := person("olga", "leads", "platform")
	other := yes(tm, ben, eva)
	other[1].Digest = "another"
	no := yes(tm, ben, eva)
	no[0].Approve = false
	for _, c := range []struct {
		name  string
		terms access.Terms
		all   []access.Decision
		want  bool
	}{
		{"two people", tm, yes(tm, ben, eva), true},
		{"one", tm, yes(tm, ben), false},
		{"one twice", tm, yes(tm, ben, ben), false},
		{"one under two subjects of one name", tm, yes(tm, ben, again), false},
		{"one of them on another digest", tm, other, false},
		{"one of them denied", tm, no, false},
		{"one of them the requester", tm, yes(tm, ben, person("ana", "leads")), false},
		{"one of them not an approver", tm, yes(tm, ben, person("zoe")), false},
		{"a machine's request, by an owner alone", machines, yes(machines, owner), false},
		{"a machine's request, by somebody else", machines, yes(machines, eva), true},
		{"a machine's request, by both", machines, yes(machines, owner, eva), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.terms.Enough(c.all); got != c.want {
				t.Errorf("enough = %v, want %v", got, c.want)
			}
		})
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"01jd2q7v3x0000000000000000":  true,
		"01JD2Q7V3X0000000000000000":  false,
		"81jd2q7v3x0000000000000000":  false,
		"01jd2q7v3x000000000000000":   false,
		"01jd2q7v3x00000000000000000": false,
		"01jd2q7v3x00000000000000/..": false,
		"01jd2q7v3x000000000000000i":  false,
		"":                            false,
	} {
		if got := access.ValidID(id); got != want {
			t.Errorf("ValidID(%q) = %v, want %v", id, got, want)
		}
	}
}
