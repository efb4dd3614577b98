package trail

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

const bucketAndKey = `{"bucketName": "b", "key": "a/k"}`

func TestCallsOfEvents(t *testing.T) {
	const version = `{"bucketName": "b", "key": "a/k", "versionId": "v1"}`
	for _, c := range []struct{ source, name, parameters, want string }{
		{"s3", "GetObject", bucketAndKey, "s3:GetObject arn:aws:s3:::b/a/k"},
		{"s3", "GetObject", version, "s3:GetObjectVersion arn:aws:s3:::b/a/k"},
		{"s3", "HeadObject", bucketAndKey, "s3:GetObject arn:aws:s3:::b/a/k"},
		{"s3", "HeadObject", version, "s3:GetObjectVersion arn:aws:s3:::b/a/k"},
		{"s3", "GetObjectTagging", version, "s3:GetObjectVersionTagging arn:aws:s3:::b/a/k"},
		{"s3", "GetObjectAttributes", bucketAndKey, "s3:GetObject arn:aws:s3:::b/a/k; s3:GetObjectAttributes arn:aws:s3:::b/a/k"},
		{"s3", "DeleteObject", version, "s3:DeleteObjectVersion arn:aws:s3:::b/a/k"},
		{"s3", "DeleteObjects", `{"bucketName": "b"}`, "s3:DeleteObject"},
		{"s3", "ListObjects", `{"bucketName": "b"}`, "s3:ListBucket arn:aws:s3:::b"},
		{"s3", "ListObjectsV2", `{"bucketName": "b"}`, "s3:ListBucket arn:aws:s3:::b"},
		{"s3", "HeadBucket", `{"bucketName": "b"}`, "s3:ListBucket arn:aws:s3:::b"},
		{"s3", "ListBuckets", `{"Host": "s3.amazonaws.com"}`, "s3:ListAllMyBuckets *"},
		{"s3", "CreateMultipartUpload", bucketAndKey, "s3:PutObject arn:aws:s3:::b/a/k"},
		{"s3", "UploadPart", bucketAndKey, "s3:PutObject arn:aws:s3:::b/a/k"},
		{"s3", "CompleteMultipartUpload", bucketAndKey, "s3:PutObject arn:aws:s3:::b/a/k"},
		{"s3", "CopyObject", `{"bucketName": "b", "key": "k", "x-amz-copy-source": "/from/a%20b"}`, "s3:GetObject arn:aws:s3:::from/a b; s3:PutObject arn:aws:s3:::b/k"},
		{"s3", "UploadPartCopy", `{"bucketName": "b", "key": "k", "x-amz-copy-source": "from/a?versionId=7"}`, "s3:GetObjectVersion arn:aws:s3:::from/a; s3:PutObject arn:aws:s3:::b/k"},
		{"s3", "CopyObject", `{"bucketName": "b", "key": "k"}`, "s3:GetObject; s3:PutObject arn:aws:s3:::b/k"},
		{"s3", "GetBucketLifecycle", `{"bucketName": "b"}`, "s3:GetLifecycleConfiguration arn:aws:s3:::b"},
		{"s3", "PutBucketLifecycle", `{"bucketName": "b"}`, "s3:PutLifecycleConfiguration arn:aws:s3:::b"},
		{"s3", "PutBucketEncryption", `{"bucketName": "b"}`, "s3:PutEncryptionConfiguration arn:aws:s3:::b"},
		{"s3", "PutBucketReplication", `{"bucketName": "b", "ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/r"}}`,
			"s3:PutReplicationConfiguration arn:aws:s3:::b; iam:PassRole arn:aws:iam::111122223333:role/r"},
		{"s3", "GetObject", `{"bucketName": "arn:aws:s3:eu-west-1:111122223333:accesspoint/p", "key": "k"}`, "s3:GetObject"},

		{"sts", "GetCallerIdentity", "null", ""},
		{"sts", "GetSessionToken", "null", ""},
		{"sso", "GetRoleCredentials", "null", ""},
		{"sts", "AssumeRole", `{"roleArn": "arn:aws:iam::111122223333:role/p/r", "roleSessionName": "s"}`, "sts:AssumeRole arn:aws:iam::111122223333:role/p/r"},

		{"lambda", "Invoke", `{"functionName": "arn:aws:lambda:eu-west-1:111122223333:function:f"}`, "lambda:InvokeFunction arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"lambda", "GetFunction20150331v2", `{"functionName": "f"}`, "lambda:GetFunction arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"lambda", "DeleteFunction20150331", `{"functionName": "111122223333:function:f"}`, "lambda:DeleteFunction arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"lambda", "DeleteFunction20150331", `{"functionName": "f", "qualifier": "1"}`, "lambda:DeleteFunction"},
		{"lambda", "CreateFunction20150331", `{"functionName": "f", "role": "arn:aws:iam::111122223333:role/r"}`,
			"lambda:CreateFunction arn:aws:lambda:eu-west-1:111122223333:function:f; iam:PassRole arn:aws:iam::111122223333:role/r"},
		{"lambda", "CreateFunction20150331", `{"functionName": "f", "tags": {"role": "arn:aws:iam::111122223333:role/forged"}}`, "lambda:CreateFunction arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"glue", "UpdateJob", `{"jobName": "j", "jobUpdate": {"role": "r", "defaultArguments": {"role": "arn:aws:iam::111122223333:role/forged"}}}`, "glue:UpdateJob arn:aws:glue:eu-west-1:111122223333:job/j; iam:PassRole"},
		{"lambda", "UpdateFunctionCode20150331v2", `{"functionName": "f"}`, "lambda:UpdateFunctionCode arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"lambda", "AddLayerVersionPermission20181031", `{"layerName": "l", "versionNumber": 1}`, "lambda:AddLayerVersionPermission"},
		{"lambda", "PutFunctionConcurrency20171031", `{"functionName": "f"}`, "lambda:PutFunctionConcurrency arn:aws:lambda:eu-west-1:111122223333:function:f"},
		{"lambda", "ListFunctions20150331", "null", "lambda:ListFunctions *"},
		{"cloudfront", "CreateDistribution2020_05_31", "null", "cloudfront:CreateDistribution *"},
		{"cloudfront", "GetDistribution2020_05_31", `{"id": "E1"}`, "cloudfront:GetDistribution"},

		{"ec2", "DescribeInstances", "null", "ec2:DescribeInstances *"},
		{"ec2", "StartInstances", `{"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}`,
			"ec2:StartInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-1; ec2:StartInstances arn:aws:ec2:eu-west-1:111122223333:instance/i-2"},
		{"ec2", "ModifySnapshotAttribute", `{"snapshotId": "snap-1"}`, "ec2:ModifySnapshotAttribute arn:aws:ec2:eu-west-1::snapshot/snap-1"},
		{"ec2", "RunInstances", `{"instancesSet": {"items": [{"imageId": "ami-1"}]}, "subnetId": "subnet-1", "iamInstanceProfile": {"name": "p"}}`,
			"ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-1; ec2:RunInstances; iam:PassRole"},
		{"ec2", "RunInstances", `{"instancesSet": {"items": [{"imageId": "ami-1"}]}, "iamInstanceProfile": {}}`,
			"ec2:RunInstances arn:aws:ec2:eu-west-1::image/ami-1; ec2:RunInstances"},

		{"kms", "Decrypt", `{"keyId": "alias/a"}`, "kms:Decrypt"},
		{"kms", "Encrypt", `{"keyId": "1-2"}`, "kms:Encrypt arn:aws:kms:eu-west-1:111122223333:key/1-2"},
		{"kms", "GenerateDataKey", `{"keyId": "arn:aws:kms:eu-west-1:111122223333:key/1-2"}`, "kms:GenerateDataKey arn:aws:kms:eu-west-1:111122223333:key/1-2"},
		{"kms", "CreateGrant", `{"keyId": "arn:aws:kms:eu-west-1:111122223333:key/1-2", "granteePrincipal": "arn:aws:iam::111122223333:role/r"}`,
			"kms:CreateGrant arn:aws:kms:eu-west-1:111122223333:key/1-2"},
		{"kms", "ReEncrypt", `{"destinationKeyId": "arn:aws:kms:eu-west-1:111122223333:key/2"}`, "kms:ReEncryptFrom; kms:ReEncryptTo arn:aws:kms:eu-west-1:111122223333:key/2"},

		{"dynamodb", "PutItem", `{"tableName": "t"}`, "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/t"},
		{"dynamodb", "Query", `{"tableName": "t"}`, "dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/t"},
		{"dynamodb", "Query", `{"tableName": "t", "indexName": "i"}`, "dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"},
		{"dynamodb", "Scan", `{"tableName": "t", "indexName": "i"}`, "dynamodb:Scan arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i"},
		{"dynamodb", "ExecuteStatement", `{"statement": "SELECT * FROM \"t\""}`, "dynamodb:PartiQLSelect"},
		{"dynamodb", "BatchExecuteStatement", `{"statements": [{"statement": "update t set a=1"}, {"statement": "INSERT into t value {}"}]}`, "dynamodb:PartiQLUpdate; dynamodb:PartiQLInsert"},
		{"dynamodb", "TransactWriteItems", `{}`, "unknown"},
		{"dynamodb", "ExecuteStatement", `{"statement": "HIDDEN_DUE_TO_SECURITY_REASONS"}`, "unknown"},
		{"dynamodb", "TransactWriteItems", `{"requestItems": [{"operation": "Put", "tableName": "t"}, {"operation": "ConditionCheck", "tableName": "u"}]}`,
			"dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/t; dynamodb:ConditionCheckItem arn:aws:dynamodb:eu-west-1:111122223333:table/u"},
		{"dynamodb", "TransactWriteItems", `{"transactItems": [{"delete": {"tableName": "t"}}]}`, "dynamodb:DeleteItem arn:aws:dynamodb:eu-west-1:111122223333:table/t"},

		{"sqs", "SendMessageBatch", `{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/111122223333/q"}`, "sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:q"},
		{"sqs", "DeleteMessage", `{"queueUrl": "https://sqs.eu-west-1.amazonaws.com/999922223333/q"}`, "sqs:DeleteMessage"},
		{"sns", "PublishBatch", `{"topicArn": "arn:aws:sns:eu-west-1:111122223333:t"}`, "sns:Publish arn:aws:sns:eu-west-1:111122223333:t"},
		{"secretsmanager", "GetSecretValue", `{"secretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a/b-AbCd12"}`,
			"secretsmanager:GetSecretValue arn:aws:secretsmanager:eu-west-1:111122223333:secret:a/b-AbCd12"},
		{"secretsmanager", "GetSecretValue", `{"secretId": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:a"}`, "secretsmanager:GetSecretValue"},
		{"secretsmanager", "GetSecretValue", `{"secretId": "a"}`, "secretsmanager:GetSecretValue"},
		{"ssm", "GetParameters", `{"names": ["/a/b", "c"]}`, "ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/a/b; ssm:GetParameters arn:aws:ssm:eu-west-1:111122223333:parameter/c"},
		{"ssm", "SendCommand", `{"documentName": "AWS-RunShellScript", "instanceIds": ["i-1"]}`, "ssm:SendCommand; ssm:SendCommand arn:aws:ec2:eu-west-1:111122223333:instance/i-1"},

		{"iam", "AttachRolePolicy", `{"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}`, "iam:AttachRolePolicy"},
		{"iam", "CreateRole", `{"roleName": "r"}`, "iam:CreateRole arn:aws:iam::111122223333:role/r"},
		{"iam", "CreateRole", `{"roleName": "r", "path": "/p/q/"}`, "iam:CreateRole arn:aws:iam::111122223333:role/p/q/r"},
		{"iam", "CreatePolicyVersion", `{"policyArn": "arn:aws:iam::111122223333:policy/p/x"}`, "iam:CreatePolicyVersion arn:aws:iam::111122223333:policy/p/x"},
		{"iam", "AddRoleToInstanceProfile", `{"roleName": "r", "instanceProfileName": "p"}`, "iam:AddRoleToInstanceProfile; iam:PassRole"},

		{"events", "PutRule", `{"name": "r"}`, "events:PutRule arn:aws:events:eu-west-1:111122223333:rule/r"},
		{"events", "PutTargets", `{"rule": "r", "eventBusName": "b", "targets": [{"arn": "arn:aws:sqs:eu-west-1:111122223333:q", "roleArn": "arn:aws:iam::111122223333:role/r"}]}`,
			"events:PutTargets arn:aws:events:eu-west-1:111122223333:rule/b/r; iam:PassRole arn:aws:iam::111122223333:role/r"},
		{"scheduler", "UpdateSchedule", `{"name": "s", "target": {"roleArn": "arn:aws:iam::111122223333:role/r"}}`,
			"scheduler:UpdateSchedule arn:aws:scheduler:eu-west-1:111122223333:schedule/default/s; iam:PassRole arn:aws:iam::111122223333:role/r"},
		{"states", "StartExecution", `{"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:m"}`, "states:StartExecution arn:aws:states:eu-west-1:111122223333:stateMachine:m"},
		{"states", "StartExecution", `{"stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:m:PROD", "name": "n"}`, "states:StartExecution"},
		{"ecs", "DescribeClusters", `{"clusters": ["a"]}`, "ecs:DescribeClusters arn:aws:ecs:eu-west-1:111122223333:cluster/a"},
		{"ecs", "TagResource", `{}`, "ecs:TagResource"},
		{"ecs", "UpdateService", `{"service": "s"}`, "ecs:UpdateService arn:aws:ecs:eu-west-1:111122223333:service/default/s"},
		{"ec2", "CreateRoute", `{"routeTableId": "rtb-1"}`, "ec2:CreateRoute arn:aws:ec2:eu-west-1:111122223333:route-table/rtb-1"},
		{"ec2", "DeleteSubnet", `{"subnetId": "subnet-1"}`, "ec2:DeleteSubnet"},
		{"amplifybackend", "CreateToken", `{"appId": "a"}`, "amplifybackend:CreateToken"},
		{"bedrock", "InvokeModel", `{"modelId": "anthropic.x"}`, "bedrock:InvokeModel"},
		{"bedrock-runtime", "Converse", `{"modelId": "arn:aws:bedrock:eu-west-1::foundation-model/m"}`, "bedrock:InvokeModel arn:aws:bedrock:eu-west-1::foundation-model/m"},
		{"glue", "GetTable", `{"databaseName": "d", "name": "t"}`, "glue:GetTable arn:aws:glue:eu-west-1:111122223333:database/d; glue:GetTable arn:aws:glue:eu-west-1:111122223333:catalog; glue:GetTable"},
		{"dms", "CreateReplicationTask", `{"replicationInstanceArn": "arn:aws:dms:eu-west-1:111122223333:rep:X", "sourceEndpointArn": "arn:aws:dms:eu-west-1:111122223333:endpoint:Y"}`,
			"dms:CreateReplicationTask arn:aws:dms:eu-west-1:111122223333:endpoint:Y; dms:CreateReplicationTask arn:aws:dms:eu-west-1:111122223333:rep:X"},
		{"dms", "TestConnection", `{}`, "dms:TestConnection"},
		{"cloudtrail", "StopLogging", `{"name": "t"}`, "cloudtrail:StopLogging arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"},
		{"cloudtrail", "StopLogging", `{"name": "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"}`, "cloudtrail:StopLogging arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"},
		{"rds", "ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier": "S"}`, "rds:ModifyDBSnapshotAttribute arn:aws:rds:eu-west-1:111122223333:snapshot:s"},
		{"logs", "DeleteLogGroup", `{"logGroupName": "g"}`, "logs:DeleteLogGroup"},
		{"monitoring", "PutMetricAlarm", `{"alarmName": "a"}`, "cloudwatch:PutMetricAlarm arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a"},
		{"email", "SendEmail", `{}`, "ses:SendEmail"},
		{"apigateway", "CreateStage", `{"restApiId": "a"}`, "apigateway:POST"},
		{"apigateway", "TagResource", `{"resourceArn": "arn:aws:apigateway:eu-west-1::/restapis/a", "template": false}`, "apigateway:PUT"},
		{"tagging", "GetResources", `{}`, "tag:GetResources *"},
		{"nothing", "GetIt", `{}`, "unknown"},
		{"s3", "GetIt", `{}`, "unknown"},
	} {
		t.Run(c.source+" "+c.name+" "+c.parameters, func(t *testing.T) {
			r := recordOf(t, event(c.source, c.name, c.parameters))
			if got := show(Calls(r)); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCallsOfRecords(t *testing.T) {
	for name, c := range map[string]struct{ record, want string }{
		"a login at the console asks IAM nothing": {`{"eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin", "eventType": "AwsConsoleSignIn"}`, ""},
		"an event of a service asks IAM nothing":  {`{"eventSource": "kms.amazonaws.com", "eventName": "RotateKey", "eventType": "AwsServiceEvent"}`, ""},
		"a call through an endpoint is a call":    {`{"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "eventType": "AwsVpceEvent"}`, "s3:ListAllMyBuckets *"},
		"a foreign source is unknown":             {`{"eventSource": "s3.example.com", "eventName": "ListBuckets"}`, "unknown"},
		"the list of resources counts before parameters": {`{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "requestParameters": {"bucketName": "b", "key": "k"},
			"resources": [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::c"}, {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::c/d"}]}`, "s3:GetObject arn:aws:s3:::c/d"},
		"a bucket is not the object": {`{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "resources": [{"ARN": "arn:aws:s3:::c"}]}`, "s3:GetObject"},
		"the key of an object is not its resource": {`{"eventSource": "s3.amazonaws.com", "eventName": "PutObject", "requestParameters": {"bucketName": "b", "key": "k"},
			"resources": [{"arn": "arn:aws:kms:eu-west-1:111122223333:key/1"}]}`, "s3:PutObject arn:aws:s3:::b/k"},
		"statements on the one table that is listed": {`{"eventSource": "dynamodb.amazonaws.com", "eventName": "ExecuteStatement", "requestParameters": {"statement": "delete from t"},
			"resources": [{"ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}]}`, "dynamodb:PartiQLDelete arn:aws:dynamodb:eu-west-1:111122223333:table/t"},
		"which of two tables is unknown": {`{"eventSource": "dynamodb.amazonaws.com", "eventName": "ExecuteTransaction", "requestParameters": {"statement": "delete from t"},
			"resources": [{"ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/t"}, {"ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/u"}]}`, "dynamodb:PartiQLDelete"},
		"what may be another account's is not built": {`{"eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem", "sharedEventID": "e", "userIdentity": {"accountId": "111122223333"},
			"requestParameters": {"tableName": "t"}}`, "dynamodb:GetItem"},
		"the owner's copy names its own account": {`{"eventSource": "dynamodb.amazonaws.com", "eventName": "GetItem", "sharedEventID": "e", "userIdentity": {"accountId": "444455556666"},
			"requestParameters": {"tableName": "t"}}`, "dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/t"},
		"China has its own partition": {`{"eventSource": "sqs.amazonaws.com", "eventName": "CreateQueue", "awsRegion": "cn-north-1", "requestParameters": {"queueName": "q"}}`, "sqs:CreateQueue arn:aws-cn:sqs:cn-north-1:111122223333:q"},

		"a user's own key": {`{"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana",
			"arn": "arn:aws:iam::111122223333:user/p/ana"}}`, "iam:CreateAccessKey arn:aws:iam::111122223333:user/p/ana"},
		"an error without parameters is about a user that is unknown": {`{"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "errorCode": "AccessDenied", "userIdentity": {"type": "IAMUser", "accountId": "111122223333",
			"userName": "ana", "arn": "arn:aws:iam::111122223333:user/p/ana"}}`, "iam:CreateAccessKey"},
		"another user's key": {`{"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana",
			"arn": "arn:aws:iam::111122223333:user/p/ana"}, "requestParameters": {"userName": "ben"}}`, "iam:CreateAccessKey"},
		"the last use of a key names no user": {`{"eventSource": "iam.amazonaws.com", "eventName": "GetAccessKeyLastUsed", "userIdentity": {"type": "IAMUser", "accountId": "111122223333", "userName": "ana",
			"arn": "arn:aws:iam::111122223333:user/p/ana"}, "requestParameters": {"accessKeyId": "AKIA"}}`, "iam:GetAccessKeyLastUsed"},
		"a role changes itself": {`{"eventSource": "iam.amazonaws.com", "eventName": "AttachRolePolicy", "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer":
			{"type": "Role", "arn": "arn:aws:iam::111122223333:role/p/r", "accountId": "111122223333", "userName": "r"}}}, "requestParameters": {"roleName": "r"}}`, "iam:AttachRolePolicy arn:aws:iam::111122223333:role/p/r"},
		"a denied call by its message": {`{"eventSource": "lambda.amazonaws.com", "eventName": "CreateFunction20150331", "errorCode": "AccessDenied",
			"errorMessage": "User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/x because no identity-based policy allows the iam:PassRole action"}`,
			"iam:PassRole arn:aws:iam::111122223333:role/x"},
		"a pattern in a message is no resource": {`{"eventSource": "ec2.amazonaws.com", "eventName": "GetPasswordData", "errorCode": "Client.UnauthorizedOperation", "requestParameters": {"instanceId": "i-1"},
			"errorMessage": "You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: ec2:GetPasswordData on resource: arn:aws:ec2:eu-west-1:111122223333:instance/* because no"}`,
			"ec2:GetPasswordData arn:aws:ec2:eu-west-1:111122223333:instance/i-1"},
		"a key with the words of a reason": {`{"eventSource": "s3.amazonaws.com", "eventName": "GetObject", "errorCode": "AccessDenied",
			"errorMessage": "User: u is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/x because y because no identity-based policy allows the s3:GetObject action"}`, "s3:GetObject arn:aws:s3:::b/x because y"},
		"a denied call on no resource": {`{"eventSource": "lambda.amazonaws.com", "eventName": "ListFunctions20150331", "errorCode": "AccessDenied",
			"errorMessage": "User: u is not authorized to perform: lambda:ListFunctions on resource: * with an explicit deny"}`, "lambda:ListFunctions *"},
		"the message of a call that was not denied does not count": {`{"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "errorCode": "ValidationError",
			"errorMessage": "User: u is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::111122223333:user/u"}`, "s3:ListAllMyBuckets *"},
		"a message with an action that does not exist": {`{"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "errorCode": "AccessDenied",
			"errorMessage": "User: u is not authorized to perform: s3:Everything"}`, "s3:ListAllMyBuckets *"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := show(Calls(recordOf(t, c.record))); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestDataEvent(t *testing.T) {
	for action, want := range map[string]bool{"s3:GetObject": true, "s3:getobject": true, "s3:CreateBucket": false, "lambda:InvokeFunction": true, "rds-data:ExecuteStatement": true, "iam:CreateUser": false, "": false} {
		if got := DataEvent(action); got != want {
			t.Errorf("DataEvent(%q) = %t", action, got)
		}
	}
}

func TestCallsAllocateTheirSliceAndTheARNAlone(t *testing.T) {
	for name, c := range map[string]struct {
		record string
		most   float64
	}{
		"no resource":           {event("ec2", "DescribeInstances", "null"), 1},
		"a listed resource":     {`{"eventSource": "sts", "eventName": "AssumeRole", "resources": [{"ARN": "arn:aws:iam::111122223333:role/r"}]}`, 1},
		"an ARN to put in":      {event("dynamodb", "GetItem", `{"tableName": "t"}`), 2},
		"no permission":         {event("sts", "GetCallerIdentity", "null"), 0},
		"an event that is none": {event("sts", "Nothing", "null"), 0},
	} {
		r := recordOf(t, strings.Clone(c.record))
		Calls(r)
		if n := testing.AllocsPerRun(100, func() { Calls(r) }); n > c.most {
			t.Errorf("%s: %.0f allocations, at most %.0f", name, n, c.most)
		}
	}
}

func BenchmarkCalls(b *testing.B) {
	for _, c := range []struct{ name, record string }{
		{"no resource", event("ec2", "DescribeInstances", "null")},
		{"listed", `{"eventSource": "sts", "eventName": "AssumeRole", "resources": [{"ARN": "arn:aws:iam::111122223333:role/r"}]}`},
		{"parameters", event("dynamodb", "GetItem", `{"tableName": "t"}`)},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := recordOf(b, c.record)
			b.ReportAllocs()
			for b.Loop() {
				Calls(r)
			}
		})
	}
}

func TestCallsByManyAtOnce(t *testing.T) {
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for _, row := range s3Exceptions {
				for name := range strings.FieldsSeq(row.names) {
					Calls(&Record{Source: "s3.amazonaws.com", Name: name, Parameters: bucketAndKey})
				}
			}
		})
	}
	all.Wait()
}

// An attacker may fill a trail with events that do not exist; what is kept of them is bounded.
func TestPlansAreBounded(t *testing.T) {
	for i := range maxPlans + 10 {
		planOf("s3.amazonaws.com", "No"+strconv.Itoa(i))
	}
	planOf("s3.amazonaws.com", strings.Repeat("x", maxName+1))
	plans.RLock()
	defer plans.RUnlock()
	if len(plans.kept) > maxPlans {
		t.Errorf("%d plans are kept, at most %d", len(plans.kept), maxPlans)
	}
}
