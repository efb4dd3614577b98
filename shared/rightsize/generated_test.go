package rightsize_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/rightsize"
	"curfew/shared/trail"
)

var cases = flag.Int("cases", 200, "generated policies with random use; the table is printed with -v")

// tally are the numbers of one kind of policy.
type tally struct {
	cases, allowed, used, calls, kept  int
	unused, gone                       int // of what CloudTrail shows by default
	unobservable, spare, probes, wider int
	size, was                          int
}

// generator makes policies and what is done with them.
type generator struct {
	*rand.Rand
	services []string
}

var kinds = []string{"names", "prefixes", "services", "mixed", "NotAction", "every action"}

func (g generator) pick(all []string) string { return all[g.IntN(len(all))] }

// action is one of a service, as "sns:CreateTopic".
func (g generator) action(service string) string {
	all := iamdata.Actions(service)
	return service + ":" + all[g.IntN(len(all))].Name
}

func (g generator) patterns(kind, service string) (all []string) {
	for range 1 + g.IntN(6) {
		name := g.action(service)
		cut := len(service) + 1 + g.IntN(len(name)-len(service))
		switch {
		case kind == "every action":
			return []string{"*"}
		case kind == "services" || kind == "mixed" && g.IntN(4) == 0:
			return []string{service + ":*"}
		case kind == "prefixes" || kind == "mixed" && g.IntN(2) == 0:
			all = append(all, name[:cut]+"*")
		case kind == "mixed" && g.IntN(3) == 0:
			all = append(all, service+":*"+name[cut:])
		default:
			all = append(all, name, g.action(service), g.action(service))
		}
	}
	return all
}

// resources are those of a service, of S3, or all.
func (g generator) resources(service string) []string {
	switch g.IntN(4) {
	case 0:
		return []string{"arn:aws:" + service + ":*:111122223333:*", "arn:aws:s3:::*"}
	case 1:
		return []string{"arn:aws:" + service + ":*:*:*"}
	}
	return []string{"*"}
}

// secure is the condition of some statements, and met the context of each call.
var (
	secure = []iampolicy.Condition{{Operator: "Bool", Key: "aws:SecureTransport", Values: []string{"true"}}}
	met    = iampolicy.Context{"aws:SecureTransport": {"true"}}
)

func (g generator) policy(kind string) iampolicy.Document {
	d := iampolicy.Document{Version: iampolicy.Version}
	for range 1 + g.IntN(4) {
		service := g.pick(g.services)
		s := iampolicy.Statement{Effect: iampolicy.Allow, Resources: g.resources(service)}
		if kind == "NotAction" {
			s.NotActions = append(g.patterns("mixed", service), "iam:*")
		} else {
			s.Actions = g.patterns(kind, service)
		}
		if g.IntN(3) == 0 {
			s.Conditions = secure
		}
		d.Statements = append(d.Statements, s)
	}
	if g.IntN(3) == 0 {
		d.Statements = append(d.Statements, iampolicy.Statement{Effect: iampolicy.Deny, Actions: g.patterns("prefixes", g.pick(g.services)), Resources: g.resources("s3")})
	}
	return d
}

// call asks for an action on an ARN of one of its types.
func (g generator) call(action string) iampolicy.Call {
	c := iampolicy.Call{Action: action, Resource: "*", Context: met}
	service, name, _ := strings.Cut(action, ":")
	if a, _ := iamdata.Lookup(service, name); len(a.Resources) > 0 {
		format := a.Resources[g.IntN(len(a.Resources))].ARNs[0]
		c.Resource = ""
		for format != "" {
			before, rest, found := strings.Cut(format, "${")
			c.Resource += before
			if !found {
				break
			}
			variable, after, _ := strings.Cut(rest, "}")
			c.Resource += map[string]string{"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"}[variable]
			if c.Resource[len(c.Resource)-1] == ':' && variable != "Region" && variable != "Account" || strings.HasSuffix(c.Resource, "/") {
				c.Resource += fmt.Sprint("x", g.IntN(5))
			}
			format = after
		}
	}
	return c
}

// reached are the known actions that documents allow.
func reached(d *iampolicy.Document) map[string]bool {
	all := map[string]bool{}
	if d == nil {
		return all
	}
	for _, service := range iamdata.Services() {
		if !mayReach(d, service) {
			continue
		}
		for _, a := range iamdata.Actions(service) {
			if action := service + ":" + a.Name; iampolicy.Reaches(action, d) {
				all[action] = true
			}
		}
	}
	return all
}

func mayReach(d *iampolicy.Document, service string) bool {
	for _, s := range d.Statements {
		for _, action := range s.Actions {
			if s.Effect == iampolicy.Allow && (action == "*" || strings.HasPrefix(action, service+":")) {
				return true
			}
		}
		if len(s.NotActions) > 0 {
			return true
		}
	}
	return false
}

func allowed(d *iampolicy.Document, c iampolicy.Call) bool {
	return iampolicy.Evaluate(iampolicy.Policies{Identity: []iampolicy.Named{{Document: d}}}, c).Outcome == iampolicy.Allowed
}

// one narrows one generated policy, and measures by the evaluator alone.
func (g generator) one(t *testing.T, kind string, sum *tally) {
	made := g.policy(kind)
	text := made.Bytes()
	old, err := iampolicy.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	before := reached(old)
	names := make([]string, 0, len(before))
	for _, service := range iamdata.Services() { // a fixed order
		for _, a := range iamdata.Actions(service) {
			if before[service+":"+a.Name] {
				names = append(names, service+":"+a.Name)
			}
		}
	}
	var calls []iampolicy.Call
	var recorded []rightsize.Use
	used := map[string]bool{}
	for range min(len(names), g.IntN(40)) {
		c := g.call(g.pick(names))
		if !allowed(old, c) {
			continue
		}
		u := rightsize.Use{Action: c.Action, Resource: c.Resource, Calls: 1}
		if g.IntN(3) == 0 {
			u.Resource = "" // as of a record that does not say
		}
		calls, recorded, used[c.Action] = append(calls, c), append(recorded, u), true
	}
	r, err := rightsize.Narrow(rightsize.Input{Policies: []rightsize.Policy{{Name: "p", Text: text}}, Uses: recorded, Resources: g.IntN(3) == 0})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var narrow *iampolicy.Document
	if c := r.Policies[0]; c.Policy != "" {
		if narrow, err = iampolicy.Parse([]byte(c.Policy)); err != nil {
			t.Fatalf("%s: %v", c.Policy, err)
		}
	}
	g.measure(t, old, narrow, calls, r, sum)
	after := reached(narrow)
	for action := range after {
		if !before[action] {
			t.Errorf("%s became %s, which allows %s", text, r.Policies[0].Policy, action)
		}
	}
	sum.cases, sum.allowed, sum.used = sum.cases+1, sum.allowed+len(before), sum.used+len(used)
	for action := range before {
		if !used[action] && !trail.DataEvent(action) {
			sum.unused++
			if !after[action] {
				sum.gone++
			}
		}
	}
}

// measure asks both policies: for the recorded calls, and for others.
func (g generator) measure(t *testing.T, old, narrow *iampolicy.Document, calls []iampolicy.Call, r *rightsize.Result, sum *tally) {
	for _, c := range calls {
		sum.calls++
		if allowed(narrow, c) {
			sum.kept++
		} else {
			t.Errorf("%s on %s is lost: %s became %s", c.Action, c.Resource, old.Bytes(), r.Policies[0].Policy)
		}
	}
	for range 100 {
		service := g.pick(g.services)
		if narrow != nil && g.IntN(2) == 0 {
			if s := narrow.Statements[g.IntN(len(narrow.Statements))]; len(s.Actions) > 0 {
				service, _, _ = strings.Cut(strings.ToLower(g.pick(s.Actions)), ":")
			}
		}
		if len(iamdata.Actions(service)) == 0 {
			continue
		}
		c := g.call(g.action(service))
		if g.IntN(4) == 0 {
			c.Action += "V2" // an action that AWS may add
		}
		if g.IntN(4) == 0 {
			c.Context = nil
		}
		sum.probes++
		if allowed(narrow, c) && !allowed(old, c) {
			sum.wider++
			t.Errorf("%s on %s is new: %s became %s", c.Action, c.Resource, old.Bytes(), r.Policies[0].Policy)
		}
	}
	change := r.Policies[0]
	sum.unobservable, sum.spare, sum.size, sum.was = sum.unobservable+len(r.Unobservable), sum.spare+len(r.Spare), sum.size+change.Size, sum.was+change.Was
	if change.Size > max(6144, change.Was) {
		t.Errorf("%d characters, of %d before", change.Size, change.Was)
	}
}

// TestGenerated narrows random policies by random use of them. Each recorded call stays; of the actions that were never used and that CloudTrail
// shows by default, four of five go or more.
func TestGenerated(t *testing.T) {
	g := generator{rand.New(rand.NewPCG(20, 5)), nil}
	for _, service := range iamdata.Services() {
		if len(iamdata.Actions(service)) > 0 {
			g.services = append(g.services, service)
		}
	}
	sums := map[string]*tally{"all": {}}
	for i := range *cases {
		kind := kinds[i%4]
		if i%100 < 2 { // they cost a hundred times as much
			kind = kinds[4+i%100]
		}
		if sums[kind] == nil {
			sums[kind] = &tally{}
		}
		g.one(t, kind, sums[kind])
	}
	t.Logf("%-12s %6s %9s %7s %16s %24s %13s %6s %10s %s", "policy", "cases", "allowed", "used", "calls kept", "unused that go", "unobservable", "spare", "not wider", "characters")
	for _, kind := range append(kinds, "all") {
		s := sums[kind]
		if s == nil {
			continue
		}
		t.Logf("%-12s %6d %9d %7d %7d of %6d %9d of %9d %3.0f %% %10d %6d %10d %d of %d", kind, s.cases, s.allowed, s.used, s.kept, s.calls, s.gone, s.unused, 100*float64(s.gone)/float64(max(1, s.unused)), s.unobservable, s.spare, s.probes-s.wider, s.size, s.was)
		if s.kept != s.calls || 5*s.gone < 4*s.unused {
			t.Errorf("%s: %d of %d calls are kept, %d of %d unused actions go", kind, s.kept, s.calls, s.gone, s.unused)
		}
		if all := sums["all"]; kind != "all" {
			*all = tally{all.cases + s.cases, all.allowed + s.allowed, all.used + s.used, all.calls + s.calls, all.kept + s.kept, all.unused + s.unused, all.gone + s.gone,
				all.unobservable + s.unobservable, all.spare + s.spare, all.probes + s.probes, all.wider + s.wider, all.size + s.size, all.was + s.was}
		}
	}
}
