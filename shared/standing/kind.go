package standing

import (
	"fmt"
	"slices"
	"strings"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// kinds finds who uses principals. A role's callers may be roles themselves.
type kinds struct {
	byARN map[string]*authdetails.Principal
	found map[*authdetails.Principal]kindOf
	o     *Options
}

type kindOf struct {
	kind Kind
	how  string
}

func newKinds(d *authdetails.Details, o *Options) *kinds {
	k := &kinds{map[string]*authdetails.Principal{}, map[*authdetails.Principal]kindOf{}, o}
	for _, p := range d.Principals {
		k.byARN[p.ARN] = p
	}
	return k
}

// of returns who uses a principal. A circle of roles is not known.
func (k *kinds) of(p *authdetails.Principal) kindOf {
	if is, done := k.found[p]; done {
		return is
	}
	k.found[p] = kindOf{KindUnset, "it is assumed by roles in a circle"}
	is := k.role(p)
	if p.User {
		is = k.user(p)
	}
	k.found[p] = is
	return is
}

func (k *kinds) user(p *authdetails.Principal) kindOf {
	c := k.o.Credentials[p.ARN]
	switch {
	case c == nil:
		return kindOf{KindUnset, "no credential report says whether the user has a password"}
	case c.Password && len(c.activeKeys()) > 0:
		return kindOf{Both, "the user has a console password and an active access key"}
	case c.Password:
		return kindOf{Human, "the user has a console password"}
	case len(c.activeKeys()) > 0:
		return kindOf{Machine, "the user has access keys and no console password"}
	}
	return kindOf{KindUnset, "the user has neither a password nor an active access key"}
}

func (k *kinds) role(p *authdetails.Principal) kindOf {
	if strings.HasPrefix(p.Name, "AWSReservedSSO_") {
		return kindOf{Human, "it is a role of IAM Identity Center"}
	}
	if p.Trust == nil {
		return kindOf{KindUnset, "its trust policy is not known"}
	}
	var machine, human, open []string
	for _, s := range p.Trust.Statements {
		if s.Effect != iampolicy.Allow {
			continue
		}
		if len(s.NotPrincipals) > 0 {
			open = append(open, "NotPrincipal names no caller")
		}
		for _, caller := range s.Principals {
			is := k.caller(caller)
			list := map[Kind]*[]string{Machine: &machine, Human: &human}[is.kind]
			if list == nil {
				list = &open
			}
			if !slices.Contains(*list, is.how) {
				*list = append(*list, is.how)
			}
		}
	}
	how := strings.Join(slices.Concat(machine, human, open), "; ")
	switch {
	case len(machine) > 0 && len(human) > 0:
		return kindOf{Both, how}
	case len(open) > 0:
		return kindOf{KindUnset, how}
	case len(machine) > 0:
		return kindOf{Machine, how}
	case len(human) > 0:
		return kindOf{Human, how}
	}
	return kindOf{KindUnset, "its trust policy lets no caller in"}
}

// ofPeople are web identity providers of people who use an app.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
var ofPeople = []string{"accounts.google.com", "graph.facebook.com", "www.amazon.com", "cognito-identity.amazonaws.com"}

func (k *kinds) caller(c iampolicy.Principal) kindOf {
	switch {
	case c.Type == "Service":
		return kindOf{Machine, "service " + c.Value + " assumes it"}
	case c.Type == "Federated" && strings.Contains(c.Value, ":saml-provider/"):
		return kindOf{Human, "people of SAML provider " + lastName(c.Value) + " assume it"}
	case c.Type == "Federated":
		issuer := issuerOf(c.Value)
		if slices.Contains(ofPeople, issuer) {
			return kindOf{Human, "people of web identity " + issuer + " assume it"}
		}
		return kindOf{Machine, "workloads of OIDC provider " + issuer + " assume it"}
	case c.Type == "AWS":
		if p := k.byARN[c.Value]; p != nil {
			is := k.of(p)
			return kindOf{is.kind, fmt.Sprintf("%s, %s, assumes it", p.Name, is.kind)}
		}
	}
	return kindOf{KindUnset, "who acts as " + c.Value + " is not known"}
}
