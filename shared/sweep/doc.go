// Package sweep compares records with IAM once a minute and ends what should have ended. It also receives events of two
// more nets: TTL, and the end of an execution.
//
// Package access ends what the sweep decides.
package sweep
