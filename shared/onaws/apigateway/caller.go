package apigateway

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"curfew/shared/catalog"
	"curfew/shared/fault"
	"curfew/shared/identity"
	"curfew/shared/onaws"
)

// Authorizers tell who calls, from what the authorizer of each door wrote.
type Authorizers struct {
	Tokens *Tokens // nil: there is no door for people
	// Groups gives those of a machine: see [access.Decider.Groups].
	Groups func(ctx context.Context, arn string) ([]string, error)
}

// New tells callers by both doors' authorizers, or by the machines' alone if there is no issuer of people's tokens. The
// catalogs that decide also say which claims of a token count, and which groups a machine is in.
func New(c onaws.PeopleConfig, catalogs *catalog.Set) (Authorizers, error) {
	d := Authorizers{Groups: catalogs.Groups}
	switch {
	case c.Issuer == "" && c.Audience == "":
		return d, nil
	case c.Issuer == "" || c.Audience == "":
		return d, fault.Errorf(fault.Invalid, "configuration: CURFEW_ISSUER and CURFEW_AUDIENCE: want both or neither")
	}
	d.Tokens = NewTokens(TokenSettings{Issuer: c.Issuer, Audience: c.Audience, Claims: catalogs.Newest().Claims(), Now: time.Now})
	return d, nil
}

// identify says who makes a call, by what the door's authorizer wrote into the event.
type identify func(ctx context.Context, header http.Header) (identity.Caller, error)

type identifyKey struct{}

// Caller is the authenticator of both doors: see httpapi.Authenticator. A request that came by neither has no caller.
func Caller(r *http.Request) (identity.Caller, error) {
	who, ok := r.Context().Value(identifyKey{}).(identify)
	if !ok {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the request came by no door")
	}
	return who(r.Context(), r.Header)
}

var (
	// assumedRole is the ARN of a role's session. IAM leaves the role's path out of it.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	assumedRole = lazily(`^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]{1,64})/([\w+=,.@-]{2,64})$`)
	iamUser     = lazily(`^arn:aws[a-z-]*:iam::\d{12}:user/[\x21-\x7e]{1,576}$`)
	roleID      = lazily(`^(AROA[A-Z0-9]{12,28}):(.+)$`)
	userID      = lazily(`^AIDA[A-Z0-9]{12,28}$`)
)

// machine is the caller whom a REST API's IAM authorization wrote into requestContext.identity.
//
// What identifies it for good is the unique id. Its ARN is put together from that of the session, in which IAM leaves the
// role's path out: arn:aws:sts::…:assumed-role/NAME/… becomes arn:aws:iam::…:role/NAME. A role's name is unique in its
// account whatever its path, so no other role of that account is meant; but a machine of the catalog whose pattern shows
// a path is not recognized, and belongs to no group. It is listed by its name alone.
func (d Authorizers) machine(ctx context.Context, i events.APIGatewayRequestIdentity) (identity.Caller, error) {
	if i.User == "" || i.User != i.Caller {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the event names no IAM identity, or two")
	}
	c := identity.Caller{Kind: identity.Machine}
	role, id := assumedRole().FindStringSubmatch(i.UserArn), roleID().FindStringSubmatch(i.User)
	switch {
	case role != nil && id != nil && role[4] == id[2]:
		c.ID, c.Name = identity.MachineID(id[1]), id[2]
		c.ARN = "arn:" + role[1] + ":iam::" + role[2] + ":role/" + role[3]
	case iamUser().MatchString(i.UserArn) && userID().MatchString(i.User):
		c.ID, c.ARN = identity.MachineID(i.User), i.UserArn
		c.Name = i.UserArn[strings.LastIndexByte(i.UserArn, '/')+1:]
	default: // root, a federated user, an anonymous call: none of them is a principal that the catalog could name
		return identity.Caller{}, fault.Errorf(fault.Denied, "the event names neither a role's session nor a user")
	}
	var err error
	c.Groups, err = d.Groups(ctx, c.ARN)
	return c, err
}

// person is the caller of the token in the Authorization header, verified here again. The authorizer must have written
// that it let the same issuer's same subject pass: these two are text, and survive its copying.
func (d Authorizers) person(ctx context.Context, header http.Header, a *events.APIGatewayV2HTTPRequestContextAuthorizerDescription) (identity.Caller, error) {
	if d.Tokens == nil || a == nil || a.JWT == nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "no authorizer has let this call pass")
	}
	scheme, token, ok := strings.Cut(header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return identity.Caller{}, fault.Errorf(fault.Denied, "there is no bearer token")
	}
	c, err := d.Tokens.Verify(ctx, strings.TrimSpace(token))
	if err != nil {
		return identity.Caller{}, err
	}
	if c.ID != identity.PersonID(a.JWT.Claims["iss"], a.JWT.Claims["sub"]) {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token is not the one that the authorizer let pass")
	}
	return c, nil
}
