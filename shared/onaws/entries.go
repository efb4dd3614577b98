package onaws

import (
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Entries lead into the accounts of an installation, for other services than IAM: as Cloud does, by the role of the
// function there. It may be used by many at once.
type Entries struct {
	accounts *accounts

	mu  sync.Mutex // guards what follows
	may map[string]aws.CredentialsProvider
}

// NewEntries is for a function that reads or starts something in the accounts.
func NewEntries(cfg aws.Config, c AccountsConfig) *Entries {
	return &Entries{accounts: newAccounts(cfg, c), may: map[string]aws.CredentialsProvider{}}
}

// In is the configuration of the SDK for an account and Region. ok is false where the installation has nothing to do: no
// call is made there. Credentials are fetched by the first call, and kept until they expire.
func (e *Entries) In(account, region string) (cfg aws.Config, ok bool) {
	role, member := e.accounts.roles[account]
	if region == "" || !member && (account == "" || account != e.accounts.own) {
		return aws.Config{}, false
	}
	cfg = e.accounts.cfg.Copy()
	cfg.Region = region
	if member {
		cfg.Credentials = e.credentials(account, role)
	}
	return cfg, true
}

func (e *Entries) credentials(account, role string) aws.CredentialsProvider {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.may[account] == nil {
		e.may[account] = aws.NewCredentialsCache(e.accounts.credentials(role))
	}
	return e.may[account]
}

// Accounts are those that can be entered, in order.
func (e *Entries) Accounts() []string { return e.accounts.numbers() }

// Region is the one that the function runs in.
func (e *Entries) Region() string { return e.accounts.cfg.Region }
