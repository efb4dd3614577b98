package onboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"curfew/shared/iampolicy"
	"curfew/shared/strictjson"
)

// The members of the answer of GetAccountAuthorizationDetails that matter.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
type (
	details struct {
		RoleDetailList  []detail
		UserDetailList  []detail
		GroupDetailList []group
		Policies        []managed
	}
	detail struct {
		ARN      string     `json:"Arn"`
		RoleID   string     `json:"RoleId"`
		UserID   string     `json:"UserId"`
		Trust    document   `json:"AssumeRolePolicyDocument"`
		OfRole   []inline   `json:"RolePolicyList"`
		OfUser   []inline   `json:"UserPolicyList"`
		Groups   []string   `json:"GroupList"`
		Attached []attached `json:"AttachedManagedPolicies"`
		Boundary struct {
			ARN string `json:"PermissionsBoundaryArn"`
		} `json:"PermissionsBoundary"`
		Tags []struct{ Key, Value string }
	}
	inline struct {
		Name     string   `json:"PolicyName"`
		Document document `json:"PolicyDocument"`
	}
	attached struct {
		ARN string `json:"PolicyArn"`
	}
	group struct {
		Name     string     `json:"GroupName"`
		ARN      string     `json:"Arn"`
		Inline   []inline   `json:"GroupPolicyList"`
		Attached []attached `json:"AttachedManagedPolicies"`
	}
	managed struct {
		ARN      string `json:"Arn"`
		Versions []struct {
			Document document
			Default  bool `json:"IsDefaultVersion"`
		} `json:"PolicyVersionList"`
	}
)

// document is a policy: an object, or a percent-encoded string as in the API.
type document string

// UnmarshalJSON reads either.
func (d *document) UnmarshalJSON(b []byte) error {
	if len(b) == 0 || b[0] != '"' {
		*d = document(b)
		return nil
	}
	var encoded string
	if err := json.Unmarshal(b, &encoded); err != nil {
		return err
	}
	text, err := url.PathUnescape(encoded)
	*d = document(text)
	return err
}

// FromFile finds a role or user, by ARN or name, in the output of `aws iam get-account-authorization-details`. That has
// no quotas of the account: FromFile assumes the default ones. [ErrMissing]: the principal is not in the file.
func FromFile(content []byte, principal string, set Settings) (Subject, error) {
	wanted, err := parseName(principal)
	if err != nil {
		return Subject{}, err
	}
	d, err := readDetails(content)
	if err != nil {
		return Subject{}, err
	}
	var found []detail
	for _, p := range slices.Concat(d.RoleDetailList, d.UserDetailList) {
		if wanted.matches(p.ARN) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return Subject{}, ErrMissing
	case 1:
		return d.subject(found[0], set)
	}
	return Subject{}, fmt.Errorf("%s and %s: say which one by its ARN", found[0].ARN, found[1].ARN)
}

func readDetails(content []byte) (d details, err error) {
	if err = strictjson.CheckDepth(string(content)); err == nil {
		err = json.Unmarshal(content, &d)
	}
	if err != nil {
		err = fmt.Errorf("no details of an account: %w", err)
	}
	return d, err
}

// Subjects are the roles and users in what `aws iam get-account-authorization-details` printed of which want says yes. It is asked with
// their ARN, ID and Tags.
func Subjects(content []byte, set Settings, want func(Subject) bool) (all []Subject, err error) {
	d, err := readDetails(content)
	if err != nil {
		return nil, err
	}
	if len(d.RoleDetailList)+len(d.UserDetailList) == 0 {
		return nil, errors.New("no details of an account: it has no role and no user")
	}
	for _, p := range slices.Concat(d.RoleDetailList, d.UserDetailList) {
		if !want(Subject{ARN: p.ARN, ID: p.RoleID + p.UserID, Tags: p.tags()}) {
			continue
		}
		s, err := d.subject(p, set)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func (p detail) tags() map[string]string {
	all := map[string]string{}
	for _, t := range p.Tags {
		all[t.Key] = t.Value
	}
	return all
}

func (d details) subject(p detail, set Settings) (Subject, error) {
	n, err := parseName(p.ARN)
	if err != nil {
		return Subject{}, err
	}
	s := Subject{ARN: p.ARN, ID: p.RoleID + p.UserID, Tags: p.tags(), Boundary: p.Boundary.ARN, Trust: string(p.Trust)}
	s.Room = defaultRoom(n.kind == "user")
	own := slices.Concat(p.OfRole, p.OfUser)
	for _, policy := range own {
		s.Room.Inline -= iampolicy.Size([]byte(policy.Document))
	}
	s.Room.Inline, s.Room.Attached = max(s.Room.Inline, 0), max(s.Room.Attached-len(p.Attached), 0)
	d.addAll(&s, "", own, p.Attached)
	for _, member := range p.Groups {
		at := slices.IndexFunc(d.GroupDetailList, func(g group) bool { return g.Name == member })
		if at < 0 {
			s.Unread = append(s.Unread, "group "+member+" is not in the file")
			continue
		}
		d.addAll(&s, "group "+member+": ", d.GroupDetailList[at].Inline, d.GroupDetailList[at].Attached)
	}
	for _, arn := range s.boundaries(set.acceptedBoundaries(n.account)) {
		if text, ok := d.policy(arn); ok {
			s.keepBoundary(arn, text)
		}
	}
	return s, nil
}

// addAll adds policies, with names for people.
func (d details) addAll(s *Subject, of string, own []inline, more []attached) {
	for _, policy := range own {
		s.add(of+policy.Name, string(policy.Document))
	}
	for _, a := range more {
		text, ok := d.policy(a.ARN)
		if !ok {
			s.Unread = append(s.Unread, "policy "+a.ARN+" is not in the file: get the details without --filter")
			continue
		}
		s.add(of+a.ARN, text)
	}
}

// policy returns the default version of a managed policy.
func (d details) policy(arn string) (string, bool) {
	for _, m := range d.Policies {
		for _, v := range m.Versions {
			if m.ARN == arn && v.Default {
				return string(v.Document), true
			}
		}
	}
	return "", false
}
