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

// Accounts configures clients for an installation's accounts. In a member account a function assumes a role with an
// external id; the session has the function's name. It is safe for concurrent use.
type Accounts struct {
	cfg     aws.Config
	own     string
	roles   map[string]string // member account: ARN of the role to assume
	session string
	id      string // external
	assume  stscreds.AssumeRoleAPIClient

	mu        sync.Mutex // guards providers
	providers map[string]aws.CredentialsProvider
}

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

// partition returns the partition of a Region.
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

// Config returns the configuration for an account and Region; ok is false if either is not configured.
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

// IDs returns the account ids, sorted.
func (a *Accounts) IDs() []string {
	all := slices.Collect(maps.Keys(a.roles))
	if a.own != "" && a.roles[a.own] == "" {
		all = append(all, a.own)
	}
	slices.Sort(all)
	return all
}

func (a *Accounts) Region() string { return a.cfg.Region }
