package catalog

import (
	"errors"
	"io/fs"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/identity"
)

var (
	// callerName is the name of a person or machine in tests.
	callerName = fault.Pattern(`^[a-z][a-z0-9-]{0,62}$`)
	// sessionName is what AWS accepts as session name or source identity.
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	sessionName = fault.Pattern(`^[\w+=,.@-]{2,64}$`)
	issuerURL   = fault.Pattern(`^https?://[^\s?#|]+$`)
	claimName   = fault.Pattern(`^[A-Za-z][A-Za-z0-9_:./-]{0,127}$`)
)

// identitiesReader reads identities.yaml.
type identitiesReader struct{ *loader }

func (l identitiesReader) readIdentities() {
	if _, err := fs.Stat(l.fsys, identitiesFile); errors.Is(err, fs.ErrNotExist) {
		l.add(Problem{File: identitiesFile, Why: "is missing"})
		return
	}
	v, ok := l.read(identitiesFile)
	if !ok {
		return
	}
	l.identities = identityIndex{groups: map[string]bool{}, human: map[string]bool{}, machine: map[string]bool{}}
	f := v.fields("people", "machines", "claims", "operators", "groups", "principals")
	if principals, ok := f.get("principals"); ok {
		l.identities.known = readPrincipals(principals)
	}
	if people, ok := f.get("people"); ok {
		l.readPeople(people)
	}
	if machines, ok := f.get("machines"); ok {
		l.readMachines(machines)
	}
	if claims, ok := f.need("claims"); ok {
		l.c.claims = readClaims(claims)
	}
	if groups, ok := f.get("groups"); ok {
		l.readGroups(groups, f)
	}
	l.c.operators = f.refs("operators", true)
	l.identities.checkRefs(f, "operators")
}

func readClaims(v value) Claims {
	f := v.fields("session", "groups")
	var c Claims
	if session, ok := f.need("session"); ok {
		c.Session = readClaim(session)
	}
	if groups, ok := f.need("groups"); ok {
		c.Groups = readClaim(groups)
	}
	return c
}

// readClaim reads the whole name of a claim, dots included, or a list of names: the path to a claim within others.
func readClaim(v value) string {
	path := []value{v}
	if v.kind() == "a list" {
		path = v.nonEmptyList()
	}
	var names []string
	for _, each := range path {
		name, ok := each.matching(claimName(), "the name of a claim")
		if ok && len(path) == 1 && strings.Contains(name, ".") && !strings.Contains(name, "/") {
			each.report("%q is one name: a claim within another is a list of names, as [%s]", name, strings.ReplaceAll(name, ".", ", "))
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func (l identitiesReader) readPeople(v value) {
	for _, m := range v.members() {
		if !callerName().MatchString(m.name) {
			m.key.report("is not a name of lower-case letters, digits and hyphens")
			continue
		}
		p, at := m.readPerson()
		for _, other := range l.c.people {
			switch {
			case other.Issuer == p.Issuer && other.Subject == p.Subject && p.Subject != "":
				m.key.report("has the issuer and subject of %s", other.Name)
			case strings.EqualFold(other.Session, p.Session) && p.Session != "":
				at.report("%q is the name of %s in sessions too", p.Session, other.Name)
			}
		}
		for _, g := range p.Groups {
			l.identities.groups[g], l.identities.human[g] = true, true
		}
		l.c.people = append(l.c.people, p)
	}
	slices.SortFunc(l.c.people, func(a, b Person) int { return strings.Compare(a.Name, b.Name) })
}

// readPerson also returns the place of the name in sessions.
func (m member) readPerson() (p Person, session value) {
	f := m.fields("issuer", "subject", "session", "groups", "mfa")
	p.Name = m.name
	if v, ok := f.need("issuer"); ok {
		p.Issuer, _ = v.matching(issuerURL(), "the URL of an issuer")
	}
	if v, ok := f.need("subject"); ok {
		p.Subject, _ = v.text()
	}
	session, ok := f.need("session")
	if ok {
		p.Session, _ = session.matching(sessionName(), "a name that AWS accepts for a session")
	}
	if v, ok := f.need("groups"); ok {
		p.Groups = readGroupNames(v)
	}
	if v, ok := f.get("mfa"); ok {
		p.MFA = v.flag()
	}
	return p, session
}

func readGroupNames(v value) []string {
	var groups []string
	for _, each := range v.list() {
		if g, ok := each.matching(groupName(), "the name of a group, of letters, digits and _ . : / -"); ok {
			groups = append(groups, g)
		}
	}
	return v.set(groups)
}

func (l identitiesReader) readMachines(v value) {
	for _, each := range v.list() {
		f := each.fields("name", "principal", "groups")
		var m Machine
		if name, ok := f.need("name"); ok {
			m.Name, _ = name.matching(callerName(), "a name of lower-case letters, digits and hyphens")
			l.checkMachineName(name, m.Name)
		}
		if principal, ok := f.need("principal"); ok {
			m.Principal, _ = principal.arn()
			if called := identity.SessionARN(m.Principal); called != m.Principal {
				principal.report("has a path, which calls of a role do not show: write %s", called)
			} else {
				l.identities.checkMachine(principal, m.Principal)
			}
		}
		if groups, ok := f.need("groups"); ok {
			m.Groups = readGroupNames(groups)
			for _, g := range m.Groups {
				if l.identities.human[g] {
					groups.report("%q is a group of people too", g)
				}
				l.identities.groups[g], l.identities.machine[g] = true, true
			}
		}
		l.c.machines = append(l.c.machines, m)
	}
	slices.SortFunc(l.c.machines, func(a, b Machine) int { return strings.Compare(a.Name, b.Name) })
}

func (l identitiesReader) checkMachineName(at value, name string) {
	if name == "" {
		return
	}
	taken := slices.ContainsFunc(l.c.machines, func(m Machine) bool { return m.Name == name }) ||
		slices.ContainsFunc(l.c.people, func(p Person) bool { return p.Name == name })
	if taken {
		at.report("%q appears twice", name)
	}
}

// readGroups reads the list of all groups, which reveals a misspelled group of a person or machine.
func (l identitiesReader) readGroups(v value, f fields) {
	listed := map[string]bool{}
	for _, g := range readGroupNames(v) {
		listed[g] = true
	}
	for g := range l.identities.groups {
		if !listed[g] {
			v.report("does not list %q, the group of a person or machine", g)
		}
	}
	l.identities.groups = listed
}

func readPrincipals(v value) []string {
	arns := v.arns()
	for _, each := range v.list() {
		if s, ok := each.text(); ok && strings.ContainsAny(s, "*?") {
			each.report("%q has a wildcard: list ARNs of existing principals", s)
		}
	}
	return arns
}
