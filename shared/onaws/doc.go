// Package onaws has the configuration and entry points of the Lambda functions. It decides nothing; adapters send
// calls, retry, and give errors their kind. record/store.go and access/ports.go specify the ports; accesstest has their
// contract suites.
//
// Each service has its own package, so that a function links only the clients it calls:
//
//   - dynamo is the Store and reads the table's stream. iam is the Cloud.
//   - stepfunctions, invoke (Lambda) and sqs form the [Workflow]; sns, events (EventBridge) and securityhub the [Notifier].
//   - apigateway turns events of API Gateway into HTTP requests.
//   - s3 keeps the log of evidence; cloudtrail reads a trail's files; deployments looks up who deployed a catalog.
//   - verify asks the services about task events; jobs starts jobs.
//   - catalogs reads the catalogs packed with a function.
//   - lambdatest and emulated are for tests.
//
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE> select emulators.
package onaws
