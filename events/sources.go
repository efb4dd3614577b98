package events

// kinds are all kinds of events that are read. Every other one tells of no task, Curfew's own announcements first of
// all: what a grant causes can never cause a grant.
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
// A job is started when it runs, not when it was created: it may wait for hours, until the end of its start window. The
// instant of its start is its creation all the same. The events come in batches, so that the time of the one that says
// RUNNING may be later than the job's completion, and then the start would seem to follow the end.
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

// The event of a restore job's creation says "state" where all others say "status".
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

// The event of a copy job's creation has no id.
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
// An alarm without data has not closed: whoever responds to it keeps what he has until it has, or until the deadline.
var alarm = kind{
	task:  "incident",
	ids:   []string{resources}, // the ARN: a name is another alarm's in every other account and Region
	of:    "cloudwatch",
	state: []string{"detail.state.value"},
	states: map[string]meaning{
		"ALARM": documented(Started), "OK": documented(Ended), "INSUFFICIENT_DATA": documented(Other),
	},
	at:       map[State]string{Started: "detail.state.timestamp", Ended: "detail.state.timestamp", Other: "detail.state.timestamp"},
	resource: "resources",
}

// secretPlaces are where the secret's ARN was seen in the events of a rotation: of the caller's own secrets, of those
// that another service manages, and as in a call.
var secretPlaces = []string{"detail.additionalEventData.SecretId", "detail.serviceEventDetails.secretId", "detail.requestParameters.secretId"}

// https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html names the events; where the
// secret stands in them it does not say.
var rotation = kind{
	task:  "rotation",
	ids:   secretPlaces,
	of:    "secretsmanager",
	state: []string{"detail.eventName"},
	states: map[string]meaning{
		"RotationStarted": unconfirmed(Started), "RotationSucceeded": unconfirmed(Ended),
		"RotationFailed": unconfirmed(Ended), "RotationAbandoned": unconfirmed(Ended),
	},
	at:    map[State]string{Started: "detail.eventTime", Ended: "detail.eventTime"},
	trail: true,
}

// rotateSecret is the call, which comes before the rotation's own events. The answer has the whole ARN; the request may
// name the secret in short, and then says too little without the answer.
var rotateSecret = kind{
	task:   "rotation",
	ids:    []string{"detail.responseElements.arn", "detail.responseElements.aRN", "detail.requestParameters.secretId"},
	of:     "secretsmanager",
	state:  []string{"detail.eventName"},
	states: map[string]meaning{"RotateSecret": unconfirmed(Started)},
	at:     map[State]string{Started: "detail.eventTime"},
	trail:  true,
	silent: startsNoRotation,
}

// startsNoRotation reports that a call of RotateSecret was refused, or only set a schedule.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
func startsNoRotation(e *envelope) (bool, error) {
	code, err := e.text("detail.errorCode")
	if err != nil || code != "" {
		return true, err
	}
	now, err := e.look("detail.requestParameters.rotateImmediately")
	return string(now) == "false", err
}

// https://docs.aws.amazon.com/step-functions/latest/dg/cw-events.html
// The id is the ARN: a name is unique within one state machine only, and whoever may start any state machine chooses
// it, so that a name would let one workflow pass for another.
var execution = kind{
	task:  "workflow",
	ids:   []string{"detail.executionArn"},
	of:    "states",
	state: []string{"detail.status"},
	states: map[string]meaning{
		"RUNNING": documented(Started), "PENDING_REDRIVE": unconfirmed(Other),
		"SUCCEEDED": documented(Ended), "FAILED": documented(Ended), "TIMED_OUT": documented(Ended), "ABORTED": documented(Ended),
	},
	at:       map[State]string{Started: "detail.startDate", Ended: "detail.stopDate"},
	resource: "detail.stateMachineArn",
}

// https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-codedeploy.html names the event; the shape is the one of
// AWS's own Go module for Lambda. The states are not those of CodeDeploy's API.
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
// The same state is told several times, whenever a container of the task changes.
var ecsTask = kind{
	task:  "workflow",
	ids:   []string{"detail.taskArn"},
	of:    "ecs",
	state: []string{"detail.lastStatus"},
	states: map[string]meaning{
		"PROVISIONING": unconfirmed(Other), "PENDING": documented(Other), "ACTIVATING": unconfirmed(Other), "RUNNING": documented(Started),
		"DEACTIVATING": unconfirmed(Other), "STOPPING": unconfirmed(Other), "DEPROVISIONING": unconfirmed(Other),
		"STOPPED": documented(Ended), "DELETED": unconfirmed(Ended),
	},
	at:       map[State]string{Started: "detail.updatedAt", Ended: "detail.updatedAt"},
	resource: "detail.taskDefinitionArn",
}

// https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html
// A job that is tried again goes from RUNNING back to RUNNABLE: it is not over.
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

// ownTask is how anything that AWS does not know of, as a change in a ticket system, makes itself known. Who may send it
// is the policy of the bus that it comes on; schema/curfew-task.schema.json has its shape.
var ownTask = kind{
	ids:    []string{"detail.id"},
	state:  []string{"detail.state"},
	states: map[string]meaning{"started": documented(Started), "ended": documented(Ended)},
}
