package onaws

import (
	"errors"

	"github.com/aws/smithy-go"

	"curfew/shared/fault"
)

// ErrorCode returns AWS's error code, such as "NoSuchEntity"; empty: the error is not AWS's.
func ErrorCode(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// CallError gives an error of a Workflow's or Notifier's service its kind; nil stays nil. Unknown errors are Transient:
// the call may have taken effect. Missing resources or permissions are Internal.
func CallError(doing string, err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Transient
	switch ErrorCode(err) {
	case "InvalidName", "InvalidExecutionInput", "InvalidArn", "InvalidRequestContentException", "RequestTooLargeException", "InvalidMessageContents":
		kind = fault.Invalid
	case "StateMachineDoesNotExist", "StateMachineDeleting", "ResourceNotFoundException", "AccessDeniedException", "AccessDenied",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "AuthorizationError",
		"InvalidAccessException": // Security Hub is off
		kind = fault.Internal
	}
	return &fault.Error{Kind: kind, Text: doing + ": " + err.Error(), Err: err}
}

// S3Error is [CallError] of a call of S3. NotFound: no such object or version.
func S3Error(doing string, err error) error {
	switch ErrorCode(err) {
	case "NoSuchKey", "NoSuchVersion":
		return fault.Errorf(fault.NotFound, "%s: %w", doing, err)
	case "NoSuchBucket", "PermanentRedirect", "KMS.DisabledException", "KMS.NotFoundException":
		return fault.Errorf(fault.Internal, "%s: %w", doing, err)
	}
	return CallError(doing, err)
}
