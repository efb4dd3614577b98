// Package asl runs state machines in the Amazon States Language in this process. It treats the deployed definition as
// Step Functions does (Standard, JSONPath). It uses package time: under [testing/synctest] thirty days take
// milliseconds.
//
// It knows what Curfew uses: the states Task, Wait, Choice, Pass, Succeed and Fail; tasks that invoke a function
// (arn:aws:states:::lambda:invoke) or wait for a token (….waitForTaskToken); time-outs, heartbeats, Retry, Catch, and
// JSONPath paths and templates. [Parse] refuses everything else, and names state and field.
//
// Limits are those of the service: 256 KiB of payload, 25,000 events of history, one year.
// See https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html and https://states-language.net/spec.html.
package asl
