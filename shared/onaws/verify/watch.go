package verify

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"curfew/events"
	"curfew/shared/trigger/eventbus"
)

// alarm finds the alarm by name and ARN. INSUFFICIENT_DATA is over, and starts nothing. An event older than the last
// transition belongs to an earlier alarm.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func alarm(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	_, name, ok := strings.Cut(s.Task.ID, ":alarm:")
	if !ok {
		return noSuchTask()
	}
	out, err := cloudwatch.NewFromConfig(cfg).DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{name}, AlarmTypes: []types.AlarmType{types.AlarmTypeCompositeAlarm, types.AlarmTypeMetricAlarm, types.AlarmTypeLogAlarm},
	})
	if err != nil {
		return fact{}, err
	}
	found := fact{confirmation: eventbus.Refuted}
	look := func(arn *string, state types.StateValue, since *time.Time) {
		if aws.ToString(arn) == s.Task.ID {
			found = fact{confirmation: stage(state, []string{"ALARM"}, []string{"OK", "INSUFFICIENT_DATA"}), startedAt: aws.ToTime(since)}
		}
	}
	for _, a := range out.MetricAlarms {
		look(a.AlarmArn, a.StateValue, a.StateTransitionedTimestamp)
	}
	for _, a := range out.CompositeAlarms {
		look(a.AlarmArn, a.StateValue, a.StateTransitionedTimestamp)
	}
	for _, a := range out.LogAlarms {
		look(a.AlarmArn, a.StateValue, a.StateTransitionedTimestamp)
	}
	return found, nil
}

const pending, current = "AWSPENDING", "AWSCURRENT"

// rotation asks Secrets Manager, which does not report a running rotation: see the package.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
func rotation(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	out, err := secretsmanager.NewFromConfig(cfg).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(s.Task.ID)})
	if isUnknownTask(err, "ResourceNotFoundException", "InvalidParameterException") {
		return noSuchTask()
	}
	if err != nil {
		return fact{}, err
	}
	staged := false
	for _, stages := range out.VersionIdsToStages {
		staged = staged || slices.Contains(stages, pending) && !slices.Contains(stages, current)
	}
	switch {
	case aws.ToString(out.ARN) != s.Task.ID || !aws.ToBool(out.RotationEnabled) || out.DeletedDate != nil:
		return noSuchTask()
	case out.LastRotatedDate != nil && !out.LastRotatedDate.Before(s.At):
		return fact{confirmation: eventbus.Finished}, nil
	case !staged:
		return noSuchTask()
	}
	return fact{confirmation: eventbus.Confirmed}, nil
}
