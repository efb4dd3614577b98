package trailtest

// call is one kind of call.
type call struct {
	source, name string
	action       string
	readOnly     bool
	parameters   string // with %s for a name
	response     string
	resources    string // with %s for a name
}

// calls are those that a grant or a principal's own policies allow. Their records are as CloudTrail's documentation shows them.
var calls = []call{
	{"s3.amazonaws.com", "CreateBucket", "s3:CreateBucket", false, `{"CreateBucketConfiguration":{"LocationConstraint":"eu-west-1","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"},"bucketName":"%[1]s","Host":"%[1]s.s3.eu-west-1.amazonaws.com"}`, `null`, `[{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%[1]s"}]`},
	{"s3.amazonaws.com", "PutBucketVersioning", "s3:PutBucketVersioning", false, `{"VersioningConfiguration":{"Status":"Enabled","xmlns":"http://s3.amazonaws.com/doc/2006-03-01/"},"bucketName":"%[1]s","Host":"%[1]s.s3.eu-west-1.amazonaws.com","versioning":""}`, `null`, `[{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::%[1]s"}]`},
	{"secretsmanager.amazonaws.com", "GetSecretValue", "secretsmanager:GetSecretValue", true, `{"secretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:%[1]s-AbCdEf"}`, `null`, ``},
	{"dynamodb.amazonaws.com", "UpdateTable", "dynamodb:UpdateTable", false, `{"tableName":"%[1]s","billingMode":"PAY_PER_REQUEST"}`, `{"tableDescription":{"tableName":"%[1]s","tableStatus":"UPDATING","itemCount":12,"tableSizeBytes":4096,"tableArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/%[1]s"}}`, `[{"accountId":"111122223333","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:eu-west-1:111122223333:table/%[1]s"}]`},
	{"lambda.amazonaws.com", "UpdateFunctionConfiguration20150331v2", "lambda:UpdateFunctionConfiguration", false, `{"functionName":"%[1]s","timeout":30,"memorySize":256}`, `{"functionName":"%[1]s","functionArn":"arn:aws:lambda:eu-west-1:111122223333:function:%[1]s","runtime":"provided.al2023","timeout":30}`, ``},
	{"sns.amazonaws.com", "SetTopicAttributes", "sns:SetTopicAttributes", false, `{"topicArn":"arn:aws:sns:eu-west-1:111122223333:%[1]s","attributeName":"DisplayName","attributeValue":"%[1]s"}`, `null`, ``},
	{"kms.amazonaws.com", "EnableKeyRotation", "kms:EnableKeyRotation", false, `{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}`, `{"keyId":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}`, `[{"accountId":"111122223333","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:111122223333:key/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0"}]`},
	{"ssm.amazonaws.com", "PutParameter", "ssm:PutParameter", false, `{"name":"/%[1]s/setting","type":"String","value":"HIDDEN_DUE_TO_SECURITY_REASONS","overwrite":true}`, `{"version":7,"tier":"Standard"}`, ``},
	{"logs.amazonaws.com", "PutRetentionPolicy", "logs:PutRetentionPolicy", false, `{"logGroupName":"/aws/%[1]s","retentionInDays":30}`, `null`, ``},
	{"backup.amazonaws.com", "StartBackupJob", "backup:StartBackupJob", false, `{"backupVaultName":"%[1]s","resourceArn":"arn:aws:dynamodb:eu-west-1:111122223333:table/%[1]s","iamRoleArn":"arn:aws:iam::111122223333:role/service-role/backup"}`, `{"backupJobId":"8f0c1a2b-3c4d-5e6f-7081-92a3b4c5d6e7","creationDate":"Nov 29, 2026 10:00:00 AM"}`, ``},
}

// reads are calls that every principal of a day may make by itself.
var reads = []call{
	{"ec2.amazonaws.com", "DescribeInstances", "ec2:DescribeInstances", true, `{"instancesSet":{"items":[{"instanceId":"i-0a1b2c3d4e5f60718"}]},"filterSet":{}}`, `null`, ``},
	{"ec2.amazonaws.com", "DescribeVolumes", "ec2:DescribeVolumes", true, `{"volumeSet":{},"filterSet":{"items":[{"name":"attachment.instance-id","valueSet":{"items":[{"value":"i-0a1b2c3d4e5f60718"}]}}]}}`, `null`, ``},
	{"monitoring.amazonaws.com", "DescribeAlarms", "cloudwatch:DescribeAlarms", true, `{"maxRecords":50,"stateValue":"ALARM"}`, `null`, ``},
	{"rds.amazonaws.com", "DescribeDBInstances", "rds:DescribeDBInstances", true, `{"maxRecords":100}`, `null`, ``},
	{"iam.amazonaws.com", "ListRoles", "iam:ListRoles", true, `{"maxItems":100}`, `null`, ``},
	{"cloudformation.amazonaws.com", "ListStacks", "cloudformation:ListStacks", true, `{"stackStatusFilter":["CREATE_COMPLETE","UPDATE_COMPLETE"]}`, `null`, ``},
}
