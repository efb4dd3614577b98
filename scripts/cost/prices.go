package main

// Prices of us-east-1, in dollars, without the free tiers. See pages.
const (
	transitionPrice = 0.025 / 1_000
	writePrice      = 0.625 / 1_000_000 // a write request unit
	readPrice       = 0.125 / 1_000_000 // a read request unit
	invokePrice     = 0.20 / 1_000_000
	computePrice    = 0.0000133334     // a GB-second on arm64
	apiPrice        = 1.00 / 1_000_000 // a call of an HTTP API
	eventPrice      = 1.00 / 1_000_000 // an event of our own, or sent to another bus, of up to 64 KB
	publishPrice    = 0.50 / 1_000_000
	queuePrice      = 0.40 / 1_000_000 // a request of SQS, of up to 64 KB
	listPrice       = 0.005 / 1_000
	getPrice        = 0.0004 / 1_000
	putPrice        = 0.005 / 1_000
	storagePrice    = 0.45                 // a GB of DynamoDB and of its recovery, for a month
	keyPrice        = 0.03 / 10_000        // a request with a symmetric key
	signPrice       = 0.15 / 10_000        // a request with an asymmetric key, but RSA 2048
	logPrice        = 0.50                 // a GB taken in
	tracePrice      = 5.00 / 1_000_000     // a trace that is recorded
	teamPrice       = 26 * transitionPrice // TEAM, for its transitions alone
	mostPrice       = 0.00022              // what one of ours may cost, with everything
)

// noted is when the prices were taken down.
const noted = "November 2026"

// pages are where AWS publishes them, and the word on what they are today.
func pages() [][2]string {
	return [][2]string{
		{"Step Functions", "https://aws.amazon.com/step-functions/pricing/"},
		{"DynamoDB", "https://aws.amazon.com/dynamodb/pricing/on-demand/"},
		{"Lambda", "https://aws.amazon.com/lambda/pricing/"},
		{"HTTP API", "https://aws.amazon.com/api-gateway/pricing/"},
		{"EventBridge", "https://aws.amazon.com/eventbridge/pricing/"},
		{"SQS", "https://aws.amazon.com/sqs/pricing/"},
		{"S3", "https://aws.amazon.com/s3/pricing/"},
		{"SNS", "https://aws.amazon.com/sns/pricing/"},
		{"KMS", "https://aws.amazon.com/kms/pricing/"},
		{"CloudWatch Logs", "https://aws.amazon.com/cloudwatch/pricing/"},
		{"X-Ray", "https://aws.amazon.com/xray/pricing/"},
	}
}

// memoryMiB is what infra gives every function; a test holds it against the template.
const memoryMiB = 256

// archiveMiB is that of archive.
const archiveMiB = 512

// What is assumed, because nothing in this process could count it.
const (
	millis        = 200 // of an invocation: the services' answers, and a part of the cold starts
	platformBytes = 330 // START, END and REPORT, which Lambda writes of each invocation
	historyBytes  = 450 // of an event of an execution's history, as Step Functions logs it without its data
	apiBytes      = 350 // of a call in an API's access log
	eventOverhead = 26  // bytes that CloudWatch Logs adds to every line: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
	longerToken   = 700 // bytes that a task token of Step Functions has more than one of the engine here
	keyRequests   = 3   // of DynamoDB and SNS, which keep data keys for minutes
	traces        = 1   // sampling may record fewer
)
