package trail

import (
	"strings"
	"time"

	"curfew/shared/strictjson"
)

func (c *scan) record(r *Record) error {
	r.reset()
	if err := c.enter('{'); err != nil {
		return err
	}
	for {
		name, more, err := c.member()
		if err == nil && more {
			err = c.recordMember(r, name)
		}
		if err != nil || !more {
			r.complete()
			return err
		}
	}
}

func (c *scan) recordMember(r *Record, name string) error {
	switch name {
	case "eventID":
		return c.text(&r.ID, &r.Odd)
	case "sharedEventID":
		return c.text(&r.SharedID, &r.Odd)
	case "requestID":
		return c.text(&r.RequestID, &r.Odd)
	case "eventTime":
		return c.instant(&r.Time, &r.time, &r.Odd)
	case "eventSource":
		return c.text(&r.Source, &r.Odd)
	case "eventName":
		return c.text(&r.Name, &r.Odd)
	case "eventType":
		return c.text(&r.Type, &r.Odd)
	case "eventCategory":
		return c.text(&r.Category, &r.Odd)
	case "eventVersion":
		return c.text(&r.Version, &r.Odd)
	case "awsRegion":
		return c.text(&r.Region, &r.Odd)
	case "recipientAccountId":
		return c.text(&r.Account, &r.Odd)
	case "errorCode":
		return c.text(&r.Error, &r.Odd)
	case "errorMessage":
		return c.text(&r.Message, &r.Odd)
	case "sourceIPAddress":
		return c.text(&r.Address, &r.Odd)
	case "userAgent":
		return c.text(&r.Agent, &r.Odd)
	case "vpcEndpointId":
		return c.text(&r.VPCEndpoint, &r.Odd)
	case "readOnly":
		return c.flag(&r.ReadOnly, &r.Odd)
	case "managementEvent":
		return c.flag(&r.Management, &r.Odd)
	case "userIdentity":
		return c.identity(&r.Identity, &r.Odd)
	case "requestParameters":
		return c.part(&r.Parameters, &r.Odd)
	case "responseElements":
		return c.part(&r.Response, &r.Odd)
	case "resources":
		return c.part(&r.Resources, &r.Odd)
	case "additionalEventData":
		return c.part(&r.Additional, &r.Odd)
	case "tlsDetails", "apiVersion", "serviceEventDetails", "sessionCredentialFromConsole", "edgeDeviceDetails", "addendum", "insightDetails":
		return c.skip() // documented, and not read
	}
	return c.folded(name, &r.Odd, func(name string) error { return c.recordMember(r, name) })
}

func (c *scan) identity(d *Identity, odd *Odd) error {
	return c.object(odd, *d != Identity{}, func(name string) error { return c.identityMember(d, name, odd) })
}

func (c *scan) identityMember(d *Identity, name string, odd *Odd) error {
	switch name {
	case "type":
		return c.text(&d.Type, odd)
	case "principalId":
		return c.text(&d.PrincipalID, odd)
	case "arn":
		return c.text(&d.ARN, odd)
	case "accountId":
		return c.text(&d.Account, odd)
	case "accessKeyId":
		return c.text(&d.AccessKey, odd)
	case "userName":
		return c.text(&d.UserName, odd)
	case "invokedBy":
		return c.text(&d.InvokedBy, odd)
	case "identityProvider":
		return c.text(&d.Provider, odd)
	case "credentialId":
		return c.text(&d.CredentialID, odd)
	case "onBehalfOf":
		return c.object(odd, d.OnBehalfOf != "", func(name string) error {
			switch name {
			case "userId":
				return c.text(&d.OnBehalfOf, odd)
			case "identityStoreArn":
				return c.text(&d.IdentityStore, odd)
			}
			return c.skip()
		})
	case "sessionContext":
		return c.object(odd, false, func(name string) error { return c.sessionMember(d, name, odd) })
	case "inScopeOf":
		return c.skip()
	}
	return c.folded(name, odd, func(name string) error { return c.identityMember(d, name, odd) })
}

func (c *scan) sessionMember(d *Identity, name string, odd *Odd) error {
	switch name {
	case "sessionIssuer":
		return c.object(odd, d.Issuer != Issuer{}, func(name string) error { return c.issuerMember(&d.Issuer, name, odd) })
	case "attributes":
		return c.object(odd, false, func(name string) error {
			switch name {
			case "creationDate":
				return c.instant(&d.CreatedAt, &d.created, odd)
			case "mfaAuthenticated":
				return c.flag(&d.MFA, odd)
			}
			return c.skip()
		})
	case "sourceIdentity":
		return c.text(&d.SourceIdentity, odd)
	case "ec2RoleDelivery":
		return c.text(&d.EC2RoleDelivery, odd)
	case "webIdFederationData":
		return c.object(odd, d.WebProvider != "", func(name string) error {
			if name == "federatedProvider" {
				return c.text(&d.WebProvider, odd)
			}
			return c.skip()
		})
	}
	return c.skip()
}

func (c *scan) issuerMember(i *Issuer, name string, odd *Odd) error {
	switch name {
	case "type":
		return c.text(&i.Type, odd)
	case "principalId":
		return c.text(&i.PrincipalID, odd)
	case "arn":
		return c.text(&i.ARN, odd)
	case "accountId":
		return c.text(&i.Account, odd)
	case "userName":
		return c.text(&i.UserName, odd)
	}
	return c.skip()
}

// folded reads a member whose name differs from a documented one in its letters: two published records have "principalid".
func (c *scan) folded(name string, odd *Odd, read func(name string) error) error {
	for _, documented := range [...]string{
		"eventID", "eventTime", "eventSource", "eventName", "awsRegion", "recipientAccountId", "errorCode", "errorMessage", "sourceIPAddress", "userAgent",
		"readOnly", "userIdentity", "requestParameters", "responseElements", "type", "principalId", "arn", "accountId", "accessKeyId", "userName",
		"invokedBy", "sessionContext", "onBehalfOf",
	} {
		if name != documented && strings.EqualFold(name, documented) {
			*odd |= OddCase
			return read(documented)
		}
	}
	return c.skip()
}

// object reads the members of an object. Any other value is skipped, null without being odd. A second object is
// ignored, like any second value.
func (c *scan) object(odd *Odd, twice bool, member func(name string) error) error {
	b, err := c.peek()
	switch {
	case err != nil:
		return err
	case twice:
		*odd |= OddTwice
		return c.skip()
	case b != '{':
		if b != 'n' {
			*odd |= OddType
		}
		return c.skip()
	}
	c.i++
	for {
		name, more, err := c.member()
		if err != nil || !more {
			return err
		}
		if err := member(name); err != nil {
			return err
		}
	}
}

// text reads a string. A number or boolean gives its own text, and is odd; null gives nothing.
func (c *scan) text(to *string, odd *Odd) error {
	b, err := c.peek()
	if err != nil {
		return err
	}
	if *to != "" {
		*odd |= OddTwice
		return c.skip()
	}
	if b == '"' {
		*to, err = c.quoted()
		*to = strictjson.Unescape(*to)
		return err
	}
	raw, err := c.raw()
	switch {
	case err != nil || raw == "null":
	case b == '{' || b == '[':
		*odd |= OddType
	default:
		*to, *odd = raw, *odd|OddType
	}
	return err
}

func (c *scan) part(to *string, odd *Odd) error {
	raw, err := c.raw()
	switch {
	case *to != "":
		*odd |= OddTwice
	case raw != "null":
		*to = raw
	}
	return err
}

// flag reads a boolean, also one that a shipper wrote as a string.
func (c *scan) flag(to *Flag, odd *Odd) error {
	raw, err := c.raw()
	if err != nil {
		return err
	}
	if *to != Unsaid {
		*odd |= OddTwice
		return nil
	}
	switch raw {
	case "true":
		*to = True
	case "false":
		*to = False
	case "null":
	case `"true"`, `"True"`:
		*to = True // mfaAuthenticated is documented as a string
	case `"false"`, `"False"`:
		*to = False
	default:
		*odd |= OddType
	}
	return nil
}

func (c *scan) instant(to *time.Time, text *string, odd *Odd) error {
	var s string
	if err := c.text(&s, odd); err != nil || s == "" {
		return err
	}
	if !to.IsZero() {
		*odd |= OddTwice
		return nil
	}
	t, documented := parseTime(s)
	if !documented {
		*odd |= OddTime
		if s = ""; !t.IsZero() {
			s = t.Format(time.RFC3339)
		}
	}
	*to, *text = t, s
	return nil
}

// parseTime reads the forms of time that were seen. Zero: another form.
func parseTime(s string) (t time.Time, documented bool) {
	if t, ok := parseZulu(s); ok {
		return t, true
	}
	for _, layout := range [...]string{
		time.RFC3339Nano,                // with milliseconds, or a zone
		"2006-01-02 15:04:05.999999999", // exports of Athena and Panther, in UTC
		"Jan 2, 2006, 3:04:05 PM",       // CloudTrail's times in responses
		"Jan 2, 2006 3:04:05 PM",
	} {
		if t, err := time.Parse(layout, strings.ReplaceAll(s, "\u202f", " ")); err == nil && t.UTC().Year() >= 2006 && t.UTC().Year() <= 2200 {
			return t.UTC(), false
		}
	}
	return time.Time{}, false
}

// parseZulu reads 2006-01-02T15:04:05Z. [time.Parse] takes ten times as long.
func parseZulu(s string) (time.Time, bool) {
	if len(s) != 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' || s[19] != 'Z' {
		return time.Time{}, false
	}
	var n [6]int
	for i, part := range [6][2]int{{0, 4}, {5, 7}, {8, 10}, {11, 13}, {14, 16}, {17, 19}} {
		for _, c := range []byte(s[part[0]:part[1]]) {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
			n[i] = n[i]*10 + int(c-'0')
		}
	}
	if n[0] < 2006 || n[0] > 2200 { // CloudTrail began in 2013; a far year has no form that JSON can hold
		return time.Time{}, false
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	if t.Month() != time.Month(n[1]) || t.Day() != n[2] || n[3] > 23 || n[4] > 59 || n[5] > 59 {
		return time.Time{}, false
	}
	return t, true
}

func (r *Record) complete() {
	if r.ID == "" || r.Time.IsZero() || r.Source == "" || r.Name == "" {
		r.Odd |= OddAbsent
	}
	switch r.Identity.Type {
	case "AssumedRole", "IAMUser", "AWSService", "Root", "AWSAccount", "FederatedUser", "IdentityCenterUser", "WebIdentityUser", "SAMLUser", "Role", "Directory", "Unknown":
	default:
		if r.Identity.InvokedBy == "" {
			r.Odd |= OddIdentity
		}
	}
}
