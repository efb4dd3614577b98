// Package verify handles bus events from their queue ([Handler]) and asks AWS, read-only, to confirm them: is the task
// at work, since when, with which role.
//
//   - AWS Backup, Batch, Step Functions, ECS: the job is at work; its role.
//   - CodeDeploy, CodePipeline: the deployment or execution is at work.
//   - CloudWatch: the alarm is in ALARM.
//   - Secrets Manager: a rotation started and has not succeeded (AWSPENDING, not current). It may have failed.
//   - curfew.task: the event is the proof: the bus's policy names the senders. [Facts] checks the account.
package verify

import (
	"context"
	"log/slog"
	"slices"

	"curfew/events"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// Facts is [eventbus.Facts] on AWS. It is safe for concurrent use.
type Facts struct {
	Accounts     *onaws.Accounts
	TaskAccounts []string
	Log          *slog.Logger
}

var _ eventbus.Facts = (*Facts)(nil)

func New(in *onaws.Accounts, c onaws.TasksConfig, log *slog.Logger) *Facts {
	return &Facts{Accounts: in, TaskAccounts: c.TaskAccounts, Log: log}
}

// Confirm is [eventbus.Facts.Confirm]. If access is denied, it logs and returns Unconfirmable.
func (f *Facts) Confirm(ctx context.Context, s events.Signal) (eventbus.Fact, error) {
	if s.State != events.Started {
		return eventbus.Fact{Confirmation: eventbus.Unconfirmable}, nil
	}
	if s.Source == "curfew.task" {
		return eventbus.Fact{Confirmation: f.senderAllowed(s)}, nil
	}
	ask, ok := queries()[s.Source]
	if !ok {
		return eventbus.Fact{Confirmation: eventbus.Unconfirmable}, nil
	}
	cfg, ok := f.Accounts.Config(s.Account, s.Region)
	if !ok {
		return eventbus.Fact{Confirmation: eventbus.Unconfirmable}, nil
	}
	said, err := ask(ctx, cfg, s)
	switch {
	case isDenied(err):
		f.Log.ErrorContext(ctx, "not allowed to confirm", "source", s.Source, "account", s.Account, "error", err)
		return eventbus.Fact{Confirmation: eventbus.Unconfirmable}, nil
	case err != nil:
		return eventbus.Fact{}, onaws.CallError("confirming by "+s.Source, err)
	}
	return eventbus.Fact{Confirmation: said.compare(s), Since: said.startedAt}, nil
}

func queries() map[string]query {
	return map[string]query{
		"aws.backup": backupJob, "aws.batch": batchJob, "aws.ecs": ecsTask, "aws.states": execution,
		"aws.codedeploy": deployment, "aws.codepipeline": pipelineExecution,
		"aws.cloudwatch": alarm, "aws.secretsmanager": rotation,
	}
}

// senderAllowed: the bus's policy allows only these accounts.
func (f *Facts) senderAllowed(s events.Signal) eventbus.Confirmation {
	if slices.Contains(f.TaskAccounts, s.Account) {
		return eventbus.Confirmed
	}
	return eventbus.Refuted
}
