package reach

import "strings"

// resourceControlled are the services whose actions RCPs decide.
//
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html#rcp-supported-services
const resourceControlled = " appstream dsql clouddirectory cloudfront cloudsearch logs networkmonitor cognito-identity cognito-idp comprehend comprehendmedical" +
	" firehose dynamodb dax autoscaling ecr ecr-public gamelift inspector-scan kendra kinesisvideo memorydb aoss personalize polly s3 swf sqs textract" +
	" timestream-influxdb transcribe translate workspaces appconfig autoscaling-plans budgets servicediscovery cloudtrail-data codeartifact codebuild" +
	" codecommit codepipeline compute-optimizer cost-optimization-hub events fms fis health rolesanywhere kms opensearch pricing pca-connector-ad" +
	" resource-groups secretsmanager sts signin support transfer notifications wafv2 xray "

// exempted is the service with an action that RCPs do not decide.
const exempted = "kms"

// underRCPs reports whether RCPs decide an action. The service is in lower case.
func underRCPs(service, name string) bool {
	return strings.Contains(resourceControlled, " "+service+" ") && !(service == exempted && strings.EqualFold(name, "RetireGrant"))
}
