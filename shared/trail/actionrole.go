package trail

import "strings"

// passes names the parameters, at any depth, with a role that the caller passes to a service. IAM is asked for
// iam:PassRole. CloudTrail has no event for it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
var passes = []struct{ label, names, parameters, from string }{
	{"lambda", "CreateFunction UpdateFunctionConfiguration", "role", "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"},
	{"ec2", "RunInstances AssociateIamInstanceProfile ReplaceIamInstanceProfileAssociation RequestSpotInstances", "iamInstanceProfile", "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html"},
	{"ec2", "CreateFlowLogs", "deliverLogsPermissionArn", "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html"},
	{"ecs", "RegisterTaskDefinition RunTask StartTask", "taskRoleArn executionRoleArn", "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html"},
	{"ecs", "CreateService", "role", "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html"},
	{"cloudformation", "CreateStack UpdateStack DeleteStack CreateChangeSet ContinueUpdateRollback RollbackStack", "roleARN", "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html"},
	{"cloudformation", "CreateStackSet UpdateStackSet", "administrationRoleARN", "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacksets-prereqs-self-managed.html"},
	{"glue", "CreateJob UpdateJob CreateCrawler UpdateCrawler CreateSession CreateMLTransform UpdateMLTransform", "role", "https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html"},
	{"glue", "CreateDevEndpoint", "roleArn", "https://docs.aws.amazon.com/glue/latest/dg/create-service-policy.html"},
	{"states", "CreateStateMachine UpdateStateMachine", "roleArn", "https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html"},
	{"events", "PutRule PutTargets CreateEndpoint UpdateEndpoint", "roleArn", "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-iam-roles.html"},
	{"scheduler", "CreateSchedule UpdateSchedule", "roleArn", "https://docs.aws.amazon.com/scheduler/latest/UserGuide/security_iam_id-based-policies.html"},
	{"pipes", "CreatePipe UpdatePipe", "roleArn", "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html"},
	{"sagemaker", "CreateNotebookInstance UpdateNotebookInstance CreateTrainingJob CreateProcessingJob CreatePipeline UpdatePipeline CreateAutoMLJob CreateAutoMLJobV2 CreateFeatureGroup CreateHyperParameterTuningJob CreateLabelingJob CreateCompilationJob CreateFlowDefinition CreateMonitoringSchedule UpdateMonitoringSchedule", "roleArn", "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html"},
	{"sagemaker", "CreateModel CreateDomain UpdateDomain CreateUserProfile UpdateUserProfile CreateCluster", "executionRoleArn executionRole", "https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html"},
	{"codebuild", "CreateProject UpdateProject", "serviceRole", "https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html"},
	{"codepipeline", "CreatePipeline UpdatePipeline", "roleArn", "https://docs.aws.amazon.com/codepipeline/latest/userguide/security-iam.html"},
	{"codedeploy", "CreateDeploymentGroup UpdateDeploymentGroup", "serviceRoleArn", "https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html"},
	{"firehose", "CreateDeliveryStream UpdateDestination", "roleARN", "https://docs.aws.amazon.com/firehose/latest/dev/controlling-access.html"},
	{"eks", "CreateCluster CreatePodIdentityAssociation UpdatePodIdentityAssociation", "roleArn", "https://docs.aws.amazon.com/eks/latest/userguide/security-iam.html"},
	{"eks", "CreateNodegroup CreateFargateProfile CreateAddon UpdateAddon", "nodeRole podExecutionRoleArn serviceAccountRoleArn", "https://docs.aws.amazon.com/eks/latest/userguide/security-iam.html"},
	{"elasticmapreduce", "RunJobFlow", "serviceRole jobFlowRole autoScalingRole", "https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-iam-roles.html"},
	{"emr-serverless", "StartJobRun", "executionRoleArn", "https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam.html"},
	{"emr-containers", "StartJobRun CreateManagedEndpoint", "executionRoleArn", "https://docs.aws.amazon.com/emr/latest/EMR-on-EKS-DevelopmentGuide/security-iam.html"},
	{"batch", "CreateComputeEnvironment UpdateComputeEnvironment", "serviceRole", "https://docs.aws.amazon.com/batch/latest/userguide/IAM_policies.html"},
	{"batch", "RegisterJobDefinition", "jobRoleArn executionRoleArn", "https://docs.aws.amazon.com/batch/latest/userguide/IAM_policies.html"},
	{"rds", "CreateDBInstance ModifyDBInstance CreateDBCluster ModifyDBCluster", "monitoringRoleArn", "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html"},
	{"rds", "AddRoleToDBCluster AddRoleToDBInstance", "roleArn", "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_AddRoleToDBCluster.html"},
	{"redshift", "CreateCluster RestoreFromClusterSnapshot", "iamRoles", "https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html"},
	{"redshift", "ModifyClusterIamRoles", "addIamRoles", "https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service.html"},
	{"config", "PutConfigurationRecorder", "roleARN", "https://docs.aws.amazon.com/config/latest/developerguide/iamrole-permissions.html"},
	{"cloudtrail", "CreateTrail UpdateTrail", "cloudWatchLogsRoleArn", "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html"},
	{"ssm", "SendCommand RegisterTaskWithMaintenanceWindow UpdateMaintenanceWindowTask", "serviceRoleArn", "https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-sns-notifications.html"},
	{"ssm", "CreateActivation", "iamRole", "https://docs.aws.amazon.com/systems-manager/latest/userguide/hybrid-activation-managed-nodes.html"},
	{"iam", "AddRoleToInstanceProfile", "roleName", "https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html"},
	{"autoscaling", "CreateLaunchConfiguration", "iamInstanceProfile", "https://docs.aws.amazon.com/autoscaling/ec2/userguide/us-iam-role.html"},
	{"autoscaling", "PutLifecycleHook", "roleARN", "https://docs.aws.amazon.com/autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html"},
	{"transfer", "CreateUser UpdateUser CreateAccess UpdateAccess CreateServer UpdateServer", "role loggingRole", "https://docs.aws.amazon.com/transfer/latest/userguide/requirements-roles.html"},
	{"rolesanywhere", "CreateProfile UpdateProfile", "roleArns", "https://docs.aws.amazon.com/rolesanywhere/latest/APIReference/API_CreateProfile.html"},
	{"bedrock", "CreateAgent UpdateAgent", "agentResourceRoleArn", "https://docs.aws.amazon.com/bedrock/latest/userguide/agents-permissions.html"},
	{"bedrock", "CreateKnowledgeBase UpdateKnowledgeBase CreateModelCustomizationJob CreateModelInvocationJob CreateModelImportJob CreateEvaluationJob", "roleArn", "https://docs.aws.amazon.com/bedrock/latest/userguide/security-iam-sr.html"},
	{"kinesisanalytics", "CreateApplication UpdateApplication", "serviceExecutionRole", "https://docs.aws.amazon.com/managed-flink/latest/java/security-iam.html"},
	{"dlm", "CreateLifecyclePolicy UpdateLifecyclePolicy", "executionRoleArn", "https://docs.aws.amazon.com/ebs/latest/userguide/dlm-prerequisites.html"},
	{"backup", "CreateBackupSelection StartBackupJob StartRestoreJob StartCopyJob", "iamRoleArn", "https://docs.aws.amazon.com/aws-backup/latest/devguide/access-control.html"},
	{"iot", "CreateRoleAlias UpdateRoleAlias CreateTopicRule ReplaceTopicRule", "roleArn", "https://docs.aws.amazon.com/iot/latest/developerguide/pass-role.html"},
	{"appsync", "CreateDataSource UpdateDataSource", "serviceRoleArn", "https://docs.aws.amazon.com/appsync/latest/devguide/security-iam.html"},
	{"s3", "PutBucketReplication", "role", "https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html"},
	{"logs", "PutSubscriptionFilter PutDestination", "roleArn", "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html"},
	{"fis", "CreateExperimentTemplate UpdateExperimentTemplate", "roleArn", "https://docs.aws.amazon.com/fis/latest/userguide/security-iam.html"},
	{"apprunner", "CreateService UpdateService", "instanceRoleArn accessRoleArn", "https://docs.aws.amazon.com/apprunner/latest/dg/security_iam_service-with-iam.html"},
	{"airflow", "CreateEnvironment UpdateEnvironment", "executionRoleArn", "https://docs.aws.amazon.com/mwaa/latest/userguide/access-policies.html"},
	{"synthetics", "CreateCanary UpdateCanary", "executionRoleArn", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html"},
	{"kafkaconnect", "CreateConnector", "serviceExecutionRoleArn", "https://docs.aws.amazon.com/msk/latest/developerguide/msk-connect-service-execution-role.html"},
	{"cognito-identity", "SetIdentityPoolRoles", "authenticated unauthenticated", "https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html"},
	{"apigateway", "PutIntegration CreateAuthorizer CreateIntegration UpdateIntegration", "credentials authorizerCredentials authorizerCredentialsArn credentialsArn", "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-permissions-to-create-and-manage-api.html"},
}

func rolesPassed(label, name string) []string {
	var names []string
	for i := range passes {
		if row := &passes[i]; row.label == label && hasWord(row.names, name) {
			names = append(names, strings.Fields(row.parameters)...)
		}
	}
	return names
}
