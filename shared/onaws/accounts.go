package onaws

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Accounts are the accounts of an installation. In a member account a function assumes a role of its own, by an external id,
// in a session that bears the function's name. It is safe for concurrent use.
type Accounts struct {
	cfg     aws.Config
	own     string
	roles   map[string]string // of the member accounts: the ARN of the role to assume there
	session string
	id      string // external
	assume  stscreds.AssumeRoleAPIClient

	mu        sync.Mutex // guards what follows
	providers map[string]aws.CredentialsProvider
}

// NewAccounts is for a function that reads, changes or starts something in the accounts.
func NewAccounts(cfg aws.Config, c AccountsConfig) *Accounts {
	a := &Accounts{
		cfg: cfg, own: c.Account, roles: map[string]string{}, session: cmp.Or(c.Function, c.MemberRole), id: c.ExternalID,
		providers: map[string]aws.CredentialsProvider{},
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

// Config is the configuration of the SDK for an account and Region. ok is false where the installation has nothing to do: no
// call is made there. Credentials are fetched by the first call, and kept until they expire.
func (a *Accounts) Config(account, region string) (cfg aws.Config, ok bool) {
	role, member := a.roles[account]
	if region == "" || !member && (account == "" || account != a.own) {
		return aws.Config{}, false
	}
	cfg = a.cfg.Copy()
	cfg.Region = region
	if member {
		cfg.Credentials = a.credentials(account, role)
	}
	return cfg, true
}

func (a *Accounts) credentials(account, role string) aws.CredentialsProvider {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.providers[account] == nil {
		a.providers[account] = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(a.assume, role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = a.session
			if a.id != "" {
				o.ExternalID = aws.String(a.id)
			}
		}))
	}
	return a.providers[account]
}

// IDs are the numbers of the accounts that can be entered, in order.
func (a *Accounts) IDs() []string {
	all := slices.Collect(maps.Keys(a.roles))
	if a.own != "" && a.roles[a.own] == "" {
		all = append(all, a.own)
	}
	slices.Sort(all)
	return all
}

// Region is the one that the function runs in.
func (a *Accounts) Region() string { return a.cfg.Region }
