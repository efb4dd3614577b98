package onaws

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/shared/iamarn"
)

// Accounts configures clients for accounts. In a member account a function assumes a role with an external id; the session has the function's name. It is safe for concurrent use.
type Accounts struct {
	cfg     aws.Config
	own     string
	role    string // to assume in members; empty: no other account may be entered
	session string
	id      string // external
	assume  stscreds.AssumeRoleAPIClient

	mu        sync.Mutex // guards providers
	providers map[string]aws.CredentialsProvider
}

func NewAccounts(cfg aws.Config, c AccountsConfig) *Accounts {
	a := &Accounts{
		cfg: cfg, own: c.Account, role: c.MemberRole, session: cmp.Or(c.Function, c.MemberRole), id: c.ExternalID,
		providers: map[string]aws.CredentialsProvider{},
	}
	if a.role != "" {
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

// Config returns the configuration for an account and Region. ok is false without a Region, and for an account that the
// function has no role for. IAM allows the role in the organization's accounts only; whether an account is governed is
// for the caller to know.
func (a *Accounts) Config(account, region string) (cfg aws.Config, ok bool) {
	member := a.role != "" && account != a.own && iamarn.IsAccount(account)
	if region == "" || !member && (account == "" || account != a.own) {
		return aws.Config{}, false
	}
	cfg = a.cfg.Copy()
	cfg.Region = region
	if member {
		cfg.Credentials = a.credentials(account)
	}
	return cfg, true
}

// Credentials are used until they expire, by all passes: AssumeRole counts against one rate of home. The jitter spreads
// the renewals, so that not all accounts renew in the same pass.
const (
	renewBefore = 5 * time.Minute
	renewJitter = 0.9
)

func (a *Accounts) credentials(account string) aws.CredentialsProvider {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.providers[account] == nil {
		role := "arn:" + partition(a.cfg.Region) + ":iam::" + account + ":role/" + a.role
		a.providers[account] = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(a.assume, role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = a.session
			if a.id != "" {
				o.ExternalID = aws.String(a.id)
			}
		}), func(o *aws.CredentialsCacheOptions) {
			o.ExpiryWindow, o.ExpiryWindowJitterFrac = renewBefore, renewJitter
		})
	}
	return a.providers[account]
}

func (a *Accounts) Region() string { return a.cfg.Region }
