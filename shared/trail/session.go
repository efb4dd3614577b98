package trail

import (
	"cmp"
	"strings"
	"time"
)

// Who is the person or machine at the beginning of a chain of sessions. Two are equal if they are the same.
type Who struct {
	Kind WhoKind `json:"kind"`
	Name string  `json:"name,omitempty"` // an ARN, or a name as the kind says
	Hops int     `json:"hops,omitempty"` // sessions between the beginning and the call
}

// WhoKind is what is known of a beginning.
type WhoKind string

// The kinds.
const (
	WhoUnknown        WhoKind = "unknown"         // the opening of a session in the chain was not seen
	WhoSourceIdentity WhoKind = "source identity" // set when the first role was assumed, and kept since: it cannot be changed
	WhoIdentityCenter WhoKind = "identity center" // user id, or the user's name as their session has it
	WhoUser           WhoKind = "user"            // ARN of an IAM user
	WhoRoot           WhoKind = "root"            // account
	WhoWebIdentity    WhoKind = "web identity"    // provider and subject
	WhoSAML           WhoKind = "saml"
	WhoAccount        WhoKind = "account" // another account's caller: that account's own copy of the record names it
	WhoService        WhoKind = "service" // a service of AWS that assumed the role: a function, an instance
)

// Opening is the beginning of a session: an AssumeRole of any kind that was allowed.
type Opening struct {
	Event   string    `json:"event"`
	At      time.Time `json:"at"`
	By      Who       `json:"by"`               // with the kind unknown: the session in From is to be looked up
	From    string    `json:"from,omitempty"`   // PrincipalID of the session that opened it
	Created int64     `json:"created,omitzero"` // of that session
	Expires time.Time `json:"expires,omitzero"`
}

// maxHops bounds a chain. IAM bounds it not; a real one has two or three.
const maxHops = 16

// Sessions are the openings that were seen, by the session that they made. What they answer depends on the set of openings, not
// on their order.
type Sessions map[SessionKey]Opening

// opens reports whether an event opens a session of a role.
func opens(r *Record) bool {
	switch r.Source {
	case "sts.amazonaws.com":
		return r.Name == "AssumeRole" || r.Name == "AssumeRoleWithSAML" || r.Name == "AssumeRoleWithWebIdentity" || r.Name == "AssumeRoot"
	case "eks-auth.amazonaws.com":
		return r.Name == "AssumeRoleForPodIdentity"
	}
	return false
}

// Add notes the opening that a record shows, and gives its session. Of two for one session that with the lesser event id counts.
func (s Sessions) Add(r *Record) (key SessionKey, o Opening, ok bool) {
	if r.Error != "" || r.Time.IsZero() || !opens(r) {
		return key, o, false
	}
	made := readResponse(r.Response)
	if made.id == "" {
		return key, o, false
	}
	key = SessionKey{strings.Clone(made.id), r.Time.Unix()}
	o = Opening{Event: strings.Clone(r.ID), At: r.Time, By: r.Identity.begins(), Expires: made.expires}
	if o.By.Kind == WhoUnknown {
		o.From, o.Created = strings.Clone(r.Identity.PrincipalID), unix(r.Identity.CreatedAt)
	}
	if source := sourceIdentity(r.Parameters); source != "" && r.Identity.SourceIdentity == "" {
		o.By = Who{Kind: WhoSourceIdentity, Name: strings.Clone(source)}
	}
	if was, there := s[key]; !there || cmp.Less(o.Event, was.Event) {
		s[key] = o
	}
	return key, o, true
}

// begins is who stands behind the identity itself, if its record says so without another.
func (d *Identity) begins() Who {
	name := func(kind WhoKind, of string) Who { return Who{Kind: kind, Name: strings.Clone(of)} }
	switch {
	case d.SourceIdentity != "":
		return name(WhoSourceIdentity, d.SourceIdentity)
	case d.OnBehalfOf != "":
		return name(WhoIdentityCenter, d.OnBehalfOf)
	}
	_, session, _ := strings.Cut(d.PrincipalID, ":")
	switch d.Type {
	case "IAMUser":
		return name(WhoUser, cmp.Or(d.ARN, d.Account+"/"+d.UserName))
	case "FederatedUser":
		return name(WhoUser, cmp.Or(d.Issuer.ARN, d.ARN))
	case "Root":
		return name(WhoRoot, d.Account)
	case "WebIdentityUser":
		return name(WhoWebIdentity, cmp.Or(d.Provider, d.WebProvider)+" "+d.UserName)
	case "SAMLUser":
		return name(WhoSAML, d.UserName)
	case "AWSAccount":
		return name(WhoAccount, d.Account+" "+d.PrincipalID)
	case "AWSService":
		return name(WhoService, d.InvokedBy)
	case "IdentityCenterUser":
		return name(WhoIdentityCenter, d.UserName)
	case "AssumedRole":
		switch {
		case strings.Contains(d.Issuer.ARN, ":role/aws-reserved/sso.amazonaws.com/"), strings.HasPrefix(d.Issuer.UserName, "AWSReservedSSO_"):
			return name(WhoIdentityCenter, session)
		case d.EC2RoleDelivery != "" && strings.HasPrefix(session, "i-"):
			return name(WhoService, "ec2.amazonaws.com "+session)
		}
	}
	return Who{Kind: WhoUnknown}
}

// Who is at the beginning of the chain that ends in a record's identity.
func (s Sessions) Who(d *Identity) Who {
	if w := d.begins(); w.Kind != WhoUnknown {
		return w
	}
	return s.who(SessionKey{d.PrincipalID, unix(d.CreatedAt)})
}

func (s Sessions) who(key SessionKey) Who {
	for hops := 1; hops <= maxHops; hops++ {
		o, ok := s.opening(key)
		if !ok {
			break
		}
		if o.By.Kind != WhoUnknown {
			return Who{o.By.Kind, o.By.Name, hops}
		}
		key = SessionKey{o.From, o.Created}
	}
	return Who{Kind: WhoUnknown}
}

// opening finds how a session began. Its creation date and the time of the AssumeRole are of one clock, but are cut to seconds apart from
// each other.
func (s Sessions) opening(key SessionKey) (Opening, bool) {
	for _, shift := range [...]int64{0, -1, 1} {
		if o, ok := s[SessionKey{key.PrincipalID, key.Created + shift}]; ok && key.Created != 0 {
			return o, true
		}
	}
	return Opening{}, false
}

// response is what an answer to AssumeRole says of the session.
type response struct {
	id      string // "AROA…:name"
	expires time.Time
	text    string // of it
}

// readResponse reads responseElements. One that is not an object of the documented form says nothing.
func readResponse(text string) (to response) {
	c, odd := scan{s: text}, Odd(0)
	err := c.object(&odd, false, func(name string) error {
		switch name {
		case "assumedRoleUser":
			return c.object(&odd, false, func(name string) error {
				if name == "assumedRoleId" || name == "assumeRoleId" { // the second is that of EKS
					return c.text(&to.id, &odd)
				}
				return c.skip()
			})
		case "credentials":
			return c.object(&odd, false, func(name string) error {
				if name == "expiration" {
					return c.instant(&to.expires, &to.text, &odd)
				}
				return c.skip()
			})
		}
		return c.skip()
	})
	if err != nil || text == "" {
		return response{}
	}
	return to
}

func sourceIdentity(parameters string) (source string) {
	if !strings.Contains(parameters, `"sourceIdentity"`) {
		return ""
	}
	c, odd := scan{s: parameters}, Odd(0)
	if c.object(&odd, false, func(name string) error {
		if name == "sourceIdentity" {
			return c.text(&source, &odd)
		}
		return c.skip()
	}) != nil {
		return ""
	}
	return source
}
