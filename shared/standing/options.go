package standing

import (
	"regexp"
	"strings"
	"sync"
	"time"

	"curfew/shared/authdetails"
	"curfew/shared/iampolicy"
)

// Options are what is known besides the details. All are optional.
type Options struct {
	Now time.Time // the instant of the report
	// Name is the installation's: its grants are not standing privilege. Empty: "curfew".
	Name string
	// Boundaries are the accepted permissions boundaries: ARNs, or names with their path. Empty: any boundary is accepted.
	Boundaries []string
	// Accounts are those of the organization; the accounts of the details are added.
	Accounts []string
	// SCPs are the service control policies by account, of each level from the root. An account that is not there has none.
	SCPs map[string][][]*iampolicy.Document
	// Accessed is IAM's last-accessed data by ARN; Used is the recorded use by unique id.
	Accessed map[string]*Accessed
	Used     map[string]*Usage
	// Credentials are the rows of credential reports by ARN. Without a row, keys and passwords are not known.
	Credentials map[string]*Credential
	// Jobs are recorded runs of jobs, for triggers.
	Jobs []Run
	// DataEvents says that all data events are recorded.
	DataEvents bool
	// UnusedAfter is how long an action must not be used; zero: 90 days.
	UnusedAfter time.Duration
	// Paths gives whom a principal can become; nil: package escalation does.
	Paths func(*authdetails.Principal) []Path
	// Owners, Requesters and Approvers are the groups of planned entitlements. Empty: platform, engineers, leads.
	Owners, Requesters, Approvers string
	// Tell is called as the analysis goes on; nil: not wanted. An error ends it.
	Tell func(what string, done, of int) error
}

// Accessed is what IAM's last-accessed information says of one principal, by service.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
type Accessed struct {
	At       time.Time                  `json:"at"` // of the report
	Services map[string]AccessedService `json:"services"`
}

// AccessedService is one service. A zero time is no access in the tracking period.
type AccessedService struct {
	Last time.Time `json:"last,omitzero"`
	// Actions are the tracked ones, by name: management events of some services. iam:PassRole is never tracked.
	Actions map[string]time.Time `json:"actions,omitempty"`
}

// tracked is how far back IAM's last-accessed information goes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
const tracked = 400 * 24 * time.Hour

func (o *Options) unusedAfter() time.Duration {
	if o.UnusedAfter > 0 {
		return o.UnusedAfter
	}
	return 90 * 24 * time.Hour
}

func (o *Options) name() string { return orElse(o.Name, "curfew") }

// isGrant reports whether a policy has the name of a grant or containment: <name>-<elevation>, <name>-q-<elevation>.
func (o *Options) isGrant(policy string) bool {
	rest, ok := strings.CutPrefix(policy[strings.LastIndexAny(policy, "/ :")+1:], o.name()+"-")
	return ok && elevationID().MatchString(strings.TrimPrefix(rest, "q-"))
}

var elevationID = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{26}(-[0-9])?$`) })

func (o *Options) accepts(boundary string) bool {
	if boundary == "" || len(o.Boundaries) == 0 {
		return boundary != ""
	}
	for _, name := range o.Boundaries {
		_, of, _ := strings.Cut(boundary, ":policy/")
		if boundary == name || of == strings.TrimPrefix(name, "/") {
			return true
		}
	}
	return false
}
