package trail

import "strings"

// dataEvents are actions whose events CloudTrail logs only if a trail's selectors ask for data events of their resource
// type, by service.
// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html
var dataEvents = []struct{ service, names, resource string }{
	{"s3", "AbortMultipartUpload DeleteObject DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes GetObjectVersionTagging ListBucket ListBucketVersions ListBucketMultipartUploads ListMultipartUploadParts PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging RestoreObject", "AWS::S3::Object, AWS::S3::AccessPoint"},
	{"s3-object-lambda", "*", "AWS::S3ObjectLambda::AccessPoint"},
	{"s3-outposts", "DeleteObject GetObject ListBucket PutObject", "AWS::S3Outposts::Object"},
	{"s3express", "CreateSession", "AWS::S3Express::Object"},
	{"s3tables", "GetTableData PutTableData", "AWS::S3Tables::Table"},
	{"s3vectors", "DeleteVectors GetVectors ListVectors PutVectors QueryVectors", "AWS::S3Vectors::Index"},
	{"lambda", "InvokeFunction InvokeAsync", "AWS::Lambda::Function"},
	{"dynamodb", "BatchGetItem BatchWriteItem ConditionCheckItem DeleteItem GetItem PartiQLDelete PartiQLInsert PartiQLSelect PartiQLUpdate PutItem Query Scan UpdateItem GetRecords GetShardIterator", "AWS::DynamoDB::Table, AWS::DynamoDB::Stream"},
	{"cloudtrail-data", "*", "AWS::CloudTrail::Channel"},
	{"cloudfront-keyvaluestore", "*", "AWS::CloudFront::KeyValueStore"},
	{"cognito-identity", "GetCredentialsForIdentity GetId GetOpenIdToken GetOpenIdTokenForDeveloperIdentity UnlinkIdentity", "AWS::Cognito::IdentityPool"},
	{"ebs", "*", "AWS::EC2::Snapshot"},
	{"kinesis", "GetRecords GetShardIterator PutRecord PutRecords SubscribeToShard", "AWS::Kinesis::Stream"},
	{"kinesisvideo", "GetMedia PutMedia GetClip GetHLSStreamingSessionURL GetDASHStreamingSessionURL GetImages GetMediaForFragmentList ListFragments", "AWS::KinesisVideo::Stream"},
	{"managedblockchain-query", "*", "AWS::ManagedBlockchainQuery::QueryAPI"},
	{"medical-imaging", "GetDICOMInstance GetDICOMInstanceFrames GetDICOMInstanceMetadata GetImageFrame GetImageSet GetImageSetMetadata SearchImageSets", "AWS::MedicalImaging::Datastore"},
	{"sns", "Publish", "AWS::SNS::Topic, AWS::SNS::PlatformEndpoint"},
	{"sqs", "ChangeMessageVisibility DeleteMessage ReceiveMessage SendMessage", "AWS::SQS::Queue"},
	{"ssmmessages", "*", "AWS::SSMMessages::ControlChannel"},
	{"bedrock", "InvokeAgent InvokeInlineAgent InvokeFlow Retrieve RetrieveAndGenerate ApplyGuardrail", "AWS::Bedrock::AgentAlias, AWS::Bedrock::KnowledgeBase, AWS::Bedrock::FlowAlias, AWS::Bedrock::Guardrail"},
	{"sagemaker", "InvokeEndpoint InvokeEndpointAsync InvokeEndpointWithResponseStream PutRecord GetRecord BatchGetRecord DeleteRecord BatchPutMetrics", "AWS::SageMaker::Endpoint, AWS::SageMaker::FeatureGroup, AWS::SageMaker::ExperimentTrialComponent"},
	{"rds-data", "*", "AWS::RDS::DBCluster"},
	{"timestream", "Select WriteRecords DescribeEndpoints PrepareQuery CancelQuery SelectValues", "AWS::Timestream::Database, AWS::Timestream::Table"},
	{"verifiedpermissions", "IsAuthorized IsAuthorizedWithToken", "AWS::VerifiedPermissions::PolicyStore"},
	{"xray", "PutTraceSegments GetTraceSummaries BatchGetTraces GetServiceGraph GetTraceGraph GetTimeSeriesServiceStatistics GetSamplingTargets GetSamplingRules PutTelemetryRecords", "AWS::XRay::Trace"},
	{"appconfig", "GetLatestConfiguration StartConfigurationSession GetConfiguration", "AWS::AppConfig::Configuration"},
	{"appsync", "GraphQL", "AWS::AppSync::GraphQLApi"},
	{"cloudwatch", "GetMetricData GetMetricStatistics GetMetricWidgetImage ListMetrics PutMetricData GetInsightRuleReport", "AWS::CloudWatch::Metric"},
	{"iot", "Connect Publish Subscribe Receive RetainPublish GetRetainedMessage ListRetainedMessages GetThingShadow UpdateThingShadow DeleteThingShadow", "AWS::IoT::Thing, AWS::IoT::Certificate"},
	{"iotsitewise", "BatchGetAssetPropertyValue BatchGetAssetPropertyValueHistory BatchPutAssetPropertyValue GetAssetPropertyValue GetAssetPropertyValueHistory GetAssetPropertyAggregates GetInterpolatedAssetPropertyValues BatchGetAssetPropertyAggregates", "AWS::IoTSiteWise::Asset, AWS::IoTSiteWise::TimeSeries"},
	{"servicediscovery", "DiscoverInstances DiscoverInstancesRevision", "AWS::ServiceDiscovery::Namespace, AWS::ServiceDiscovery::Service"},
	{"codewhisperer", "GenerateRecommendations", "AWS::CodeWhisperer::Customization"},
	{"kendra-ranking", "Rescore", "AWS::KendraRanking::ExecutionPlan"},
	{"lakeformation", "GetDataAccess", "AWS::LakeFormation"},
	{"neptune-graph", "ReadDataViaQuery WriteDataViaQuery DeleteDataViaQuery GetQueryStatus CancelQuery ListQueries GetGraphSummary", "AWS::NeptuneGraph::Graph"},
	{"swf", "PollForActivityTask PollForDecisionTask RespondActivityTaskCompleted RespondDecisionTaskCompleted StartWorkflowExecution SignalWorkflowExecution", "AWS::SWF::Domain"},
	{"signer", "GetRevocationStatus", "AWS::Signer::SigningJob"},
	{"social-messaging", "SendWhatsAppMessage", "AWS::SocialMessaging::PhoneNumberId"},
	{"sms-voice", "SendTextMessage SendMediaMessage SendVoiceMessage", "AWS::SMSVoice::OriginationIdentity"},
	{"ses", "SendEmail SendBulkEmail SendTemplatedEmail SendRawEmail SendBulkTemplatedEmail", "AWS::SES::EmailIdentity"},
	{"qbusiness", "Chat ChatSync ListConversations ListMessages DeleteConversation PutFeedback", "AWS::QBusiness::Application"},
	{"geo-maps", "*", "AWS::GeoMaps::Provider"},
	{"geo-places", "*", "AWS::GeoPlaces::Provider"},
	{"geo-routes", "*", "AWS::GeoRoutes::Provider"},
}

// DataEvent reports whether CloudTrail logs an action ("s3:GetObject") only on request. Otherwise the absence of
// records proves nothing.
func DataEvent(action string) bool {
	service, name, _ := strings.Cut(action, ":")
	for i := range dataEvents {
		if d := &dataEvents[i]; d.service == service {
			return d.names == "*" || hasWord(strings.ToLower(d.names), strings.ToLower(name))
		}
	}
	return false
}
