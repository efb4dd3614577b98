package trailtest

import (
	"fmt"
	"iter"
	"math/rand/v2"
	"strings"
	"time"

	"curfew/shared/iampolicy"
	"curfew/shared/trail"
)

// Begin is when the first day begins.
var Begin = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// Day is one day of an account: marked roles with elevations, and everybody else.
type Day struct {
	Grants    []trail.Grant
	Baselines []trail.Baseline

	begin    time.Time
	number   int64
	roles    []string
	sessions []session
	random   *rand.Rand
}

// session is one session of a marked role.
type session struct {
	role, name, person string
	opened             time.Time
	grant              *trail.Grant // nil: it has none
	may                []call       // by its grant
	both               call         // by its grant, and by its role's own policies
}

// Truth is what a record of a day is.
type Truth struct {
	Right        trail.Right
	Why          trail.Why
	Elevation    string
	Denied       bool
	AlsoStanding bool
	Who          string // the person at the beginning; empty: not said
	Complete     bool   // its identity is complete and its session is known
}

// NewDay makes day number n of so many marked roles, each with so many sessions. The same numbers give the same day.
func NewDay(n int64, roles, perRole int) (*Day, error) {
	d := &Day{begin: Begin.Add(time.Duration(n) * 24 * time.Hour), number: n, random: rand.New(rand.NewPCG(uint64(n), 7))}
	for i := range roles {
		role := fmt.Sprintf("team/marked-%03d", i)
		d.roles = append(d.roles, role)
		own, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Action":["ec2:Describe*","cloudwatch:Describe*","rds:Describe*","iam:List*","cloudformation:List*","sts:AssumeRole"],"Resource":"*"},` +
			`{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}]}`))
		if err != nil {
			return nil, err
		}
		d.Baselines = append(d.Baselines, trail.Baseline{PrincipalID: roleID(role), From: Begin.Add(-24 * time.Hour), Until: Begin.Add(1000 * 24 * time.Hour),
			Policies: iampolicy.Policies{Identity: []iampolicy.Named{{Name: "own", Document: own}}}})
		for j := range perRole {
			if err := d.addSession(role, j); err != nil {
				return nil, err
			}
		}
	}
	return d, nil
}

// addSession gives a role a session, three of four with an elevation of an hour.
func (d *Day) addSession(role string, n int) error {
	s := session{role: role, name: fmt.Sprintf("s%d-%d", d.number, n), person: fmt.Sprintf("arn:aws:iam::%s:user/person-%d", account, n%7)}
	s.opened = d.begin.Add(time.Duration(d.random.IntN(22*3600)) * time.Second)
	if n%4 != 3 {
		first := d.random.IntN(len(calls))
		s.may = []call{calls[first], calls[(first+3)%len(calls)]}
		s.both = reads[d.random.IntN(len(reads))]
		g, err := s.elevate(fmt.Sprintf("e%d-%s-%d", d.number, role[len("team/"):], n))
		if err != nil {
			return err
		}
		d.Grants = append(d.Grants, g)
		s.grant = &g
	}
	d.sessions = append(d.sessions, s)
	return nil
}

func (s session) elevate(id string) (g trail.Grant, err error) {
	parsed, err := iampolicy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","` + s.may[0].action + `","` + s.may[1].action + `","` + s.both.action + `"],"Resource":"*"}]}`))
	if err != nil {
		return g, err
	}
	fenced, err := iampolicy.Compile(parsed, iampolicy.Fence{NotBefore: iampolicy.MarkNotBefore, NotAfter: iampolicy.MarkNotAfter, PrincipalID: roleID(s.role), SessionName: s.name})
	if err != nil {
		return g, err
	}
	from := s.opened.Add(5 * time.Minute)
	return trail.Grant{Elevation: id, PrincipalID: roleID(s.role), Account: account, Task: "change/" + id, UserID: roleID(s.role) + ":" + s.name,
		From: from, Deadline: from.Add(time.Hour), Documents: []string{string(fenced.Bytes())}}, nil
}

// Records gives so many records of the day, in the order of their making, with what each is. The text is valid until the next.
func (d *Day) Records(most int) iter.Seq2[[]byte, Truth] {
	return func(yield func([]byte, Truth) bool) {
		seq := d.number * 1_000_000_000
		b := make([]byte, 0, 4096)
		for _, s := range d.sessions {
			seq++
			b = write(b[:0], seq, s.opened, d.opener(s), s.opening(), s.name, "")
			if !yield(b, Truth{Right: trail.Other}) {
				return
			}
		}
		for range most - len(d.sessions) {
			seq++
			var t Truth
			if b, t = d.record(b[:0], seq); !yield(b, t) {
				return
			}
		}
	}
}

// opener is the user who opens a session.
func (d *Day) opener(s session) identity {
	name := s.person[strings.LastIndexByte(s.person, '/')+1:]
	return identity{account: account, text: `{"type":"IAMUser","principalId":"AIDAPERSON` + name + `","arn":"` + s.person + `","accountId":"` + account + `","accessKeyId":"AKIAEXAMPLE000000001","userName":"` + name + `"}`}
}

func (s session) opening() call {
	id, role := roleID(s.role), s.role[strings.LastIndexByte(s.role, '/')+1:]
	return call{"sts.amazonaws.com", "AssumeRole", "sts:AssumeRole", true, `{"roleArn":"arn:aws:iam::` + account + `:role/` + s.role + `","roleSessionName":"%[1]s","durationSeconds":3600}`,
		`{"credentials":{"accessKeyId":"ASIA` + id[4:] + `","expiration":"` + s.opened.Add(time.Hour).Format("Jan 2, 2006, 3:04:05 PM") + `","sessionToken":"HIDDEN"},"assumedRoleUser":{"assumedRoleId":"` + id + `:%[1]s","arn":"arn:aws:sts::` + account + `:assumed-role/` + role + `/%[1]s"}}`,
		`[{"accountId":"` + account + `","type":"AWS::IAM::Role","ARN":"arn:aws:iam::` + account + `:role/` + s.role + `"}]`}
}

// record makes one record: three of ten by marked principals.
func (d *Day) record(b []byte, seq int64) ([]byte, Truth) {
	at := d.begin.Add(time.Duration(d.random.IntN(24*3600)) * time.Second)
	name := fmt.Sprintf("thing-%d", d.random.IntN(5000))
	if d.random.IntN(10) >= 3 {
		who := foreign[d.random.IntN(len(foreign))]
		t := Truth{Right: trail.Other}
		switch {
		case strings.Contains(who.text, `"type":"AWSService"`), !strings.Contains(who.text, `"type"`):
			t.Right = trail.Service
		case strings.Contains(who.text, `"type":"Unknown"`):
			t.Right, t.Why = trail.Unresolved, trail.WhyIdentity
		}
		pick := reads[d.random.IntN(len(reads))]
		return write(b, seq, at, who, pick, name, ""), t
	}
	return d.marked(b, seq, name)
}

// marked makes a record of a session of a marked role.
func (d *Day) marked(b []byte, seq int64, name string) ([]byte, Truth) {
	s := d.sessions[d.random.IntN(len(d.sessions))]
	t := Truth{Who: s.person, Complete: true}
	who := sessionOf(s.role, s.name, s.opened, "")
	within := s.opened.Add(6*time.Minute + time.Duration(d.random.IntN(50*60))*time.Second)
	switch n := d.random.IntN(100); {
	case s.grant == nil && n < 75, n < 25: // by itself
		before := s.opened.Add(time.Duration(1+d.random.IntN(200)) * time.Second)
		t.Right = trail.Standing
		return write(b, seq, before, who, reads[d.random.IntN(len(reads))], name, ""), t
	case s.grant == nil || n < 30: // refused
		c := calls[d.random.IntN(len(calls))]
		t.Right, t.Denied = trail.Standing, true
		if s.grant != nil {
			t.Right, t.Elevation = trail.ByElevation, s.grant.Elevation
		}
		return write(b, seq, within, who, c, name, "User: arn:aws:sts::"+account+":assumed-role/x is not authorized to perform: "+c.action+" because no identity-based policy allows it"), t
	case n < 31: // a tag of the resource decides, which no record has
		t.Right, t.Why = trail.Unresolved, trail.WhyContext
		return write(b, seq, within, who, call{"sqs.amazonaws.com", "PurgeQueue", "sqs:PurgeQueue", false, `{"queueUrl":"https://sqs.eu-west-1.amazonaws.com/111122223333/%[1]s"}`, `null`, ``}, name, ""), t
	case n < 45: // both
		t.Right, t.Elevation, t.AlsoStanding = trail.ByElevation, s.grant.Elevation, true
		return write(b, seq, within, who, s.both, name, ""), t
	}
	t.Right, t.Elevation = trail.ByElevation, s.grant.Elevation
	return write(b, seq, within, who, s.may[d.random.IntN(2)], name, ""), t
}
