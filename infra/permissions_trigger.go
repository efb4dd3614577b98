package main

import (
	"maps"
	"slices"
	"strings"
)

// What the function trigger, and the roles that bring events to it, may do, and who may assume the roles of a member account:
// permissions.go goes on here.

// polls is for what Lambda does for a function that a queue leads to, with the function's role.
func (s Settings) polls(queue string) []statement {
	return []statement{{
		sid: logicalID("poll", queue), actions: []string{"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
		resources: []string{s.queueARN(queue)},
	}}
}

// nobodyElse keeps everybody off the queue of events but EventBridge, for which queuePolicy names the rules, and the
// schedules: who could put a message there could tell of any task.
func (s Settings) nobodyElse(queue string) statement {
	when := conditions{"Bool": {"aws:PrincipalIsAWSService": {"false"}}}
	if s.opensWindows() {
		when["ArnNotEquals"] = map[string][]string{"aws:PrincipalArn": {"arn:aws:iam::${AWS::AccountId}:role/" + s.resource("scheduler")}}
	}
	return statement{
		sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sqs:SendMessage"},
		resources: []string{s.queueARN(queue)}, when: when,
	}
}

// schedulerPermissions: a window that opens, or that could not be told of.
func (s Settings) schedulerPermissions() []statement {
	return join(s.sends("triggers"), s.sends("dead-triggers"))
}

// membersBusPolicy lets the member accounts forward. Whoever puts an event there himself can put none that a rule of this
// bus is for: PutEvents refuses the sources of AWS.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
func (s Settings) membersBusPolicy() []statement {
	var all []statement
	for _, account := range s.Accounts {
		all = append(all, statement{
			sid: "Account" + account, principal: map[string]string{"AWS": "arn:aws:iam::" + account + ":root"},
			actions: []string{"events:PutEvents"}, resources: []string{s.busARN("members")},
		})
	}
	return all
}

// tasksBusPolicy names who may send, and what; it denies everybody else, in home too. A sender of another account needs
// their own account's permission as well.
//
// One call puts several events, so the key events:source has several values: every one of them must be a source that the
// catalog waits for, and ForAllValues says so. It is true of a call without the key, so Null demands the key.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func (s Settings) tasksBusPolicy() []statement {
	var all []statement
	for _, account := range s.taskAccounts() {
		all = append(all, statement{
			sid: "Senders" + account, principal: map[string]string{"AWS": "arn:aws:iam::" + account + ":root"},
			actions: []string{"events:PutEvents"}, resources: []string{s.busARN("tasks")},
			when: conditions{
				"ArnEquals":                 {"aws:PrincipalArn": s.TaskSenders},
				"ForAllValues:StringEquals": {"events:source": s.catalog.others()},
				"Null":                      {"events:source": {"false"}},
			},
		})
	}
	return append(all, statement{
		sid: "NobodyElse", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"events:PutEvents"},
		resources: []string{s.busARN("tasks")}, when: conditions{"ArnNotEquals": {"aws:PrincipalArn": s.TaskSenders}},
	})
}

// forwardPermissions is for the rules of a member account.
func (s Settings) forwardPermissions() []statement {
	return []statement{{sid: "Forward", actions: []string{"events:PutEvents"}, resources: []string{s.homeBusARN("members")}}}
}

// anywhere is all of one kind in a member account, in any Region.
func anywhere(service, resource string) string {
	return "arn:aws:" + service + ":*:${AWS::AccountId}:" + resource
}

// confirms reads back what events say, of the services by which a trigger starts. What takes no resource, or gives less
// than all for one, is for all of them.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func (s Settings) confirms() []statement {
	ask := map[string]statement{
		"aws.backup":         {sid: "ConfirmBackup", actions: []string{"backup:DescribeBackupJob", "backup:DescribeCopyJob", "backup:DescribeRestoreJob"}, resources: []string{"*"}},
		"aws.batch":          {sid: "ConfirmBatch", actions: []string{"batch:DescribeJobs"}, resources: []string{"*"}},
		"aws.cloudwatch":     {sid: "ConfirmAlarms", actions: []string{"cloudwatch:DescribeAlarms"}, resources: []string{"*"}},
		"aws.codedeploy":     {sid: "ConfirmDeployments", actions: []string{"codedeploy:GetDeployment"}, resources: []string{anywhere("codedeploy", "deploymentgroup:*")}},
		"aws.codepipeline":   {sid: "ConfirmPipelines", actions: []string{"codepipeline:GetPipelineExecution"}, resources: []string{anywhere("codepipeline", "*")}},
		"aws.ecs":            {sid: "ConfirmTasks", actions: []string{"ecs:DescribeTasks"}, resources: []string{anywhere("ecs", "task/*")}},
		"aws.secretsmanager": {sid: "ConfirmRotations", actions: []string{"secretsmanager:DescribeSecret"}, resources: []string{anywhere("secretsmanager", "secret:*")}},
		"aws.states":         {sid: "ConfirmExecutions", actions: []string{"states:DescribeExecution"}, resources: []string{anywhere("states", "execution:*")}},
	}
	roleOf := map[string]statement{ // only where the event picks the role
		"aws.ecs":    {sid: "RoleOfTasks", actions: []string{"ecs:DescribeTaskDefinition"}, resources: []string{"*"}},
		"aws.states": {sid: "RoleOfExecutions", actions: []string{"states:DescribeStateMachineForExecution"}, resources: []string{anywhere("states", "execution:*")}},
	}
	var all []statement
	for _, source := range slices.Sorted(maps.Keys(ask)) {
		starters := s.catalog.starters(source)
		if len(starters) > 0 {
			all = append(all, ask[source])
		}
		if st, ok := roleOf[source]; ok && slices.ContainsFunc(starters, func(t trigger) bool { return t.PrincipalAt != "" }) {
			all = append(all, st)
		}
	}
	return all
}

// starts is for the jobs of the catalog, and no others. A role is passed only to the service that is to use it.
func (s Settings) starts() []statement {
	var all []statement
	add := func(sid, action string, resources []string, when conditions) {
		slices.Sort(resources)
		if resources = slices.DeleteFunc(slices.Compact(resources), func(r string) bool { return r == "" }); len(resources) > 0 {
			all = append(all, statement{sid: sid, actions: []string{action}, resources: resources, when: when})
		}
	}
	pass := func(sid, service string, roles []string) {
		add(sid, "iam:PassRole", roles, conditions{"StringEquals": {"iam:PassedToService": {service}}})
	}
	backups, builds := s.catalog.jobs("backup"), s.catalog.jobs("codebuild")
	add("StartBackups", "backup:StartBackupJob", ofJobs(backups, func(j job) string { return named("backup", "backup-vault:", j.text("BackupVaultName")) }), nil)
	pass("PassToBackup", "backup.amazonaws.com", ofJobs(backups, func(j job) string { return j.text("IamRoleArn") }))
	jobs := s.catalog.jobs("batch")
	add("StartJobs", "batch:SubmitJob", slices.Concat(
		ofJobs(jobs, func(j job) string { return named("batch", "job-queue/", j.text("jobQueue")) }),
		ofJobs(jobs, func(j job) string { return revised(named("batch", "job-definition/", j.text("jobDefinition"))) }),
	), nil)
	if len(jobs) > 0 {
		add("LookForJobs", "batch:ListJobs", []string{"*"}, nil)
	}
	add("StartBuilds", "codebuild:StartBuild", ofJobs(builds, func(j job) string { return named("codebuild", "project/", j.text("projectName")) }), nil)
	pass("PassToBuild", "codebuild.amazonaws.com", ofJobs(builds, func(j job) string { return j.text("serviceRoleOverride") }))
	add("StartExecutions", "states:StartExecution", ofJobs(s.catalog.jobs("states"), func(j job) string { return j.text("stateMachineArn") }), nil)
	return all
}

func ofJobs(jobs []job, of func(job) string) []string {
	var all []string
	for _, j := range jobs {
		all = append(all, of(j))
	}
	return all
}

// named is an ARN as it is, and a name as one in any Region; nothing of nothing.
func named(service, kind, name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return anywhere(service, kind+name)
}

// revised is a job definition with its revision: every one of it, if none is said.
func revised(arn string) string {
	if _, name, ok := strings.Cut(arn, "job-definition/"); ok && !strings.Contains(name, ":") {
		return arn + ":*"
	}
	return arn
}

// Who may assume a role of a member account: the functions' and the canary's.

// memberTrust lets in the one function of home whose role this is. It names home, and the role by a condition on its ARN.
// As a principal, IAM would store the role's unique id: a role made anew under the same name has another id and would be
// locked out, so that nothing in the account could be revoked, and a role that is not there yet would be refused.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
//
// What it trusts: any principal with exactly that ARN. So a principal that may make a role of this name in home, or change its
// trust policy, can act as the function here; the SCP keeps everybody but the deployers from both. Home's root user and home's
// other principals have other ARNs. To name home delegates to home's IAM: the function's role also needs, and has, its own
// permission to assume this one.
func (s Settings) memberTrust(function string) []statement {
	return []statement{{
		sid: "Trust", principal: map[string]string{"AWS": "arn:aws:iam::" + s.Home + ":root"},
		actions: []string{"sts:AssumeRole"},
		when: conditions{
			"ArnEquals":    {"aws:PrincipalArn": {"arn:aws:iam::" + s.Home + ":role/" + s.resource(function)}},
			"StringEquals": {"sts:ExternalId": {s.ExternalID}},
		},
	}}
}

// canaryTrust lets nobody become the canary: what is granted to it nobody can use.
func canaryTrust() []statement {
	return []statement{{sid: "Nobody", effect: deny, principal: map[string]string{"AWS": "*"}, actions: []string{"sts:AssumeRole"}}}
}
