package inprocess

import (
	"context"
	"strings"
	"time"

	"curfew/shared/accountreview"
	"curfew/shared/iamdata"
	"curfew/shared/iampolicy"
	"curfew/shared/standing"
)

// Use notes a call of a principal, for its last-accessed data: IAM notes attempts, allowed or not.
func (r Reader) Use(arn, action string, at time.Time) error {
	w := r.Cloud.IAM
	w.mu.Lock()
	defer w.mu.Unlock()
	p, err := w.get(arn, false)
	if err != nil {
		return err
	}
	if w.used[p.id] == nil {
		w.used[p.id] = map[string]time.Time{}
	}
	if at.After(w.used[p.id][action]) {
		w.used[p.id][action] = at
	}
	return nil
}

// Accessed is [accountreview.Reader.Accessed]. Tracked actions are those that were used.
func (r Reader) Accessed(ctx context.Context, account string, arns []string) (map[string]*standing.Accessed, error) {
	if err := accountreview.CheckAccessed(account, arns); err != nil {
		return nil, err
	}
	all := map[string]*standing.Accessed{}
	for _, arn := range arns {
		err := r.Cloud.send(ctx, "iam:GenerateServiceLastAccessedDetails", time.Time{}, nil, func() error {
			if r.Cloud.IAM.accounts[account] == nil {
				return apiErrorf("AccessDenied", "there is no account %s here", account)
			}
			if t := r.Cloud.IAM.find(arn); t != nil && t.now() != nil && t.now().arn == arn {
				all[arn] = r.Cloud.IAM.accessed(account, t.now())
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// accessed lists the services that a principal's own and groups' policies allow. The boundary does not count.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
func (w *controlPlane) accessed(account string, p *principal) *standing.Accessed {
	out := &standing.Accessed{At: w.settings.Now().UTC(), Services: map[string]standing.AccessedService{}}
	for _, n := range w.effective(w.accounts[account], p).Identity {
		if n.Document == nil {
			continue
		}
		for _, s := range n.Document.Statements {
			for _, service := range servicesOf(s) {
				out.Services[service] = standing.AccessedService{}
			}
		}
	}
	for action, at := range w.used[p.id] {
		service, name, _ := strings.Cut(action, ":")
		s, listed := out.Services[service]
		if !listed {
			continue
		}
		if s.Actions == nil {
			s.Actions = map[string]time.Time{}
		}
		s.Actions[name] = at
		if at.After(s.Last) {
			s.Last = at
		}
		out.Services[service] = s
	}
	return out
}

// servicesOf are those of an Allow. One with NotAction, or with a wildcard for the service, is taken for all services.
func servicesOf(s iampolicy.Statement) (all []string) {
	if s.Effect != iampolicy.Allow {
		return nil
	}
	if len(s.NotActions) > 0 {
		return iamdata.Services()
	}
	for _, action := range s.Actions {
		service, _, _ := strings.Cut(action, ":")
		if strings.ContainsAny(service, "*?") {
			return iamdata.Services()
		}
		all = append(all, strings.ToLower(service))
	}
	return all
}
