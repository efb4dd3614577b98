package verify

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"

	"curfew/events"
	"curfew/shared/fault"
)

// backupID excludes characters that could change the request's path.
var backupID = fault.Pattern(`^[A-Za-z0-9-]+$`)

// backupJob asks AWS Backup. An id may be a backup, restore or copy job: each is tried.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupJob.html
func backupJob(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	if !backupID().MatchString(s.Task.ID) {
		return noSuchTask()
	}
	client, id := backup.NewFromConfig(cfg), aws.String(s.Task.ID)
	b, err := client.DescribeBackupJob(ctx, &backup.DescribeBackupJobInput{BackupJobId: id})
	if err == nil {
		return job(string(b.State), b.CreationDate, b.IamRoleArn, b.ResourceArn), nil
	}
	if !noJob(err) {
		return fact{}, err
	}
	r, err := client.DescribeRestoreJob(ctx, &backup.DescribeRestoreJobInput{RestoreJobId: id})
	if err == nil {
		return job(string(r.Status), r.CreationDate, r.IamRoleArn, r.SourceResourceArn), nil
	}
	if !noJob(err) {
		return fact{}, err
	}
	c, err := client.DescribeCopyJob(ctx, &backup.DescribeCopyJobInput{CopyJobId: id})
	if noJob(err) || err == nil && c.CopyJob == nil {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	return job(string(c.CopyJob.State), c.CopyJob.CreationDate, c.CopyJob.IamRoleArn, c.CopyJob.ResourceArn), nil
}

func noJob(err error) bool {
	return isUnknownTask(err, "ResourceNotFoundException", "InvalidParameterValueException")
}

// job counts only RUNNING as at work: a job may wait for hours. As in the event, creation is the start.
func job(state string, created *time.Time, role, resource *string) fact {
	over := []string{"ABORTING", "ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL"}
	return fact{
		confirmation: stage(state, []string{"RUNNING"}, over), startedAt: aws.ToTime(created),
		role: aws.ToString(role), roleKnown: true, resource: aws.ToString(resource),
	}
}
