package trail

// services are the event sources whose label is not the prefix of their actions, with the prefixes to try in turn. Each
// row has its page: one that names the prefix (list_….html below
// https://docs.aws.amazon.com/service-authorization/latest/reference/), or the one that shows a record.
var services = []struct{ label, prefixes, from string }{
	{"monitoring", "cloudwatch", "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/logging_cw_api_calls.html"},
	{"email", "ses", "https://docs.aws.amazon.com/ses/latest/dg/logging-using-cloudtrail.html"},
	{"ses", "ses", "https://docs.aws.amazon.com/ses/latest/dg/logging-using-cloudtrail.html"},
	{"tagging", "tag", "https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/logging-using-cloudtrail.html"},
	{"cloudcontrolapi", "cloudformation", "list_awscloudcontrolapi.html"},
	{"bedrock-runtime", "bedrock", "https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html"},
	{"bedrock-agent", "bedrock", "https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html"},
	{"bedrock-agent-runtime", "bedrock", "https://docs.aws.amazon.com/bedrock/latest/userguide/logging-using-cloudtrail.html"},
	{"bedrock-data-automation", "bedrock", "list_amazonbedrock.html"},
	{"iotdata", "iot", "https://docs.aws.amazon.com/iot/latest/developerguide/iot-using-cloudtrail.html"},
	{"iotjobsdata", "iotjobsdata iot", "https://docs.aws.amazon.com/iot/latest/developerguide/iot-using-cloudtrail.html"},
	{"iot-jobs-data", "iotjobsdata iot", "https://docs.aws.amazon.com/iot/latest/developerguide/iot-using-cloudtrail.html"},
	{"iotsecuredtunneling", "iot", "list_awsiot.html"},
	{"ioteventsdata", "iotevents", "list_awsiotevents.html"},
	{"deviceadvisor.iot", "iotdeviceadvisor", "list_awsiotcoredeviceadvisor.html"},
	{"mturk-requester", "mechanicalturk", "list_amazonmechanicalturk.html"},
	{"appstream2", "appstream", "list_amazonappstream2.0.html"},
	{"taxsettings", "tax", "list_awstaxsettings.html"},
	{"marketplacecatalog", "aws-marketplace", "list_awsmarketplacecatalog.html"},
	{"catalog.marketplace", "aws-marketplace", "list_awsmarketplacecatalog.html"},
	{"metering-marketplace", "aws-marketplace", "list_awsmarketplacemeteringservice.html"},
	{"entitlement-marketplace", "aws-marketplace", "list_awsmarketplaceentitlementservice.html"},
	{"agreement-marketplace", "aws-marketplace", "list_awsmarketplace.html"},
	{"discovery-marketplace", "aws-marketplace", "list_awsmarketplacediscovery.html"},
	{"servicecatalog-appregistry", "servicecatalog", "list_awsservicecatalog.html"},
	{"cloudhsmv2", "cloudhsm", "list_awscloudhsm.html"},
	{"memory-db", "memorydb", "https://docs.aws.amazon.com/memorydb/latest/devguide/logging-using-cloudtrail.html"},
	{"query.timestream", "timestream", "list_amazontimestream.html"},
	{"ingest.timestream", "timestream", "list_amazontimestream.html"},
	{"runtime.sagemaker", "sagemaker", "list_amazonsagemaker.html"},
	{"api.sagemaker", "sagemaker", "list_amazonsagemaker.html"},
	{"sagemaker-featurestore-runtime", "sagemaker", "list_amazonsagemaker.html"},
	{"runtime.lex", "lex", "list_amazonlex.html"},
	{"models.lex", "lex", "list_amazonlex.html"},
	{"runtime-v2-lex", "lex", "list_amazonlexv2.html"},
	{"models-v2-lex", "lex", "list_amazonlexv2.html"},
	{"personalize-events", "personalize", "list_amazonpersonalize.html"},
	{"personalize-runtime", "personalize", "list_amazonpersonalize.html"},
	{"partnercentral-selling", "partnercentral", "list_awspartnercentral.html"},
	{"partnercentral-account", "partnercentral", "list_awspartnercentral.html"},
	{"partnercentral-benefits", "partnercentral", "list_awspartnercentral.html"},
	{"partnercentral-channel", "partnercentral", "list_awspartnercentral.html"},
	{"billingconsole", "aws-portal billing payments", "https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/logging-using-cloudtrail.html"},
	{"streams.dynamodb", "dynamodb", "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html"},
	{"dynamodbstreams", "dynamodb", "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/logging-using-cloudtrail.html"},
	{"s3-control", "s3", "list_amazons3.html"},
	{"data.qapps", "qapps", "list_amazonqbusinessqapps.html"},
	{"admin.wickr", "wickr", "list_awswickr.html"},
	{"sso", "sso sso-directory", "https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html"},
	{"sso-directory", "sso-directory identitystore", "https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html"},
	{"identitystore", "identitystore sso-directory", "https://docs.aws.amazon.com/singlesignon/latest/userguide/logging-using-cloudtrail.html"},
	{"elasticloadbalancing", "elasticloadbalancing", "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudtrail-logs.html"},
	{"connect-campaigns", "connect-campaigns", "list_high-volumeoutboundcommunications.html"},
	{"finspace", "finspace finspace-api", "list_amazonfinspace.html"},
	{"opensearch", "es opensearch", "list_amazonopensearchservice.html"},
	{"es", "es", "list_amazonopensearchservice.html"},
}

func servicesOf(label string) string {
	for i := range services {
		if services[i].label == label {
			return services[i].prefixes
		}
	}
	return label
}

// restVerb is the action of an API Gateway event: the HTTP method of the operation.
// https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html
// https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html
func restVerb(name string) string {
	for _, v := range restVerbs {
		if len(name) > len(v.prefix) && name[:len(v.prefix)] == v.prefix {
			return v.verb
		}
	}
	return ""
}

var restVerbs = []struct{ prefix, verb string }{
	{"Get", "GET"}, {"Export", "GET"}, {"ImportDocumentationParts", "PUT"}, {"ImportApiKeys", "POST"}, {"ImportApi", "PUT"}, {"Import", "POST"},
	{"Create", "POST"}, {"Generate", "POST"}, {"TestInvoke", "POST"}, {"Reject", "POST"}, {"Put", "PUT"}, {"Reimport", "PUT"},
	{"Update", "PATCH"}, {"Delete", "DELETE"}, {"Flush", "DELETE"}, {"Reset", "DELETE"}, {"Untag", "DELETE"},
}
