package trail

var exceptions = []exceptionRow{
	{"sts", "GetCallerIdentity", "none", stsPermissions + "GetCallerIdentity.html"},
	{"sts", "GetSessionToken", "none", stsPermissions + "GetSessionToken.html"},
	{"sts", "AssumeRoleWithSAML", "none", stsPermissions + "AssumeRoleWithSAML.html"},
	{"sts", "AssumeRoleWithWebIdentity", "none", stsPermissions + "AssumeRoleWithWebIdentity.html"},
	{"signin", "ConsoleLogin CheckMfa SwitchRole ExitRole RenewRole GetSigninToken PasswordRecoveryRequested PasswordRecoveryCompleted PasswordUpdated EmailUpdated CredentialChallenge CredentialVerification UserAuthentication Logout", "none", signinRecords},
	{"sso", "GetRoleCredentials ListAccountRoles ListAccounts Logout Authenticate Federate", "none", portalRecords},
	{"sso-oauth", "CreateToken RegisterClient StartDeviceAuthorization", "none", "https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/Welcome.html"},
	{"sso", "CreateToken RegisterClient StartDeviceAuthorization", "none", portalRecords},

	{"lambda", "Invoke InvokeWithResponseStream InvokeAsync", "lambda:InvokeFunction", lambdaActions + "Invoke.html"},
	{"lambda", "GetLayerVersionByArn", "lambda:GetLayerVersion", lambdaActions + "GetLayerVersionByArn.html"},

	{"kms", "ReEncrypt", "kms:ReEncryptFrom@sourceKeyId kms:ReEncryptTo@destinationKeyId", "https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html"},

	{"dynamodb", "ExecuteStatement BatchExecuteStatement ExecuteTransaction", "statements", dynamoActions + "ql-iam.html"},
	{"dynamodb", "Query", "dynamodb:Query#table?!indexName dynamodb:Query#index?indexName", dynamoActions + "specifying-conditions.html"},
	{"dynamodb", "Scan", "dynamodb:Scan#table?!indexName dynamodb:Scan#index?indexName", dynamoActions + "specifying-conditions.html"},
	{"dynamodb", "TransactWriteItems TransactGetItems", "transaction", dynamoActions + "transaction-apis.html"},

	{"sqs", "SendMessageBatch", "sqs:SendMessage", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"},
	{"sqs", "DeleteMessageBatch", "sqs:DeleteMessage", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"},
	{"sqs", "ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility", "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html"},
	{"sns", "PublishBatch", "sns:Publish", "https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"},

	{"ssm", "SendCommand", "ssm:SendCommand#document ssm:SendCommand#instance", "https://docs.aws.amazon.com/systems-manager/latest/userguide/run-command-setting-up.html"},

	{"apigateway", "TagResource", "apigateway:PUT?template apigateway:POST?!template", "https://docs.aws.amazon.com/apigateway/latest/api/API_TagResource.html; https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"},
	{"detective", "ListOrganizationAdminAccounts", "detective:ListOrganizationAdminAccount", "https://docs.aws.amazon.com/detective/latest/APIReference/API_ListOrganizationAdminAccounts.html"},
	{"execute-api", "PostToConnection GetConnection DeleteConnection", "execute-api:ManageConnections", "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html"},

	{"bedrock", "InvokeModel", "bedrock:InvokeModel#any", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html"},
	{"bedrock", "InvokeModelWithResponseStream", "bedrock:InvokeModelWithResponseStream#any", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModelWithResponseStream.html"},
	{"bedrock", "Converse", "bedrock:InvokeModel#any", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"},
	{"bedrock", "ConverseStream", "bedrock:InvokeModelWithResponseStream#any", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html"},
	{"bedrock", "StartAsyncInvoke", "bedrock:InvokeModel", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_StartAsyncInvoke.html"},
	{"bedrock", "RetrieveAndGenerateStream", "bedrock:RetrieveAndGenerate", "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerateStream.html"},

	{"access-analyzer", "GetFindingV2", "access-analyzer:GetFinding", "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_GetFindingV2.html"},
	{"access-analyzer", "ListFindingsV2", "access-analyzer:ListFindings", "https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ListFindingsV2.html"},
	{"cloudfront", "CreateDistributionWithTags", "cloudfront:CreateDistribution cloudfront:TagResource", "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistributionWithTags.html"},
	{"cloudsearch", "UploadDocuments", "cloudsearch:document", "https://docs.aws.amazon.com/cloudsearch/latest/developerguide/configuring-access.html"},
	{"timestream", "Query", "timestream:Select", "https://docs.aws.amazon.com/timestream/latest/developerguide/security_iam_service-with-iam.html"},
	{"verifiedpermissions", "BatchIsAuthorized", "verifiedpermissions:IsAuthorized", "https://docs.aws.amazon.com/verifiedpermissions/latest/apireference/API_BatchIsAuthorized.html"},
	{"verifiedpermissions", "BatchIsAuthorizedWithToken", "verifiedpermissions:IsAuthorizedWithToken", "https://docs.aws.amazon.com/verifiedpermissions/latest/apireference/API_BatchIsAuthorizedWithToken.html"},
	{"verifiedpermissions", "BatchGetPolicy", "verifiedpermissions:GetPolicy", "https://docs.aws.amazon.com/verifiedpermissions/latest/apireference/API_BatchGetPolicy.html"},

	{"budgets", "CreateBudget UpdateBudget DeleteBudget CreateNotification UpdateNotification DeleteNotification CreateSubscriber UpdateSubscriber DeleteSubscriber", "budgets:ModifyBudget", budgetActions},
	{"budgets", "DescribeBudget DescribeBudgets DescribeBudgetPerformanceHistory DescribeBudgetNotificationsForAccount DescribeNotificationsForBudget DescribeSubscribersForNotification", "budgets:ViewBudget", budgetActions},

	{"cassandra", "CreateKeyspace CreateTable CreateType", "cassandra:Create", keyspacesActions},
	{"cassandra", "UpdateKeyspace UpdateTable", "cassandra:Alter", keyspacesActions},
	{"cassandra", "DeleteKeyspace DeleteTable DeleteType", "cassandra:Drop", keyspacesActions},
	{"cassandra", "GetKeyspace GetTable GetTableAutoScalingSettings GetType ListKeyspaces ListTables ListTagsForResource ListTypes", "cassandra:Select", keyspacesActions},
	{"cassandra", "RestoreTable", "cassandra:Restore", keyspacesActions},
}
