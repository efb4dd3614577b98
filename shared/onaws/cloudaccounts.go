package onaws

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// accounts are the IAM clients of an installation, each made when it is first needed: a function that is started for one
// elevation needs one of them. In a member account it assumes a role of its own, by an external id, in a session that
// bears the function's name; the credentials are kept until they expire.
type accounts struct {
	cfg     aws.Config
	own     string
	roles   map[string]string // of the member accounts: the ARN of the role to assume there
	session string
	id      string // external
	assume  stscreds.AssumeRoleAPIClient

	mu      sync.Mutex // guards what follows
	clients map[string]IAM
}

func newAccounts(cfg aws.Config, c AccountsConfig) *accounts {
	a := &accounts{
		cfg: cfg, own: c.Account, roles: map[string]string{}, session: cmp.Or(c.Function, c.MemberRole), id: c.ExternalID,
		clients: map[string]IAM{},
	}
	for _, account := range c.Members {
		a.roles[account] = "arn:" + partition(cfg.Region) + ":iam::" + account + ":role/" + c.MemberRole
	}
	if len(a.roles) > 0 {
		a.assume = sts.NewFromConfig(cfg)
	}
	return a
}

// partition is the part of AWS that a Region belongs to.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// numbers are the accounts where something may be done.
func (a *accounts) numbers() []string {
	all := slices.Collect(maps.Keys(a.roles))
	if a.own != "" && a.roles[a.own] == "" {
		all = append(all, a.own)
	}
	slices.Sort(all)
	return all
}

// client is the IAM of one of the accounts. The SDK sends each call once: Cloud decides about another try.
func (a *accounts) client(account string) IAM {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clients[account] == nil {
		a.clients[account] = iam.NewFromConfig(a.cfg, func(o *iam.Options) {
			o.Retryer = aws.NopRetryer{}
			if role := a.roles[account]; role != "" {
				o.Credentials = aws.NewCredentialsCache(a.credentials(role))
			}
		})
	}
	return a.clients[account]
}

func (a *accounts) credentials(role string) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(a.assume, role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = a.session
		if a.id != "" {
			o.ExternalID = aws.String(a.id)
		}
	})
}
