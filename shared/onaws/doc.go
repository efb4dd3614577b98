// Package onaws is Curfew on AWS: the ports of package access over AWS's own services, and the entry points of the Lambda
// functions.
//
// It knows no rule of who may have what: it sends calls, waits, repeats what AWS was only too busy for, and gives every
// error its kind. What a port promises is written in access/ports.go and held against these adapters by the contract
// suites of package accesstest.
//
//   - [Store] is DynamoDB: store.go (reads and lists), storewrite.go (transactions), storeitem.go (rows as items).
//   - [Cloud] is IAM: cloud.go (names, look), cloudattach.go, cloudread.go (read back, survey), cloudremove.go,
//     cloudprincipal.go (the calls that a role and a user have alike), cloudcall.go (how one call is sent),
//     cloudaccounts.go (member accounts).
//   - [Workflow] is put together from Step Functions (package stepfunctions), Lambda (invoke) and SQS (sqs), and [Notifier]
//     from SNS (sns) and EventBridge (events). They are packages of their own because every client costs each start of what
//     links it.
//   - config.go reads the environment, once for each main; nothing else does. record.go writes down the calls that tests
//     hold against the permissions of each function.
//   - task.go, api.go, stream.go and metrics.go are the ways into a function.
//
// All clients are made from the SDK's default configuration: its region, its credentials, and the standard variables
// AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_<SERVICE>, which point the same binaries at emulators.
package onaws
