package main

import (
	"maps"
	"slices"
	"strings"
)

// These permissions of the function trigger depend on the catalog.

func inAnyRegion(service, resource string) string {
	return "arn:aws:" + service + ":*:${AWS::AccountId}:" + resource
}

// allowConfirm: actions that take no resource, or return less for one, are for all.
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func (s memberRoles) allowConfirm() []statement {
	ask := map[string]statement{
		"aws.backup":         {sid: "ConfirmBackup", actions: []string{"backup:DescribeBackupJob", "backup:DescribeCopyJob", "backup:DescribeRestoreJob"}, resources: []string{"*"}},
		"aws.batch":          {sid: "ConfirmBatch", actions: []string{"batch:DescribeJobs"}, resources: []string{"*"}},
		"aws.cloudwatch":     {sid: "ConfirmAlarms", actions: []string{"cloudwatch:DescribeAlarms"}, resources: []string{"*"}},
		"aws.codedeploy":     {sid: "ConfirmDeployments", actions: []string{"codedeploy:GetDeployment"}, resources: []string{inAnyRegion("codedeploy", "deploymentgroup:*")}},
		"aws.codepipeline":   {sid: "ConfirmPipelines", actions: []string{"codepipeline:GetPipelineExecution"}, resources: []string{inAnyRegion("codepipeline", "*")}},
		"aws.ecs":            {sid: "ConfirmTasks", actions: []string{"ecs:DescribeTasks"}, resources: []string{inAnyRegion("ecs", "task/*")}},
		"aws.secretsmanager": {sid: "ConfirmRotations", actions: []string{"secretsmanager:DescribeSecret"}, resources: []string{inAnyRegion("secretsmanager", "secret:*")}},
		"aws.states":         {sid: "ConfirmExecutions", actions: []string{"states:DescribeExecution"}, resources: []string{inAnyRegion("states", "execution:*")}},
	}
	roleOf := map[string]statement{ // only where the event chooses the role
		"aws.ecs":    {sid: "RoleOfTasks", actions: []string{"ecs:DescribeTaskDefinition"}, resources: []string{"*"}},
		"aws.states": {sid: "RoleOfExecutions", actions: []string{"states:DescribeStateMachineForExecution"}, resources: []string{inAnyRegion("states", "execution:*")}},
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

// allowStartJobs: a role is passed only to the service that uses it.
func (s memberRoles) allowStartJobs() []statement {
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
	add("StartBackups", "backup:StartBackupJob", mapJobs(backups, func(j job) string { return arnOrName("backup", "backup-vault:", j.text("BackupVaultName")) }), nil)
	pass("PassToBackup", "backup.amazonaws.com", mapJobs(backups, func(j job) string { return j.text("IamRoleArn") }))
	jobs := s.catalog.jobs("batch")
	add("StartJobs", "batch:SubmitJob", slices.Concat(
		mapJobs(jobs, func(j job) string { return arnOrName("batch", "job-queue/", j.text("jobQueue")) }),
		mapJobs(jobs, func(j job) string {
			return withAllRevisions(arnOrName("batch", "job-definition/", j.text("jobDefinition")))
		}),
	), nil)
	if len(jobs) > 0 {
		add("LookForJobs", "batch:ListJobs", []string{"*"}, nil)
	}
	add("StartBuilds", "codebuild:StartBuild", mapJobs(builds, func(j job) string { return arnOrName("codebuild", "project/", j.text("projectName")) }), nil)
	pass("PassToBuild", "codebuild.amazonaws.com", mapJobs(builds, func(j job) string { return j.text("serviceRoleOverride") }))
	add("StartExecutions", "states:StartExecution", mapJobs(s.catalog.jobs("states"), func(j job) string { return j.text("stateMachineArn") }), nil)
	return all
}

func mapJobs(jobs []job, of func(job) string) []string {
	var all []string
	for _, j := range jobs {
		all = append(all, of(j))
	}
	return all
}

// arnOrName turns a name into an ARN in any Region.
func arnOrName(service, kind, name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return inAnyRegion(service, kind+name)
}

// withAllRevisions adds all revisions if the ARN names none.
func withAllRevisions(arn string) string {
	if _, name, ok := strings.Cut(arn, "job-definition/"); ok && !strings.Contains(name, ":") {
		return arn + ":*"
	}
	return arn
}
