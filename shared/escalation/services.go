package escalation

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed services.txt
var servicesText string

// row is one way in which a service runs code of the caller's choice with a role.
type row struct {
	pass    bool     // with iam:PassRole
	profile bool     // the role needs an instance profile
	trusts  []string // service principals, or "federated:" and a part of the provider's name
	passed  []string // values of iam:PassedToService
	needs   []need
	what    string
}

// need is an action, and the types of its resources if those that it requires are not all.
type need struct {
	action string
	types  []string
}

var rows = sync.OnceValue(func() (all []row) {
	for line := range strings.Lines(servicesText) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) != 5 || strings.HasPrefix(line, "#") {
			continue // the comment
		}
		how, flag, _ := strings.Cut(f[0], "+")
		r := row{pass: how == "new", profile: flag == "profile", trusts: strings.Split(f[1], ","), passed: strings.Split(f[2], ","), what: f[4]}
		for _, action := range strings.Fields(f[3]) {
			name, types, _ := strings.Cut(action, "@")
			n := need{action: name}
			if types != "" {
				n.types = strings.Split(types, "+")
			}
			r.needs = append(r.needs, n)
		}
		all = append(all, r)
	}
	return all
})

func (r row) actions() (all []string) {
	if r.pass {
		all = append(all, passRole)
	}
	for _, n := range r.needs {
		all = append(all, n.action)
	}
	return all
}
