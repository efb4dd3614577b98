// Package iamcall parses ARNs, names actions, classifies errors and records calls. Real and in-memory IAM share it.
package iamcall
