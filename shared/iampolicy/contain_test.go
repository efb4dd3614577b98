package iampolicy_test

import (
	"strings"
	"testing"
	"time"

	"curfew/shared/iampolicy"
)

// granted is an attached policy: read, but not below /secret, for one session until one o'clock.
func granted(t *testing.T, conditions string) []byte {
	t.Helper()
	d := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Read","Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::data/*"`+conditions+`},
		{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::data/secret/*"}]}`)
	compiled, err := iampolicy.Compile(d, iampolicy.Fence{
		NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: "AROAEXAMPLE0000000001", SessionName: "ana",
	})
	if err != nil {
		t.Fatal(err)
	}
	filled, err := iampolicy.Fill(compiled.Bytes(), time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC), time.Date(2026, 10, 5, 13, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

func TestCounterDeniesWhatWasGrantedAndNothingElse(t *testing.T) {
	grant := granted(t, `,"Condition":{"Bool":{"aws:SecureTransport":"true"}}`)
	counter, err := iampolicy.DenyGrant(grant)
	if err != nil {
		t.Fatal(err)
	}
	all, err := iampolicy.DenyAll(grant)
	if err != nil {
		t.Fatal(err)
	}
	standing := parse(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	for _, c := range []struct {
		name, action, key, userid, at, secure string
		denied, deniedAll                     bool
	}{
		{"what was granted", "s3:GetObject", "a", "AROAEXAMPLE0000000001:ana", "12:30", "true", true, true},
		{"another action", "s3:PutObject", "a", "AROAEXAMPLE0000000001:ana", "12:30", "true", false, true},
		{"another resource", "s3:GetObject", "../other", "AROAEXAMPLE0000000001:ana", "12:30", "true", false, true},
		{"another session", "s3:GetObject", "a", "AROAEXAMPLE0000000001:ben", "12:30", "true", false, false},
		{"another principal", "s3:GetObject", "a", "AROAEXAMPLE0000000002:ana", "12:30", "true", false, false},
		{"what its condition did not let in", "s3:GetObject", "a", "AROAEXAMPLE0000000001:ana", "12:30", "false", false, true},
		{"after its end", "s3:GetObject", "a", "AROAEXAMPLE0000000001:ana", "13:00", "true", false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			resource := "arn:aws:s3:::data/" + c.key
			if other, ok := strings.CutPrefix(c.key, "../"); ok {
				resource = "arn:aws:s3:::" + other
			}
			call := iampolicy.Call{Action: c.action, Resource: resource, Context: iampolicy.Context{
				"aws:userid": {c.userid}, "aws:CurrentTime": {"2026-10-05T" + c.at + ":00Z"}, "aws:SecureTransport": {c.secure},
			}}
			for name, p := range map[string]struct {
				doc    []byte
				denied bool
			}{"what was allowed": {counter, c.denied}, "everything": {all, c.deniedAll}} {
				d, err := iampolicy.Parse(p.doc)
				if err != nil {
					t.Fatal(err)
				}
				got := iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Name: "standing", Document: standing}, {Name: "containment", Document: d}}}, call)
				if denied := got.Outcome == iampolicy.ExplicitDeny; denied != p.denied {
					t.Errorf("a Deny of %s: outcome = %s, want denied %v", name, got.Outcome, p.denied)
				}
			}
		})
	}
}

func TestCounterRefusesWhatHasNoEnd(t *testing.T) {
	for name, text := range map[string]string{
		"no fence":       `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`,
		"no policy":      `{}`,
		"nothing allows": strings.ReplaceAll(string(granted(t, "")), `"Allow"`, `"Deny"`),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := iampolicy.DenyGrant([]byte(text)); err == nil {
				t.Errorf("Counter = %s, want an error", got)
			}
			if _, err := iampolicy.DenyAll([]byte(text)); err == nil && name != "nothing allows" {
				t.Error("CounterAll: want an error")
			}
		})
	}
	if _, err := iampolicy.DenyGrant(); err == nil {
		t.Error("Counter of nothing: want an error")
	}
}
