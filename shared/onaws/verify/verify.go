// Package verify takes the events of the bus from their queue ([Handler]), and reads back from AWS what an event said: whether
// the task is at work, since when, and on whose account. It asks in the event's own account and Region, by the function's
// role there, and changes nothing.
//
// What each service can prove:
//
//   - AWS Backup, Batch, Step Functions and ECS: that the job is at work, and which role it uses.
//   - CodeDeploy and CodePipeline: that the deployment or execution is at work. Their role is not asked for.
//   - CloudWatch: that the alarm is in ALARM. It is nobody's role.
//   - Secrets Manager: that a version is staged AWSPENDING and not yet current, in a secret that is rotated, and that none
//     was rotated since. That is so while a rotation is under way, and as well after one that failed and left its version
//     behind: it proves that a rotation began and did not succeed, not that it is at work at this moment, nor by which role.
//   - curfew.task cannot be asked: that it came is the proof. Its rule is on a bus of its own, whose policy names who may
//     send, and the queue takes nothing but from our rules. What is held against that policy here is the account, which
//     EventBridge writes itself.
package verify

import (
	"context"
	"log/slog"
	"slices"

	"curfew/events"
	"curfew/shared/onaws"
	"curfew/shared/trigger/eventbus"
)

// Facts is [eventbus.Facts] on AWS. It may be used by many at once.
type Facts struct {
	Accounts *onaws.Accounts
	// TaskAccounts are those of the senders of curfew.task.
	TaskAccounts []string
	Log          *slog.Logger
}

var _ eventbus.Facts = (*Facts)(nil)

// New is for the function trigger.
func New(in *onaws.Accounts, c onaws.TasksConfig, log *slog.Logger) *Facts {
	return &Facts{Accounts: in, TaskAccounts: c.TaskAccounts, Log: log}
}

// Confirm is [eventbus.Facts.Confirm]. What the function's role is not allowed to ask cannot be asked, and is a line in the
// log as well.
func (f *Facts) Confirm(ctx context.Context, s events.Signal) (eventbus.Fact, error) {
	if s.State != events.Started {
		return eventbus.Fact{Truth: eventbus.CannotBeAsked}, nil
	}
	if s.Source == "curfew.task" {
		return eventbus.Fact{Truth: f.sent(s)}, nil
	}
	ask, ok := askers()[s.Source]
	if !ok {
		return eventbus.Fact{Truth: eventbus.CannotBeAsked}, nil
	}
	cfg, ok := f.Accounts.Config(s.Account, s.Region)
	if !ok {
		return eventbus.Fact{Truth: eventbus.CannotBeAsked}, nil
	}
	said, err := ask(ctx, cfg, s)
	switch {
	case denied(err):
		f.Log.ErrorContext(ctx, "not allowed to confirm", "source", s.Source, "account", s.Account, "error", err)
		return eventbus.Fact{Truth: eventbus.CannotBeAsked}, nil
	case err != nil:
		return eventbus.Fact{}, onaws.CallError("confirming by "+s.Source, err)
	}
	return eventbus.Fact{Truth: said.judge(s), Since: said.since}, nil
}

func askers() map[string]asker {
	return map[string]asker{
		"aws.backup": backupJob, "aws.batch": batchJob, "aws.ecs": ecsTask, "aws.states": execution,
		"aws.codedeploy": deployment, "aws.codepipeline": pipelineExecution,
		"aws.cloudwatch": alarm, "aws.secretsmanager": rotation,
	}
}

// sent: whoever is not named in the bus's policy did not send it, wherever it came from.
func (f *Facts) sent(s events.Signal) eventbus.Truth {
	if slices.Contains(f.TaskAccounts, s.Account) {
		return eventbus.So
	}
	return eventbus.NotSo
}
