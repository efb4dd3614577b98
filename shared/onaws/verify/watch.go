package verify

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/events"
	"curfew/shared/onaws/ask"
	"curfew/shared/trigger/eventbus"
)

// alarm asks CloudWatch for the alarms of that name, and takes the one of that ARN. One without data has not closed, but
// nothing begins by it. An event from before its last change of state tells of an earlier ring.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
func alarm(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	_, name, ok := strings.Cut(s.Task.ID, ":alarm:")
	if !ok {
		return notSo()
	}
	type alarms []struct {
		AlarmArn, StateValue       string
		StateTransitionedTimestamp ask.Time
	}
	var out struct{ MetricAlarms, CompositeAlarms, LogAlarms alarms }
	in := map[string][]string{"AlarmNames": {name}, "AlarmTypes": {"CompositeAlarm", "MetricAlarm", "LogAlarm"}}
	err := ask.Call{Service: "monitoring", Target: "GraniteServiceVersion20100801.DescribeAlarms"}.Do(ctx, cfg, in, &out)
	if err != nil {
		return fact{}, err
	}
	for _, a := range slices.Concat(out.MetricAlarms, out.CompositeAlarms, out.LogAlarms) {
		if a.AlarmArn == s.Task.ID {
			return fact{truth: stage(a.StateValue, []string{"ALARM"}, []string{"OK", "INSUFFICIENT_DATA"}), since: a.StateTransitionedTimestamp.Time}, nil
		}
	}
	return notSo()
}

const pending, current = "AWSPENDING", "AWSCURRENT"

// rotation asks Secrets Manager, which has no word for a rotation under way: see the package.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
func rotation(ctx context.Context, cfg aws.Config, s events.Signal) (fact, error) {
	var out struct {
		ARN                          string
		RotationEnabled              bool
		LastRotatedDate, DeletedDate ask.Time
		VersionIdsToStages           map[string][]string
	}
	err := ask.Call{Service: "secretsmanager", Target: "secretsmanager.DescribeSecret"}.Do(ctx, cfg, map[string]string{"SecretId": s.Task.ID}, &out)
	if missing(err, "ResourceNotFoundException", "InvalidParameterException") {
		return notSo()
	}
	if err != nil {
		return fact{}, err
	}
	staged := false
	for _, stages := range out.VersionIdsToStages {
		staged = staged || slices.Contains(stages, pending) && !slices.Contains(stages, current)
	}
	switch {
	case out.ARN != s.Task.ID || !out.RotationEnabled || !out.DeletedDate.IsZero():
		return notSo()
	case !out.LastRotatedDate.IsZero() && !out.LastRotatedDate.Before(s.At):
		return fact{truth: eventbus.Over}, nil
	case !staged:
		return notSo()
	}
	return fact{truth: eventbus.So}, nil
}
