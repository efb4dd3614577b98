// Package iamcall classifies errors and records calls. Real and in-memory IAM share it.
package iamcall
