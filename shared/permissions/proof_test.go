package permissions

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"curfew/shared/iampolicy"
)

// permission is one action that one statement of a role allows.
type permission struct{ role, sid, action string }

func (p permission) String() string { return p.role + ": " + p.action + " (" + p.sid + ")" }

// contexts returns the circumstances under which a call must be allowed, by name.
func (c call) contexts() map[string]iampolicy.Context {
	with := func(more iampolicy.Context) iampolicy.Context {
		all := iampolicy.Context{}
		if c.LeadingKey != "" {
			all["dynamodb:LeadingKeys"] = []string{c.LeadingKey}
		}
		if c.PolicyARN != "" {
			all["iam:PolicyARN"] = []string{c.PolicyARN}
		}
		if strings.HasPrefix(c.Action, "s3:") {
			all["aws:ResourceOrgID"], all["aws:ResourceAccount"], all["s3:prefix"] = []string{"o-abc1234567"}, []string{home}, []string{c.Prefix}
		}
		if c.Action == "kms:Sign" {
			all["kms:SigningAlgorithm"], all["kms:MessageType"] = []string{"ED25519_SHA_512"}, []string{"RAW"}
		}
		if c.Action == "sts:AssumeRole" {
			all["aws:ResourceOrgID"] = []string{"o-abc1234567"}
		}
		maps.Copy(all, more)
		return all
	}
	marked, bounded := iampolicy.Context{tagKey: {"true"}}, iampolicy.Context{boundaryKey: {boundaryARN}}
	both := with(marked)
	maps.Copy(both, bounded)
	switch {
	case c.In == "home":
		return map[string]iampolicy.Context{"at home": with(nil)}
	case c.Function == "revoke": // removing one mark must not block the cleanup
		return map[string]iampolicy.Context{"on what is marked": with(marked), "on what is bounded": with(bounded), "on what is both": both}
	}
	return map[string]iampolicy.Context{"on what is marked and bounded": both}
}

// TestNothingMissing: every call that was seen is allowed to the role that makes it.
func TestNothingMissing(t *testing.T) {
	all := roles(t)
	known, seen := knownDenials(), map[deniedCall]bool{}
	for _, c := range calls(t) {
		r, ok := all[c.role()]
		if !ok {
			t.Errorf("%+v is made by %s, which is no role", c, c.role())
			continue
		}
		this := deniedCall{c.role(), c.Action, c.Resource}
		why, isKnown := known[this]
		seen[this] = true
		for circumstance, context := range c.contexts() {
			d := iampolicy.Evaluate(r.policies(), iampolicy.Call{Action: c.Action, Resource: c.Resource, Context: context})
			switch allowed := d.Outcome == iampolicy.Allowed; {
			case !allowed && !isKnown:
				t.Errorf("%s: %s of %s %s is %s (%v), want it allowed", r.name, c.Action, c.Resource, circumstance, d.Outcome, d.By)
			case allowed && isKnown:
				t.Errorf("%s: %s of %s is allowed: take it off the list (%s)", r.name, c.Action, c.Resource, why)
			}
		}
		if c.Action == "sts:AssumeRole" {
			wantTrusted(t, r, all, c)
		}
	}
	for l, why := range known {
		if !seen[l] {
			t.Errorf("%v is listed as missing, but is never called: %s", l, why)
		}
	}
}

// deniedCall is a call that a role is not allowed to make.
type deniedCall struct{ role, action, resource string }

// wantTrusted checks that the assumed role trusts this one, with the external id given.
func wantTrusted(t *testing.T, by role, all map[string]role, c call) {
	t.Helper()
	into, ok := all["curfew-member-"+c.Function]
	if !ok || into.arn != c.Resource {
		t.Errorf("%s assumes %s, which is not its own role in a member account", by.name, c.Resource)
		return
	}
	if who := into.trust.Statements[0].Principals; len(who) != 1 || who[0] != (iampolicy.Principal{Type: "AWS", Value: "arn:aws:iam::" + home + ":root"}) {
		t.Errorf("%s trusts %v, want home alone, and %s by a condition", into.name, who, by.arn)
	}
	for id, want := range map[string]iampolicy.Outcome{c.ExternalID: iampolicy.Allowed, "another": iampolicy.ImplicitDeny, "": iampolicy.ImplicitDeny} {
		context := iampolicy.Context{"aws:PrincipalArn": {by.arn}}
		if id != "" {
			context["sts:ExternalId"] = []string{id}
		}
		p := iampolicy.Policies{Identity: []iampolicy.Named{{Name: "trust", Document: into.trust}}}
		if d := iampolicy.Evaluate(p, iampolicy.Call{Action: c.Action, Resource: c.Resource, Context: context}); d.Outcome != want {
			t.Errorf("%s with the external id %q is %s, want %s", into.name, id, d.Outcome, want)
		}
	}
}

// TestNothingSpare: every permission was used by a recorded call, or is an exception. An exception that a call uses,
// or that no role has, fails the test.
func TestNothingSpare(t *testing.T) {
	all := roles(t)
	used := usedPermissions(t, all)
	excepted := map[permission]bool{}
	for _, e := range exceptions() {
		if e.why == "" {
			t.Errorf("%v: an exception without a reason", e)
		}
		for _, p := range e.permissions() {
			if excepted[p] {
				t.Errorf("%s is excepted twice", p)
			}
			excepted[p] = true
		}
	}
	granted := grantedPermissions(all)
	for _, p := range granted {
		switch {
		case used[p] && excepted[p]:
			t.Errorf("%s is an exception, and used: take it off the list", p)
		case !used[p] && !excepted[p]:
			t.Errorf("%s is allowed, and no call needed it", p)
		}
		delete(excepted, p)
	}
	for p := range excepted {
		t.Errorf("%s is an exception, and no role allows it", p)
	}
	if t.Failed() {
		return
	}
	t.Logf("%d permissions in %d roles: %d used by %d kinds of call, %d excepted", len(granted), len(all), len(used), len(calls(t)), len(granted)-len(used))
}

// usedPermissions are those that decided a call.
func usedPermissions(t *testing.T, all map[string]role) map[permission]bool {
	t.Helper()
	used := map[permission]bool{}
	for _, c := range calls(t) {
		for _, context := range c.contexts() {
			d := iampolicy.Evaluate(all[c.role()].policies(), iampolicy.Call{Action: c.Action, Resource: c.Resource, Context: context})
			for _, by := range d.By {
				used[permission{c.role(), by.Sid, c.Action}] = d.Outcome == iampolicy.Allowed
			}
		}
	}
	return used
}

// grantedPermissions are all that are allowed, in order.
func grantedPermissions(all map[string]role) []permission {
	var granted []permission
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, st := range all[name].policy.Statements {
			if st.Effect != iampolicy.Allow {
				continue
			}
			for _, action := range st.Actions {
				granted = append(granted, permission{name, st.Sid, action})
			}
		}
	}
	return granted
}

// TestActionsAreNamed: under a wildcard every permission would look used.
func TestActionsAreNamed(t *testing.T) {
	for _, p := range grantedPermissions(roles(t)) {
		if slices.ContainsFunc([]byte(p.action), func(b byte) bool { return b == '*' || b == '?' }) {
			t.Errorf("%s names no single action", p)
		}
	}
}

// exception is a permission that no recorded call used.
type exception struct {
	why     string
	roles   []string // without "curfew-"
	sid     string
	actions []string
}

func (e exception) permissions() []permission {
	var all []permission
	for _, r := range e.roles {
		for _, a := range e.actions {
			all = append(all, permission{"curfew-" + r, e.sid, a})
		}
	}
	return all
}

func (e exception) String() string { return fmt.Sprintf("%v %s %v", e.roles, e.sid, e.actions) }
