package events

// kinds excludes Curfew's own announcements: a grant must never cause a grant.
var kinds = map[header]kind{
	{"aws.backup", "Backup Job State Change"}:                             backupJob,
	{"aws.backup", "Restore Job State Change"}:                            restoreJob,
	{"aws.backup", "Copy Job State Change"}:                               copyJob,
	{"aws.cloudwatch", "CloudWatch Alarm State Change"}:                   alarm,
	{"aws.secretsmanager", "AWS Service Event via CloudTrail"}:            rotation,
	{"aws.secretsmanager", "AWS API Call via CloudTrail"}:                 rotateSecret,
	{"aws.states", "Step Functions Execution Status Change"}:              execution,
	{"aws.codedeploy", "CodeDeploy Deployment State-change Notification"}: deployment,
	{"aws.codepipeline", "CodePipeline Pipeline Execution State Change"}:  pipeline,
	{"aws.ecs", "ECS Task State Change"}:                                  ecsTask,
	{"aws.batch", "Batch Job State Change"}:                               batchJob,
	{"curfew.task", "Task State Change"}:                                  ownTask,
}

// https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
// A job starts when it runs, but the start has the time of its creation: RUNNING may have a later time than the job's
// completion.
var backupJob = kind{
	task:  "backup",
	ids:   []string{"detail.backupJobId"},
	state: []string{"detail.state"},
	states: map[string]meaning{
		"CREATED": documented(Other), "PENDING": documented(Other), "RUNNING": documented(Started), "ABORTING": unconfirmed(Other),
		"ABORTED": documented(Ended), "COMPLETED": documented(Ended), "FAILED": documented(Ended), "EXPIRED": documented(Ended), "PARTIAL": unconfirmed(Ended),
	},
	at:       map[State]string{Started: "detail.creationDate", Ended: "detail.completionDate"},
	role:     "detail.iamRoleArn",
	resource: "detail.resourceArn",
}

// Creation has "state"; other events have "status".
var restoreJob = kind{
	task:  "backup",
	ids:   []string{"detail.restoreJobId"},
	state: []string{"detail.status", "detail.state"},
	states: map[string]meaning{
		"CREATED": documented(Other), "PENDING": documented(Other), "RUNNING": documented(Started),
		"COMPLETED": documented(Ended), "FAILED": documented(Ended), "ABORTED": unconfirmed(Ended),
	},
	at:       map[State]string{Started: "detail.creationDate", Ended: "detail.completionDate"},
	role:     "detail.iamRoleArn",
	resource: "detail.sourceResourceArn",
}

var copyJob = kind{
	task:  "backup",
	ids:   []string{"detail.copyJobId"},
	state: []string{"detail.state"},
	states: map[string]meaning{
		"CREATED": {}, "RUNNING": documented(Started),
		"COMPLETED": documented(Ended), "FAILED": documented(Ended), "PARTIAL": unconfirmed(Ended),
	},
	at:       map[State]string{Started: "detail.creationDate", Ended: "detail.completionDate"},
	role:     "detail.iamRoleArn",
	resource: "detail.resourceArn",
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
// An alarm without data has not closed: responders keep access.
var alarm = kind{
	task:       "incident",
	ids:        []string{resources}, // names repeat in other accounts and Regions
	arnService: "cloudwatch",
	state:      []string{"detail.state.value"},
	states: map[string]meaning{
		"ALARM": documented(Started), "OK": documented(Ended), "INSUFFICIENT_DATA": documented(Other),
	},
	at:       map[State]string{Started: "detail.state.timestamp", Ended: "detail.state.timestamp", Other: "detail.state.timestamp"},
	resource: "resources",
}

// secretPlaces: for the caller's secrets, secrets managed by a service, API calls.
var secretPlaces = []string{"detail.additionalEventData.SecretId", "detail.serviceEventDetails.secretId", "detail.requestParameters.secretId"}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html lacks the path of the secret.
var rotation = kind{
	task:       "rotation",
	ids:        secretPlaces,
	arnService: "secretsmanager",
	state:      []string{"detail.eventName"},
	states: map[string]meaning{
		"RotationStarted": unconfirmed(Started), "RotationSucceeded": unconfirmed(Ended),
		"RotationFailed": unconfirmed(Ended), "RotationAbandoned": unconfirmed(Ended),
	},
	at:    map[State]string{Started: "detail.eventTime", Ended: "detail.eventTime"},
	trail: true,
}

// rotateSecret is the call before the rotation. The request may have only a name.
var rotateSecret = kind{
	task:          "rotation",
	ids:           []string{"detail.responseElements.arn", "detail.responseElements.aRN", "detail.requestParameters.secretId"},
	arnService:    "secretsmanager",
	state:         []string{"detail.eventName"},
	states:        map[string]meaning{"RotateSecret": unconfirmed(Started)},
	at:            map[State]string{Started: "detail.eventTime"},
	trail:         true,
	reportsNoTask: startsNoRotation,
}

// startsNoRotation reports that RotateSecret was refused or only set a schedule.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
func startsNoRotation(e *envelope) (bool, error) {
	code, err := e.text("detail.errorCode")
	if err != nil || code != "" {
		return true, err
	}
	now, err := e.lookup("detail.requestParameters.rotateImmediately")
	return string(now) == "false", err
}

// https://docs.aws.amazon.com/step-functions/latest/dg/cw-events.html
// The id is the ARN: the caller of StartExecution chooses the name, which is unique in one state machine only.
// A redriven execution keeps ARN and startDate. Its start is redriveDate, which is null before.
var execution = kind{
	task:       "workflow",
	ids:        []string{"detail.executionArn"},
	arnService: "states",
	state:      []string{"detail.status"},
	states: map[string]meaning{
		"RUNNING": documented(Started), "PENDING_REDRIVE": unconfirmed(Other),
		"SUCCEEDED": documented(Ended), "FAILED": documented(Ended), "TIMED_OUT": documented(Ended), "ABORTED": documented(Ended),
	},
	at:       map[State]string{Started: "detail.startDate", Ended: "detail.stopDate"},
	again:    "detail.redriveDate",
	resource: "detail.stateMachineArn",
}

// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html has no shape; it is from AWS's Go module for Lambda.
var deployment = kind{
	task:  "change",
	ids:   []string{"detail.deploymentId"},
	state: []string{"detail.state"},
	states: map[string]meaning{
		"START": documented(Started), "READY": documented(Other), "SUCCESS": documented(Ended), "FAILURE": documented(Ended), "STOP": documented(Ended),
	},
	resource: "resources",
}

// https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html
var pipeline = kind{
	task:  "change",
	ids:   []string{"detail.execution-id"},
	state: []string{"detail.state"},
	states: map[string]meaning{
		"STARTED": documented(Started), "RESUMED": documented(Started), "STOPPING": unconfirmed(Other), "STOPPED": unconfirmed(Ended),
		"SUCCEEDED": documented(Ended), "FAILED": documented(Ended), "CANCELED": documented(Ended), "SUPERSEDED": documented(Ended),
	},
	resource: "resources",
}

// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
// A state repeats whenever a container changes.
var ecsTask = kind{
	task:       "workflow",
	ids:        []string{"detail.taskArn"},
	arnService: "ecs",
	state:      []string{"detail.lastStatus"},
	states: map[string]meaning{
		"PROVISIONING": unconfirmed(Other), "PENDING": documented(Other), "ACTIVATING": unconfirmed(Other), "RUNNING": documented(Started),
		"DEACTIVATING": unconfirmed(Other), "STOPPING": unconfirmed(Other), "DEPROVISIONING": unconfirmed(Other),
		"STOPPED": documented(Ended), "DELETED": unconfirmed(Ended),
	},
	at:       map[State]string{Started: "detail.updatedAt", Ended: "detail.updatedAt"},
	resource: "detail.taskDefinitionArn",
}

// https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
// A retried job goes back to RUNNABLE: it is not over.
var batchJob = kind{
	task:  "workflow",
	ids:   []string{"detail.jobId"},
	state: []string{"detail.status"},
	states: map[string]meaning{
		"SUBMITTED": documented(Other), "PENDING": documented(Other), "RUNNABLE": documented(Other), "STARTING": documented(Other),
		"RUNNING": documented(Started), "SUCCEEDED": documented(Ended), "FAILED": documented(Ended),
	},
	at:       map[State]string{Started: "detail.startedAt", Ended: "detail.stoppedAt"},
	role:     "detail.container.jobRoleArn",
	resource: "detail.jobDefinition",
}

// ownTask is for tasks that AWS does not know, such as changes in a ticket system. The bus's policy names the
// senders; schema/curfew-task.schema.json has the shape.
var ownTask = kind{
	ids:    []string{"detail.id"},
	state:  []string{"detail.state"},
	states: map[string]meaning{"started": documented(Started), "ended": documented(Ended)},
}
