// Package asl runs state machines written in the Amazon States Language in this process, on package time: what Step
// Functions (Standard, JSONPath) does with the definition that is deployed, this does with the same bytes, and under
// [testing/synctest] thirty days of it take milliseconds.
//
// It knows the part of the language that Curfew uses: the states Task, Wait, Choice, Pass, Succeed and Fail; tasks that
// invoke a function (arn:aws:states:::lambda:invoke) or wait for its token (….waitForTaskToken); time-outs, heartbeats,
// Retry, Catch, and the paths and templates of JSONPath. Whatever else a definition says is refused by [Parse], by the name
// of the state and the field, rather than passed over.
//
// Limits are those of the service: 256 KiB of payload, 25,000 events of history, one year.
// See https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html and https://states-language.net/spec.html.
package asl
