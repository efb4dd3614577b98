package verify

import (
	"context"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/events"
	"curfew/shared/onaws/ask"
)

// backupID is how AWS Backup names jobs; what looks otherwise has no place in a path.
var backupID = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// backupJob asks AWS Backup. The task's id does not say whether it is a backup, a restore or a copy; ids of the three never
// meet, so that each is asked for until one is there.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupJob.html
func backupJob(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	if !backupID.MatchString(s.Task.ID) {
		return notSo()
	}
	for _, kind := range []struct{ operation, path string }{
		{"DescribeBackupJob", "/backup-jobs/"}, {"DescribeRestoreJob", "/restore-jobs/"}, {"DescribeCopyJob", "/copy-jobs/"},
	} {
		var out struct {
			job
			CopyJob *job // the answer about a copy is one further in
		}
		call := ask.Call{Service: "backup", Operation: kind.operation, Method: http.MethodGet, Path: kind.path + s.Task.ID}
		err := call.Do(ctx, cfg, nil, &out)
		if missing(err, "ResourceNotFoundException", "InvalidParameterValueException") {
			continue
		}
		if err != nil {
			return fact{}, err
		}
		if out.CopyJob != nil {
			out.job = *out.CopyJob
		}
		return out.fact(), nil
	}
	return notSo()
}

// job is what the three have in common. A restore says Status where the others say State, and SourceResourceArn for what
// the backup was of.
type job struct {
	State, Status, IamRoleArn, ResourceArn, SourceResourceArn string

	CreationDate ask.Time
}

// fact: it is at work only while it runs; before that it may wait for hours. Like the event's, its start is its creation.
func (j job) fact() fact {
	over := []string{"ABORTING", "ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL"}
	return fact{
		truth: stage(j.State+j.Status, []string{"RUNNING"}, over), since: j.CreationDate.Time,
		role: j.IamRoleArn, told: true, resource: j.ResourceArn + j.SourceResourceArn,
	}
}
