package standing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"curfew/scripts/curfew/sdk"
	"curfew/shared/standing"
)

// Settings say what to read.
type Settings struct {
	State string // path of the state file; empty: none
	Now   func() time.Time
	// Wait waits between two questions for a report that IAM makes; nil: a timer.
	Wait func(ctx context.Context, d time.Duration) error
	// Tell is called as the reading goes on; of is 0 if it is not known. An error ends the reading.
	Tell     func(what string, done, of int) error
	WithSCPs bool // read those of the account from Organizations
	// Want says of which principals the last-accessed data are read, by ARN, when the details are there; nil: of none.
	Want func(s *State) ([]string, error)
}

// Read reads an account, and continues what a state file has. The caller closes the state. With an error too: what was read stays there.
func Read(ctx context.Context, config aws.Config, set Settings) (*State, error) {
	if set.Wait == nil {
		set.Wait = wait
	}
	caller, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, err
	}
	s, err := open(set.State, aws.ToString(caller.Account), set.Now())
	if err != nil {
		return nil, err
	}
	r := &reader{iam.NewFromConfig(config), config, s, set}
	for _, step := range []func(context.Context) error{r.pages, r.credentials, r.organization, r.accessed} {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type reader struct {
	iam    *iam.Client
	config aws.Config
	*State
	Settings
}

// pages reads the account's details. IAM may no longer know the marker of an interrupted reading: then they are read from the first on.
func (r *reader) pages(ctx context.Context) error {
	resumed := r.marker != ""
	for !r.Complete {
		in := &iam.GetAccountAuthorizationDetailsInput{MaxItems: aws.Int32(1000)}
		if r.marker != "" {
			in.Marker = aws.String(r.marker)
		}
		out, err := r.iam.GetAccountAuthorizationDetails(ctx, in)
		if err != nil && resumed && !sdk.IsDenied(err) && !sdk.IsUnavailable(err) && ctx.Err() == nil {
			resumed = false
			if err := r.keep(entry{Again: true}); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		resumed = false
		if err := r.page(out); err != nil {
			return err
		}
		if err := r.Tell("reading roles, users and policies, pages", len(r.Answers), 0); err != nil {
			return err
		}
	}
	return nil
}

// page keeps one page. The SDK's members have the names of the API.
func (r *reader) page(out *iam.GetAccountAuthorizationDetailsOutput) error {
	page, err := json.Marshal(map[string]any{
		"RoleDetailList": out.RoleDetailList, "UserDetailList": out.UserDetailList, "GroupDetailList": out.GroupDetailList, "Policies": out.Policies,
	})
	if err != nil {
		return err
	}
	marker := ""
	if out.IsTruncated {
		marker = aws.ToString(out.Marker)
	}
	if out.IsTruncated && marker == "" {
		return errors.New("IAM's answer says that there is more, and not where")
	}
	return r.keep(entry{Page: page, Marker: marker})
}

// attempts bounds the questions for one report of IAM's, and between is the time between them.
const (
	attempts = 60
	between  = 2 * time.Second
)

// credentials reads the credential report. Where the caller may not, keys stay unknown.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
func (r *reader) credentials(ctx context.Context) error {
	if r.Credentials != nil {
		return nil
	}
	for range attempts {
		made, err := r.iam.GenerateCredentialReport(ctx, &iam.GenerateCredentialReportInput{})
		if sdk.IsDenied(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if made.State == types.ReportStateTypeComplete {
			out, err := r.iam.GetCredentialReport(ctx, &iam.GetCredentialReportInput{})
			if err != nil {
				return err
			}
			return r.keep(entry{Credentials: out.Content})
		}
		if err := r.Tell("waiting for IAM's credential report", 0, 0); err != nil {
			return err
		}
		if err := r.Wait(ctx, between); err != nil {
			return err
		}
	}
	return errors.New("IAM did not make its credential report in 2 minutes: run the command again")
}

// batch is how many reports IAM makes at once for us.
const batch = 10

// accessed reads the last-accessed data of the wanted principals.
func (r *reader) accessed(ctx context.Context) error {
	if r.Want == nil {
		return nil
	}
	wanted, err := r.Want(r.State)
	if err != nil {
		return err
	}
	var left []string
	for _, arn := range wanted {
		if r.Accessed[arn] == nil {
			left = append(left, arn)
		}
	}
	done := len(wanted) - len(left)
	for len(left) > 0 {
		now := left[:min(batch, len(left))]
		left = left[len(now):]
		if err := r.reports(ctx, now); err != nil {
			return err
		}
		done += len(now)
		if err := r.Tell("reading last-accessed data, principals", done, len(wanted)); err != nil {
			return err
		}
	}
	return nil
}

// reports lets IAM make reports for some principals, then reads them. A principal that was deleted meanwhile has none.
func (r *reader) reports(ctx context.Context, arns []string) error {
	jobs := map[string]string{}
	for _, arn := range arns {
		out, err := r.iam.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: aws.String(arn), Granularity: types.AccessAdvisorUsageGranularityTypeActionLevel})
		if sdk.IsMissing(err) {
			continue
		}
		if err != nil {
			return err
		}
		jobs[arn] = aws.ToString(out.JobId)
	}
	for _, arn := range arns {
		if job, is := jobs[arn]; is {
			if err := r.report(ctx, arn, job); err != nil {
				return fmt.Errorf("last-accessed data of %s: %w", arn, err)
			}
		}
	}
	return nil
}

func (r *reader) report(ctx context.Context, arn, job string) error {
	all := &standing.Accessed{Services: map[string]standing.AccessedService{}}
	in := &iam.GetServiceLastAccessedDetailsInput{JobId: aws.String(job), MaxItems: aws.Int32(1000)}
	for range attempts {
		out, err := r.iam.GetServiceLastAccessedDetails(ctx, in)
		switch {
		case err != nil:
			return err
		case out.JobStatus == types.JobStatusTypeFailed:
			return errors.New("IAM could not make the report")
		case out.JobStatus != types.JobStatusTypeCompleted:
			if err := r.Wait(ctx, between); err != nil {
				return err
			}
			continue
		}
		all.At = aws.ToTime(out.JobCompletionDate)
		for _, s := range out.ServicesLastAccessed {
			all.Services[aws.ToString(s.ServiceNamespace)] = service(s)
		}
		if !out.IsTruncated {
			return r.keep(entry{ARN: arn, Accessed: all})
		}
		in.Marker = out.Marker
	}
	return errors.New("IAM did not make the report in 2 minutes: run the command again")
}

func service(s types.ServiceLastAccessed) standing.AccessedService {
	out := standing.AccessedService{Last: aws.ToTime(s.LastAuthenticated)}
	for _, a := range s.TrackedActionsLastAccessed {
		if out.Actions == nil {
			out.Actions = map[string]time.Time{}
		}
		out.Actions[aws.ToString(a.ActionName)] = aws.ToTime(a.LastAccessedTime)
	}
	return out
}
