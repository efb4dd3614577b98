package onaws

import (
	"errors"

	"github.com/aws/smithy-go"

	"curfew/shared/fault"
)

// ErrorCode is the code of an error of AWS, as "NoSuchEntity"; empty if err is none of its errors.
func ErrorCode(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// CallError gives an error of the services behind a Workflow or a Notifier its kind, and says what was being done; nil
// stays nil. What is not known may have taken effect. What is not there, or may not be called, is a fault of the
// installation.
func CallError(doing string, err error) error {
	if err == nil {
		return nil
	}
	kind := fault.Transient
	switch ErrorCode(err) {
	case "InvalidName", "InvalidExecutionInput", "InvalidArn", "InvalidRequestContentException", "RequestTooLargeException", "InvalidMessageContents":
		kind = fault.Invalid
	case "StateMachineDoesNotExist", "StateMachineDeleting", "ResourceNotFoundException", "AccessDeniedException", "AccessDenied",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "NotFound", "AuthorizationError":
		kind = fault.Internal
	}
	return &fault.Error{Kind: kind, Text: doing + ": " + err.Error(), Err: err}
}
