// Package iamcall is what a call to IAM means, for every sender: ARNs taken apart, the names of actions, the kinds of errors,
// and the calls of a receipt. The Cloud on AWS and the one in memory use it, so that they cannot differ in it.
package iamcall
