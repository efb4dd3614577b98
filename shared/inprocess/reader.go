package inprocess

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"curfew/shared/accountreview"
	"curfew/shared/authdetails"
	"curfew/shared/fault"
	"curfew/shared/iamarn"
)

// Reader is [accountreview.Reader].
type Reader struct{ Cloud *Cloud }

var _ accountreview.Reader = Reader{}

// Details is [accountreview.Reader.Details]: what was written last, without [IAMSettings.StaleReads].
func (r Reader) Details(ctx context.Context, account string) (d *authdetails.Details, err error) {
	err = r.Cloud.send(ctx, "iam:GetAccountAuthorizationDetails", time.Time{}, nil, func() error {
		if r.Cloud.IAM.accounts[account] == nil {
			return fault.Errorf(fault.Denied, "there is no account %s here", account)
		}
		d = authdetails.Of(r.Cloud.IAM.answer(account))
		return nil
	})
	return d, err
}

// answer is one page of everything in an account, with the policies of AWS.
func (w *controlPlane) answer(id string) (a authdetails.Answer) {
	prefix := id + "/"
	for _, t := range w.inOrder(prefix) {
		if !strings.HasPrefix(t.slot, prefix) {
			break
		}
		if p := t.now(); p != nil && p.user() {
			a.UserDetailList = append(a.UserDetailList, p.entity())
		} else if p != nil {
			a.RoleDetailList = append(a.RoleDetailList, p.entity())
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.accounts[id].groups)) {
		g := w.accounts[id].groups[key]
		a.GroupDetailList = append(a.GroupDetailList, authdetails.GroupEntity{ARN: g.arn, GroupName: g.name, Policies: inlineOf(g.inline), Attached: attachmentsOf(g.attached)})
	}
	for _, in := range []*account{w.accounts[id], w.accounts["aws"]} {
		if in == nil {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(in.policies)) {
			m := in.policies[key]
			a.Policies = append(a.Policies, authdetails.ManagedPolicy{ARN: m.arn, DefaultVersion: "v1", Versions: []authdetails.PolicyVersion{{ID: "v1", Document: authdetails.Text(m.document.text), Default: true}}})
		}
	}
	return a
}

func (p *principal) entity() authdetails.Entity {
	parts, _ := iamarn.Parse(p.arn)
	_, after, _ := strings.Cut(p.arn, ":"+parts.Kind)
	e := authdetails.Entity{ARN: p.arn, Path: strings.TrimSuffix(path.Dir(after), "/") + "/", GroupList: p.groups, Attached: attachmentsOf(p.attached)}
	e.Boundary.ARN = p.boundary
	if p.user() {
		e.UserName, e.UserID, e.UserPolicies = parts.Name, p.id, inlineOf(p.inline)
	} else {
		e.RoleName, e.RoleID, e.RolePolicies, e.Trust = parts.Name, p.id, inlineOf(p.inline), authdetails.Text(p.trust)
	}
	for _, k := range slices.Sorted(maps.Keys(p.tags)) {
		e.Tags = append(e.Tags, authdetails.Tag{Key: k, Value: p.tags[k]})
	}
	return e
}

func inlineOf(all map[string]document) (out []authdetails.InlinePolicy) {
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out = append(out, authdetails.InlinePolicy{Name: name, Document: authdetails.Text(all[name].text)})
	}
	return out
}

func attachmentsOf(arns []string) (out []authdetails.Attachment) {
	for _, arn := range arns {
		out = append(out, authdetails.Attachment{ARN: arn})
	}
	return out
}

// Reviews is [accountreview.Queue]: messages wait until [Reviews.Deliver]. It is not for concurrent use.
type Reviews struct{ Waiting []string }

var _ accountreview.Queue = (*Reviews)(nil)

// Send is [accountreview.Queue.Send].
func (r *Reviews) Send(_ context.Context, body string) error {
	r.Waiting = append(r.Waiting, body)
	return nil
}

// Deliver hands over all messages, also those that are sent meanwhile. It stops at the first error; that message stays.
func (r *Reviews) Deliver(ctx context.Context, s *accountreview.Service) error {
	for len(r.Waiting) > 0 {
		if _, err := s.Handle(ctx, []byte(r.Waiting[0])); err != nil {
			return err
		}
		r.Waiting = r.Waiting[1:]
	}
	return nil
}
