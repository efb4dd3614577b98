package trail

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Who is the person or machine at the beginning of a chain of sessions. It is comparable.
type Who struct {
	Kind WhoKind `json:"kind"`
	Name string  `json:"name,omitempty"` // an ARN, or a name as the kind says
	Hops int     `json:"hops,omitempty"` // sessions between the beginning and the call
	// Claim is the source identity. Its caller chose it, unless the role's trust policy pins it: it is no proof.
	Claim string `json:"claim,omitempty"`
}

// WhoKind is what is known of a beginning.
type WhoKind string

// The kinds.
const (
	WhoUnknown        WhoKind = "unknown"         // the opening of a session in the chain was not seen
	WhoAmbiguous      WhoKind = "ambiguous"       // several opened a session of this name in the same second
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

// maxHops bounds a chain; a real one has two or three. maxOpenings bounds what is kept of one session.
const (
	maxHops     = 100
	maxOpenings = 4
)

// Sessions are openings by the session that they made, the one that says most of its caller first. Answers do not
// depend on the order of additions.
type Sessions map[SessionKey][]Opening

// compareOpenings puts openings that name their caller first: only the caller's copy of a call between accounts does.
func compareOpenings(a, b Opening) int {
	rank := func(o Opening) int {
		switch o.By.Kind {
		case WhoAccount:
			return 2
		case WhoUnknown:
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Event, b.Event))
}

func opens(r *Record) bool {
	switch r.Source {
	case "sts.amazonaws.com":
		return r.Name == "AssumeRole" || r.Name == "AssumeRoleWithSAML" || r.Name == "AssumeRoleWithWebIdentity" || r.Name == "AssumeRoot"
	case "eks-auth.amazonaws.com":
		return r.Name == "AssumeRoleForPodIdentity"
	}
	return false
}

func openingOf(r *Record) (key SessionKey, o Opening, ok bool) {
	if r.Error != "" || r.Time.IsZero() || !opens(r) {
		return key, o, false
	}
	made := readResponse(r.Response)
	if r.Name == "AssumeRoot" && made.credentials {
		made.id = rootOf(r)
	}
	if made.id == "" {
		return key, o, false
	}
	if made.expires.IsZero() && r.Source == "sts.amazonaws.com" {
		made.expires = r.Time.Add(asked(r))
	}
	key = SessionKey{kept(made.id), r.Time.Unix()}
	o = Opening{Event: kept(r.ID), At: r.Time, By: r.Identity.begins(), Expires: made.expires}
	if o.By.Kind == WhoUnknown {
		o.From, o.Created = kept(r.Identity.PrincipalID), unix(r.Identity.CreatedAt)
	}
	return key, o, true
}

// rootOf is the account of the root user whose session AssumeRoot opens.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html (TargetPrincipal: an ARN or an account)
func rootOf(r *Record) string {
	target, _ := r.parameter("targetPrincipal")
	return cmp.Or(ownerOf(target), target)
}

// asked is how long a session was to last.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html (DurationSeconds: 3600 unless given; AssumeRoot 900)
func asked(r *Record) time.Duration {
	text, _ := r.parameter("durationSeconds")
	switch seconds, err := strconv.Atoi(text); {
	case err == nil && seconds > 0 && seconds <= 12*60*60:
		return time.Duration(seconds) * time.Second
	case r.Name == "AssumeRoot":
		return 15 * time.Minute
	}
	return time.Hour
}

// Add notes the opening that a record shows, and returns its session.
func (s Sessions) Add(r *Record) (key SessionKey, o Opening, ok bool) {
	if key, o, ok = openingOf(r); ok {
		s.add(key, o)
	}
	return key, o, ok
}

func (s Sessions) add(key SessionKey, o Opening) {
	at, there := slices.BinarySearchFunc(s[key], o, compareOpenings)
	if !there && at < maxOpenings {
		all := slices.Insert(s[key], at, o)
		s[key] = all[:min(len(all), maxOpenings)]
	}
}

// begins is who is behind the identity, if its record alone says so.
func (d *Identity) begins() Who {
	name := func(kind WhoKind, of string) Who {
		if strings.TrimSpace(of) == "" {
			return Who{Kind: WhoUnknown}
		}
		return Who{Kind: kind, Name: kept(of)}
	}
	if d.OnBehalfOf != "" {
		return name(WhoIdentityCenter, strings.TrimSpace(d.IdentityStore+" "+d.OnBehalfOf))
	}
	_, session, _ := strings.Cut(d.PrincipalID, ":")
	switch d.Type {
	case "IAMUser":
		return name(WhoUser, cmp.Or(d.ARN, d.PrincipalID))
	case "FederatedUser":
		return name(WhoUser, cmp.Or(d.Issuer.ARN, d.ARN))
	case "Root":
		return name(WhoRoot, d.Account)
	case "WebIdentityUser":
		return name(WhoWebIdentity, cmp.Or(d.Provider, d.WebProvider)+" "+d.UserName)
	case "SAMLUser":
		return name(WhoSAML, d.Provider+" "+d.UserName)
	case "AWSAccount":
		return name(WhoAccount, d.Account+" "+d.PrincipalID)
	case "AWSService":
		return name(WhoService, d.InvokedBy)
	case "IdentityCenterUser":
		return name(WhoIdentityCenter, d.UserName)
	case "AssumedRole":
		switch {
		case strings.Contains(d.Issuer.ARN, ":role/aws-reserved/sso.amazonaws.com/"): // the path is AWS's own, a name is anybody's
			return name(WhoIdentityCenter, session)
		case d.EC2RoleDelivery != "" && strings.HasPrefix(session, "i-"):
			return name(WhoService, "ec2.amazonaws.com "+session)
		}
	}
	return Who{Kind: WhoUnknown}
}

// Who is at the beginning of the chain that ends in a record's identity.
func (s Sessions) Who(d *Identity) Who {
	w := d.begins()
	if w.Kind == WhoUnknown || w.Kind == WhoRoot {
		if opened := s.who(SessionKey{d.PrincipalID, unix(d.CreatedAt)}); opened.Kind != WhoUnknown {
			w = opened // AssumeRoot: who opened the session, and not the root user itself
		}
	}
	w.Claim = strings.Clone(d.SourceIdentity)
	return w
}

func (s Sessions) who(key SessionKey) Who {
	for hops := 1; hops <= maxHops; hops++ {
		all := s.openings(key)
		if len(all) == 0 {
			break
		}
		o := all[0]
		if several(all) {
			return Who{Kind: WhoAmbiguous, Hops: hops}
		}
		if o.By.Kind != WhoUnknown {
			return Who{Kind: o.By.Kind, Name: o.By.Name, Hops: hops}
		}
		key = SessionKey{o.From, o.Created}
	}
	return Who{Kind: WhoUnknown}
}

func several(all []Opening) bool {
	for _, o := range all[1:] {
		if o.By.Kind == all[0].By.Kind && (o.By.Name != all[0].By.Name || o.From != all[0].From || o.Created != all[0].Created) {
			return true
		}
	}
	return false
}

// openings finds how a session began. Its creation date and the AssumeRole's time are of one clock, but each is cut to
// seconds.
func (s Sessions) openings(key SessionKey) []Opening {
	if key.Created == 0 {
		return nil
	}
	if all := s[key]; len(all) > 0 {
		return all
	}
	before, after := s[SessionKey{key.PrincipalID, key.Created - 1}], s[SessionKey{key.PrincipalID, key.Created + 1}]
	return slices.Concat(before, after)
}

type response struct {
	id          string // "AROA…:name"
	expires     time.Time
	text        string // of it
	credentials bool
}

// readResponse reads responseElements; another form than the documented one gives nothing.
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
			to.credentials = true
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

// Expires is when the credentials in a response expire; zero: it has none.
func (r *Record) Expires() time.Time { return readResponse(r.Response).expires }
