// Package onaws is Curfew on AWS: the ports of package access over AWS's own services, and the entry points of the Lambda
// functions.
//
// It knows no rule of who may have what: it sends calls, waits, repeats what AWS was only too busy for, and gives every
// error its kind. What a port promises is written in record/store.go and access/ports.go and held against these adapters by the contract
// suites of package accesstest.
//
// This package holds what the functions have in common: their configuration (config.go), the entry points (run.go, task.go,
// end.go, sweep.go, messages.go), log and metrics, the record of calls that tests hold against the permissions of each
// function (record.go), the way into the accounts (accounts.go), and what puts the ports together ([Workflow],
// [Notifier]). Each service has a package of its own, which imports this one: a function links the clients that it calls,
// and no others.
//
//   - dynamo is the Store, and reads the table's stream. iam is the Cloud.
//   - stepfunctions, invoke (Lambda) and sqs are the Workflow; sns and events (EventBridge) the Notifier.
//   - apigateway turns what both doors send into calls of an HTTP handler.
//   - verify takes the events of the bus and asks the services back about them; jobs starts jobs.
//   - catalogs reads the catalogs that are packed beside a function.
//   - lambdatest runs built functions, and emulated finds the emulators: for tests.
//
// All clients are made from the SDK's default configuration: its region, its credentials, and the standard variables
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>, which point the same binaries at emulators.
package onaws
