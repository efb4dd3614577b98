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

// Authorizers identify callers from what API Gateway's authorizers wrote.
type Authorizers struct {
	Tokens *Tokens // nil: people cannot call
	// Groups: see [access.Decider.Groups].
	Groups func(ctx context.Context, arn string) ([]string, error)
}

// New accepts only machines if there is no issuer. The catalogs name token claims and machines' groups.
func New(c onaws.PeopleConfig, catalogs *catalog.Set) (Authorizers, error) {
	d := Authorizers{Groups: func(ctx context.Context, arn string) ([]string, error) {
		groups, err := catalogs.Groups(ctx, arn)
		if err != nil { // no catalog is in force: in no group, a machine may still end what it holds
			return nil, nil
		}
		return groups, nil
	}}
	switch {
	case c.Issuer == "" && c.Audience == "":
		return d, nil
	case c.Issuer == "" || c.Audience == "":
		return d, fault.Errorf(fault.Invalid, "configuration: CURFEW_ISSUER and CURFEW_AUDIENCE: want both or neither")
	}
	d.Tokens = NewTokens(TokenSettings{Issuer: c.Issuer, Audience: c.Audience, Claims: catalogs.Claims, Now: time.Now})
	return d, nil
}

type authenticator func(ctx context.Context, header http.Header) (identity.Caller, error)

type identifyKey struct{}

// Caller is an httpapi.Authenticator for both APIs.
func Caller(r *http.Request) (identity.Caller, error) {
	who, ok := r.Context().Value(identifyKey{}).(authenticator)
	if !ok {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the request did not come through API Gateway")
	}
	return who(r.Context(), r.Header)
}

var (
	// assumedRole matches the ARN of a role's session, which omits the role's path.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
	assumedRole = fault.Pattern(`^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([\w+=,.@-]{1,64})/([\w+=,.@-]{2,64})$`)
	iamUser     = fault.Pattern(`^arn:aws[a-z-]*:iam::\d{12}:user/[\x21-\x7e]{1,576}$`)
	roleID      = fault.Pattern(`^(AROA[A-Z0-9]{12,28}):(.+)$`)
	userID      = fault.Pattern(`^AIDA[A-Z0-9]{12,28}$`)
)

// machine returns the caller that IAM authorization wrote into requestContext.identity.
//
// The role's ARN is built without a path: arn:aws:sts::…:assumed-role/NAME/… becomes arn:aws:iam::…:role/NAME.
// Names are unique in an account, so no other role matches.
func (d Authorizers) machine(ctx context.Context, i events.APIGatewayRequestIdentity) (identity.Caller, error) {
	if i.User == "" || i.User != i.Caller {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the event does not name exactly one IAM identity")
	}
	c := identity.Caller{Kind: identity.Machine}
	role, id := assumedRole().FindStringSubmatch(i.UserArn), roleID().FindStringSubmatch(i.User)
	switch {
	case role != nil && id != nil && role[4] == id[2]:
		c.ID, c.Name = identity.MachineID(id[1]), id[2]
		c.ARN = "arn:" + role[1] + ":iam::" + role[2] + ":role/" + role[3] // as [identity.SessionARN]
	case iamUser().MatchString(i.UserArn) && userID().MatchString(i.User):
		c.ID, c.ARN = identity.MachineID(i.User), i.UserArn
		c.Name = i.UserArn[strings.LastIndexByte(i.UserArn, '/')+1:]
	default: // root, federated user or anonymous: the catalog cannot name it
		return identity.Caller{}, fault.Errorf(fault.Denied, "the caller is neither a role's session nor a user")
	}
	var err error
	c.Groups, err = d.Groups(ctx, c.ARN)
	return c, err
}

// person verifies the token again. The authorizer must have accepted the same issuer and subject, which it copies
// unchanged.
func (d Authorizers) person(ctx context.Context, header http.Header, a *events.APIGatewayV2HTTPRequestContextAuthorizerDescription) (identity.Caller, error) {
	if d.Tokens == nil || a == nil || a.JWT == nil {
		return identity.Caller{}, fault.Errorf(fault.Denied, "API Gateway's authorizer did not accept a token for this request")
	}
	scheme, token, ok := strings.Cut(header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the Authorization header has no bearer token")
	}
	c, err := d.Tokens.Verify(ctx, strings.TrimSpace(token))
	if err != nil {
		return identity.Caller{}, err
	}
	if c.ID != identity.PersonID(a.JWT.Claims["iss"], a.JWT.Claims["sub"]) {
		return identity.Caller{}, fault.Errorf(fault.Denied, "the token is not the one that API Gateway's authorizer accepted")
	}
	return c, nil
}
