// Package sweep compares records with IAM once a minute and ends what should have ended. It also receives events of two
// more nets: TTL, and the end of an execution.
//
//   - sweep.go: one pass, and due ends; pass.go: shared parts
//   - shard.go: the parts that read IAM, one for each account
//   - active.go, waiting.go, survey.go: active elevations, requests, IAM; found.go: drift
//   - nets.go: the two nets; canary.go: a daily test of one net
//
// Package access ends what the sweep decides.
package sweep
