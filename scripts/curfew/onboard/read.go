package onboard

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"curfew/scripts/curfew/awsread"
	"curfew/shared/iampolicy"
)

// IAM is what is asked of AWS: package awsread answers it.
type IAM interface {
	Query(ctx context.Context, s awsread.Service, action string, params map[string]string, out any) error
}

// answer is the document around every answer of IAM; the name of Result is the action's.
type answer[T any] struct {
	Result   T        `xml:",any"`
	Metadata struct{} `xml:"ResponseMetadata"` // so that it is not taken for the result
}

type (
	describedPrincipal struct {
		Principal struct {
			ARN      string                        `xml:"Arn"`
			RoleID   string                        `xml:"RoleId"`
			UserID   string                        `xml:"UserId"`
			Trust    string                        `xml:"AssumeRolePolicyDocument"`
			Boundary string                        `xml:"PermissionsBoundary>PermissionsBoundaryArn"`
			Tags     []struct{ Key, Value string } `xml:"Tags>member"`
		} `xml:",any"`
	}
	listed struct {
		Names    []string `xml:"PolicyNames>member"`
		Attached []string `xml:"AttachedPolicies>member>PolicyArn"`
		Groups   []string `xml:"Groups>member>GroupName"`
		More     bool     `xml:"IsTruncated"`
		Marker   string
	}
	described struct {
		Inline  string `xml:"PolicyDocument"`
		Managed string `xml:"PolicyVersion>Document"`
		Version string `xml:"Policy>DefaultVersionId"`
	}
	summary struct {
		Entries []struct {
			Key   string `xml:"key"`
			Value int    `xml:"value"`
		} `xml:"SummaryMap>entry"`
	}
)

// reader reads one subject.
type reader struct {
	iam IAM
	Subject
}

// Read finds the role or user, an ARN or a name, in the account of the credentials. [ErrMissing]: it is not there, or
// is in another account.
func Read(ctx context.Context, iam IAM, principal string, set Settings) (Subject, error) {
	wanted, err := parseName(principal)
	if err != nil {
		return Subject{}, err
	}
	r := &reader{iam: iam}
	if err := r.find(ctx, wanted); err != nil {
		return Subject{}, err
	}
	n, err := parseName(r.ARN)
	if err != nil {
		return Subject{}, err
	}
	kind := strings.ToUpper(n.kind[:1]) + n.kind[1:]
	for _, step := range []func() error{
		func() error { return r.quotas(ctx, kind) },
		func() error { return r.own(ctx, kind, n.name) },
		func() error { return r.groups(ctx, kind, n.name) },
		func() error { return r.documents(ctx, set.accepted(n.account)) },
	} {
		if err := step(); err != nil {
			return Subject{}, err
		}
	}
	return r.Subject, nil
}

// find describes the principal; a bare name may be of a role or of a user.
func (r *reader) find(ctx context.Context, wanted name) error {
	for _, kind := range []string{"Role", "User"} {
		if wanted.kind != "" && wanted.kind != strings.ToLower(kind) {
			continue
		}
		var out answer[describedPrincipal]
		err := r.iam.Query(ctx, awsread.IAM, "Get"+kind, map[string]string{kind + "Name": wanted.name}, &out)
		if awsread.IsMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		p := out.Result.Principal
		if !wanted.is(p.ARN) {
			return fmt.Errorf("%w: the credentials see %s", ErrMissing, p.ARN)
		}
		r.ARN, r.ID, r.Boundary, r.Tags = p.ARN, p.RoleID+p.UserID, p.Boundary, map[string]string{}
		for _, t := range p.Tags {
			r.Tags[t.Key] = t.Value
		}
		r.Trust, err = url.PathUnescape(p.Trust)
		return err
	}
	return ErrMissing
}

func (r *reader) quotas(ctx context.Context, kind string) error {
	var out answer[summary]
	if err := r.iam.Query(ctx, awsread.IAM, "GetAccountSummary", nil, &out); err != nil {
		return err
	}
	r.Room = usualRoom(kind == "User")
	r.Room.Assumed = false
	for _, e := range out.Result.Entries {
		switch e.Key {
		case kind + "PolicySizeQuota":
			r.Room.InlineQuota = e.Value
		case "AttachedPoliciesPer" + kind + "Quota":
			r.Room.AttachedQuota = e.Value
		}
	}
	r.Room.Inline, r.Room.Attached = r.Room.InlineQuota, r.Room.AttachedQuota
	return nil
}

// own reads the policies on the principal, which take room.
func (r *reader) own(ctx context.Context, kind, name string) error {
	documents, arns, err := r.policies(ctx, kind, name, "")
	for _, d := range documents {
		r.Room.Inline = max(r.Room.Inline-iampolicy.Size([]byte(d)), 0)
	}
	r.Room.Attached = max(r.Room.Attached-len(arns), 0)
	return err
}

// groups reads the policies that a user has from its groups.
func (r *reader) groups(ctx context.Context, kind, name string) error {
	if kind != "User" {
		return nil
	}
	all, err := r.list(ctx, "ListGroupsForUser", map[string]string{"UserName": name})
	if err != nil {
		return err
	}
	for _, g := range all.Groups {
		if _, _, err := r.policies(ctx, "Group", g, "group "+g+": "); err != nil {
			return err
		}
	}
	return nil
}

// policies adds the policies of a role, user or group, and gives the inline documents and the ARNs of the others.
func (r *reader) policies(ctx context.Context, kind, name, of string) (documents, arns []string, err error) {
	holder := map[string]string{kind + "Name": name}
	names, err := r.list(ctx, "List"+kind+"Policies", holder)
	if err != nil {
		return nil, nil, err
	}
	for _, policy := range names.Names {
		var out answer[described]
		if err := r.iam.Query(ctx, awsread.IAM, "Get"+kind+"Policy", map[string]string{kind + "Name": name, "PolicyName": policy}, &out); err != nil {
			return nil, nil, err
		}
		text, err := url.PathUnescape(out.Result.Inline)
		if err != nil {
			return nil, nil, err
		}
		documents = append(documents, text)
		r.add(of+policy, text)
	}
	attached, err := r.list(ctx, "ListAttached"+kind+"Policies", holder)
	if err != nil {
		return nil, nil, err
	}
	for _, arn := range attached.Attached {
		text, err := r.managed(ctx, arn)
		if err != nil {
			return nil, nil, err
		}
		r.add(of+arn, text)
	}
	return documents, attached.Attached, nil
}

// documents reads the boundaries; one that is not there is left out.
func (r *reader) documents(ctx context.Context, accepted []string) error {
	for _, arn := range r.boundaries(accepted) {
		text, err := r.managed(ctx, arn)
		if awsread.IsMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		r.keep(arn, text)
	}
	return nil
}

// managed is the default version of a managed policy.
func (r *reader) managed(ctx context.Context, arn string) (string, error) {
	var out answer[described]
	if err := r.iam.Query(ctx, awsread.IAM, "GetPolicy", map[string]string{"PolicyArn": arn}, &out); err != nil {
		return "", err
	}
	version := map[string]string{"PolicyArn": arn, "VersionId": out.Result.Version}
	if err := r.iam.Query(ctx, awsread.IAM, "GetPolicyVersion", version, &out); err != nil {
		return "", err
	}
	return url.PathUnescape(out.Result.Managed)
}

// list reads all pages.
func (r *reader) list(ctx context.Context, action string, params map[string]string) (all listed, err error) {
	page := map[string]string{}
	for name, value := range params {
		page[name] = value
	}
	for {
		var out answer[listed]
		if err := r.iam.Query(ctx, awsread.IAM, action, page, &out); err != nil {
			return all, err
		}
		all.Names = append(all.Names, out.Result.Names...)
		all.Attached = append(all.Attached, out.Result.Attached...)
		all.Groups = append(all.Groups, out.Result.Groups...)
		if !out.Result.More {
			return all, nil
		}
		page["Marker"] = out.Result.Marker
	}
}
