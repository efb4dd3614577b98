package escalation

import "sync"

// Way is a set of actions that together give more rights, or another identity.
type Way struct {
	Technique string   // of [Step]: "policy", "boundary", "group", "trust", "credentials", "assume" or "pass"
	Actions   []string // all of them are needed; of "pass" the first is iam:PassRole
	What      string   // of "pass": what runs the caller's code
}

// Ways are all, sorted by technique, without changes of code that has a role already. Callers must not change them.
func Ways() []Way { return ways() }

var ways = sync.OnceValue(func() (all []Way) {
	add := func(technique string, actions ...string) {
		for _, a := range actions {
			all = append(all, Way{Technique: technique, Actions: []string{a}})
		}
	}
	add("policy", ofRole.put, ofRole.attach, ofUser.put, ofUser.attach, putGroup, attachGroup, createVersion, setVersion)
	all = append(all, Way{Technique: "policy", Actions: []string{putSet, provision}}, Way{Technique: "policy", Actions: []string{attachSet, provision}})
	add("boundary", ofRole.bound, ofRole.unbound, ofUser.bound, ofUser.unbound)
	add("group", addToGroup)
	add("trust", updateTrust)
	add("credentials", createKey, createLogin, updateLogin)
	add("assume", assumeRole)
	for _, r := range rows() {
		if r.pass {
			all = append(all, Way{"pass", r.actions(), r.what})
		}
	}
	return all
})
