package apigateway

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"curfew/shared/fault"
	"curfew/shared/strictjson"
)

// claims have exact names; a struct would also accept another case.
type claims map[string]json.RawMessage

// membersOf refuses duplicate members: two parsers could see two people.
func membersOf(object []byte) (claims, error) {
	members, err := strictjson.Members(object, strictjson.Rules{LoneSurrogates: true})
	return claims(members), err
}

// at returns the claims in which the last name of a path is: see [catalog.Claims].
func (c claims) at(path string) (in claims, name string, err error) {
	names := strings.Split(path, " ")
	for _, name := range names[:len(names)-1] {
		raw, there := c[name]
		if !there {
			return nil, path, nil
		}
		if c, err = membersOf(raw); err != nil {
			return nil, path, fmt.Errorf("claim %s is not an object with each name once", name)
		}
	}
	return c, names[len(names)-1], nil
}

func (c claims) text(name string) (string, error) {
	var v string
	if err := json.Unmarshal(c[name], &v); err != nil || v == "" {
		return "", fmt.Errorf("claim %s is missing or not a string", name)
	}
	return v, nil
}

func (c claims) list(name string) ([]string, error) {
	raw, there := c[name]
	if !there {
		return nil, nil
	}
	var v []string
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("claim %s is not a list of strings", name)
	}
	return v, nil
}

// name returns a person's name in sessions.
func (c claims) name(path string) (string, error) {
	in, last, err := c.at(path)
	if err != nil {
		return "", err
	}
	name, err := in.text(last)
	if err == nil && !tokenName().MatchString(name) {
		err = fmt.Errorf("claim %s is not a name that AWS accepts for a session: 2 to 64 of letters, digits and _ + = , . @ -", last)
	}
	return name, err
}

// groups returns a list of names; one text is one group. A name with a comma, space or bracket may be several joined ones, or
// look so in a log. Leaving it out could undo a policy that forbids by group: refuse the token.
func (c claims) groups(path string) ([]string, error) {
	in, last, err := c.at(path)
	raw, there := in[last]
	null := string(raw) == "null"
	if err == nil {
		err = c.overage(path, there && !null)
	}
	if err == nil && null {
		err = fmt.Errorf("claim %s is null: want a list of groups, or no claim", last)
	}
	if err != nil {
		return nil, err
	}
	var v []string
	if strings.HasPrefix(string(raw), `"`) {
		v = make([]string, 1)
		err = json.Unmarshal(raw, &v[0])
	} else {
		v, err = in.list(last)
	}
	if err != nil {
		return nil, err
	}
	for _, each := range v {
		if !groupToken().MatchString(each) {
			return nil, fmt.Errorf("claim %s has a group with characters other than letters, digits and _ . : / -, or several groups in one string", last)
		}
	}
	return v, nil
}

// overage refuses a token from which the issuer left out the groups, because they are too many.
// https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference#groups-overage-claim
func (c claims) overage(path string, there bool) error {
	first, _, _ := strings.Cut(path, " ")
	for _, mark := range []string{"_claim_names", "_claim_sources", "hasgroups"} {
		raw, marked := c[mark]
		var elsewhere claims
		if mark == "_claim_names" && json.Unmarshal(raw, &elsewhere) == nil && elsewhere[first] != nil {
			there = false
		}
		if marked && !there {
			return fmt.Errorf("claim %s: the issuer left out the groups, too many for a token: let it send only the groups of this application, or application roles", mark)
		}
	}
	return nil
}

// strongContext reports whether acr requires a second factor.
// https://openid.net/specs/openid-connect-eap-acr-values-1_0-final.html
func (c claims) strongContext() bool {
	acr, err := c.text("acr")
	return err == nil && slices.Contains([]string{
		"phr", "phrh", "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
	}, acr)
}

var (
	// tokenName matches AWS's session names and source identities.
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	tokenName  = fault.Pattern(`^[\w+=,.@-]{2,64}$`)
	groupToken = fault.Pattern(`^[A-Za-z0-9_.:/-]{1,128}$`)
)
