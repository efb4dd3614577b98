package authdetails

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"
)

// Answer is one page of GetAccountAuthorizationDetails, with the members that matter here.
type Answer struct {
	RoleDetailList  []Entity
	UserDetailList  []Entity
	GroupDetailList []GroupEntity
	Policies        []ManagedPolicy
}

// Entity is RoleDetail and UserDetail.
type Entity struct {
	ARN              string `json:"Arn"`
	Path             string
	RoleName         string
	UserName         string
	RoleID           string `json:"RoleId"`
	UserID           string `json:"UserId"`
	CreateDate       Instant
	Trust            Text           `json:"AssumeRolePolicyDocument"`
	RolePolicies     []InlinePolicy `json:"RolePolicyList"`
	UserPolicies     []InlinePolicy `json:"UserPolicyList"`
	GroupList        []string       // names
	Attached         []Attachment   `json:"AttachedManagedPolicies"`
	InstanceProfiles []Profile      `json:"InstanceProfileList"`
	Boundary         Boundary       `json:"PermissionsBoundary"`
	LastUsed         LastUsed       `json:"RoleLastUsed"`
	Tags             []Tag
}

// GroupEntity is GroupDetail.
type GroupEntity struct {
	ARN       string `json:"Arn"`
	GroupName string
	Policies  []InlinePolicy `json:"GroupPolicyList"`
	Attached  []Attachment   `json:"AttachedManagedPolicies"`
}

// ManagedPolicy is ManagedPolicyDetail.
type ManagedPolicy struct {
	ARN            string          `json:"Arn"`
	DefaultVersion string          `json:"DefaultVersionId"`
	Versions       []PolicyVersion `json:"PolicyVersionList"`
}

type (
	// InlinePolicy is PolicyDetail.
	InlinePolicy struct {
		Name     string `json:"PolicyName"`
		Document Text   `json:"PolicyDocument"`
	}
	// Attachment is AttachedPolicy.
	Attachment struct {
		ARN string `json:"PolicyArn"`
	}
	// Boundary is AttachedPermissionsBoundary.
	Boundary struct {
		ARN string `json:"PermissionsBoundaryArn"`
	}
	// Profile is InstanceProfile.
	Profile struct {
		ARN string `json:"Arn"`
	}
	// LastUsed is RoleLastUsed.
	LastUsed struct {
		At Instant `json:"LastUsedDate"`
	}
	// Tag is Tag.
	Tag struct{ Key, Value string }
	// PolicyVersion is PolicyVersion.
	PolicyVersion struct {
		ID       string `json:"VersionId"`
		Document Text
		Default  bool `json:"IsDefaultVersion"`
	}
)

// Text is the text of a policy. In JSON it is an object, as the AWS CLI prints it, or the percent-encoded string of the API.
type Text string

// UnmarshalJSON reads either.
func (t *Text) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		*t = Text(b)
		return nil
	}
	var encoded string
	if err := json.Unmarshal(b, &encoded); err != nil {
		return err
	}
	*t = Text(encoded)
	if strings.HasPrefix(encoded, "%") { // a policy begins with a brace, which is encoded
		if text, err := url.PathUnescape(encoded); err == nil {
			*t = Text(text)
		}
	}
	return nil
}

// Instant is a time; the zero time for text that is none.
type Instant struct{ time.Time }

// UnmarshalJSON reads text and seconds since 1970.
func (i *Instant) UnmarshalJSON(b []byte) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		var seconds float64
		if json.Unmarshal(b, &seconds) == nil && seconds > 0 && seconds < 1<<40 {
			i.Time = time.Unix(int64(seconds), 0).UTC()
		}
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			i.Time = at.UTC()
			return nil
		}
	}
	return nil
}
