package iam

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"curfew/shared/accountreview"
	"curfew/shared/backoff"
	"curfew/shared/fault"
	"curfew/shared/standing"
)

// Bounds of one principal's last-accessed data. A job takes seconds; its pages have up to 1,000 services, more than exist.
const (
	jobPause      = 2 * time.Second
	mostJobPauses = 30
	mostJobPages  = 20
)

// Accessed is [accountreview.Reader.Accessed]. It starts all jobs, then reads them: IAM makes them at once. Only the session that
// started a job may read it, so no job outlives an invocation.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
func (r Reader) Accessed(ctx context.Context, account string, arns []string) (map[string]*standing.Accessed, error) {
	if err := accountreview.CheckAccessed(account, arns); err != nil {
		return nil, err
	}
	client, err := r.cloud.enter(account)
	if err != nil {
		return nil, err
	}
	jobs, denied := map[string]string{}, error(nil)
	for _, arn := range arns {
		if _, again := jobs[arn]; again {
			continue
		}
		job, err := r.startJob(ctx, client, arn)
		switch fault.KindOf(err) {
		case "":
			jobs[arn] = job
		case fault.NotFound:
		case fault.Denied: // an SCP may protect some roles
			denied = err
		default:
			return nil, err
		}
	}
	if len(jobs) == 0 && denied != nil {
		return nil, denied
	}
	all := map[string]*standing.Accessed{}
	for arn, job := range jobs {
		found, err := r.readJob(ctx, client, job)
		if err != nil {
			return nil, fault.Wrap(err, "last-accessed data of %s", arn)
		}
		if found != nil {
			all[arn] = found
		}
	}
	return all, nil
}

func (r Reader) startJob(ctx context.Context, client Client, arn string) (job string, err error) {
	err = r.cloud.send(ctx, "iam:GenerateServiceLastAccessedDetails", time.Time{}, nil, func(ctx context.Context) error {
		out, err := client.GenerateServiceLastAccessedDetails(ctx, &iam.GenerateServiceLastAccessedDetailsInput{Arn: aws.String(arn), Granularity: types.AccessAdvisorUsageGranularityTypeActionLevel})
		if err == nil {
			job = aws.ToString(out.JobId)
		}
		return err
	})
	return job, err
}

// readJob waits for a job. Nil: IAM could not do it.
func (r Reader) readJob(ctx context.Context, client Client, job string) (*standing.Accessed, error) {
	all := &standing.Accessed{Services: map[string]standing.AccessedService{}}
	in := &iam.GetServiceLastAccessedDetailsInput{JobId: aws.String(job), MaxItems: aws.Int32(1000)}
	for pauses, pages := 0, 0; pages < mostJobPages; {
		var out *iam.GetServiceLastAccessedDetailsOutput
		err := r.cloud.send(ctx, "iam:GetServiceLastAccessedDetails", time.Time{}, nil, func(ctx context.Context) (err error) {
			out, err = client.GetServiceLastAccessedDetails(ctx, in)
			return err
		})
		switch {
		case fault.KindOf(err) == fault.NotFound: // deleted meanwhile
			return nil, nil
		case err != nil:
			return nil, err
		case out.JobStatus == types.JobStatusTypeFailed:
			return nil, nil
		case out.JobStatus != types.JobStatusTypeCompleted:
			if pauses++; pauses > mostJobPauses {
				return nil, fault.Errorf(fault.Transient, "IAM did not finish its job in %s", jobPause*mostJobPauses)
			}
			if err := backoff.Pause(ctx, jobPause); err != nil {
				return nil, err
			}
			continue
		}
		all.At = aws.ToTime(out.JobCompletionDate).UTC()
		for _, s := range out.ServicesLastAccessed {
			all.Services[aws.ToString(s.ServiceNamespace)] = accessedService(s)
		}
		if in.Marker = more(out.IsTruncated, out.Marker); in.Marker == nil {
			return all, nil
		}
		pages++
	}
	return nil, fault.Errorf(fault.Internal, "more than %d pages", mostJobPages)
}

// accessedService: what IAM never saw has no time.
func accessedService(s types.ServiceLastAccessed) standing.AccessedService {
	out := standing.AccessedService{Last: aws.ToTime(s.LastAuthenticated).UTC()}
	for _, a := range s.TrackedActionsLastAccessed {
		if out.Actions == nil {
			out.Actions = map[string]time.Time{}
		}
		out.Actions[aws.ToString(a.ActionName)] = aws.ToTime(a.LastAccessedTime).UTC()
	}
	return out
}
