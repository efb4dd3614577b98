package trail

import (
	"strings"
	"time"
)

// Record is what attribution needs of a CloudTrail record. Its strings are parts of the text that was read: clone what
// you keep (strings.Clone). A member that is absent, null or of an undocumented type is empty; Odd notes the last.
//
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
type Record struct {
	ID, SharedID, RequestID string
	Time                    time.Time // UTC; zero: absent, or not a time. CloudTrail gives whole seconds
	time                    string    // Time as it was written, if in RFC 3339 in UTC and whole seconds
	Source, Name            string    // eventSource and eventName: only both together name a call
	Type, Category          string
	Version                 string
	Region                  string
	Account                 string // recipientAccountId: whose trail has it
	Error, Message          string // errorCode, errorMessage
	Address, Agent          string
	ReadOnly, Management    Flag
	VPCEndpoint             string

	Identity Identity

	// Raw JSON, mostly an object.
	Parameters, Response, Resources, Additional string

	Odd Odd

	Text string // the record as it was read, without what was around it

	parsed parsed
}

// Identity is userIdentity.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
type Identity struct {
	Type            string // "AssumedRole", "IAMUser", "AWSService", …
	PrincipalID     string // of a role's session "AROA…:name"
	ARN             string
	Account         string
	AccessKey       string
	UserName        string
	InvokedBy       string
	Provider        string // identityProvider
	CredentialID    string
	OnBehalfOf      string // the user id in Identity Center
	IdentityStore   string
	Issuer          Issuer
	SourceIdentity  string
	CreatedAt       time.Time // of the session
	created         string    // CreatedAt in RFC 3339
	MFA             Flag
	WebProvider     string // webIdFederationData.federatedProvider
	EC2RoleDelivery string
}

// Issuer is sessionIssuer: whose credentials made the session. Its ARN has the role's path, the session's has not.
type Issuer struct {
	Type, PrincipalID, ARN, Account, UserName string
}

// Flag is a boolean that may be absent: a record without readOnly is not a read.
type Flag int8

// The values of a Flag.
const (
	Unsaid Flag = iota
	True
	False
)

// Odd is a set of irregularities of a record that was read all the same.
type Odd uint16

// The irregularities.
const (
	OddCase     Odd = 1 << iota // the name of a member in other letters, as "principalid"
	OddTwice                    // a member twice: the first counts
	OddType                     // a member of another type than documented
	OddTime                     // eventTime in another form than documented
	OddAbsent                   // no eventID, eventTime, eventSource or eventName
	OddIdentity                 // no userIdentity, or without a type that CloudTrail documents
)

// Denied reports whether IAM refused the call.
// The codes are those seen in published records; EC2 puts "Client." before its own.
func (r *Record) Denied() bool {
	switch r.Error {
	case "AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation", "UnauthorizedAccess", "Client.UnauthorizedAccess",
		"AuthorizationError", "AuthorizationErrorException", "NotAuthorized", "NotAuthorizedException", "AccessDeniedFault", "Forbidden", "ForbiddenException",
		"UnauthorizedException", "AuthorizationDeniedException":
		return true
	}
	return false
}

// Unjudged reports whether the call ended before IAM was asked, or only asked whether it may: no right was used.
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
func (r *Record) Unjudged() bool {
	code := strings.TrimPrefix(r.Error, "Client.")
	switch code {
	case "DryRunOperation", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "AuthFailure", "UnrecognizedClientException", "InvalidAccessKeyId",
		"SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "IncompleteSignature", "MissingAuthenticationToken", "InvalidToken", "OptInRequired",
		"RequestLimitExceeded", "TooManyRequestsException", "SlowDown", "ProvisionedThroughputExceededException":
		return true
	}
	return strings.HasPrefix(code, "Throttl")
}
