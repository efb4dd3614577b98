package sdk

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// Says returns an error of a call in one line: the call, and what AWS answered.
func Says(err error) string {
	op, ok := errors.AsType[*smithy.OperationError](err)
	if !ok {
		return oneLine(err)
	}
	what := strings.ToLower(op.Service()) + " " + op.Operation() + ": "
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		message := strings.Join(strings.Fields(api.ErrorMessage()), " ")
		if message == "UnknownError" { // the SDK's, where AWS gives none
			message = ""
		}
		return what + strings.TrimSuffix(api.ErrorCode()+": "+message, ": ")
	}
	if status := statusOf(err); status != 0 {
		return what + fmt.Sprintf("%d %s", status, http.StatusText(status))
	}
	return what + "no answer from AWS: " + oneLine(op.Err)
}

// IsMissing reports whether AWS said that the resource does not exist.
func IsMissing(err error) bool {
	switch codeOf(err) {
	case "NoSuchEntity", "ResourceNotFoundException", "ResourceNotFound", "StateMachineDoesNotExist", "NotFound", "NotFoundException",
		"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
		return true
	}
	return false
}

// IsDenied reports whether the credentials have expired, or may not make the call.
func IsDenied(err error) bool {
	status, code := statusOf(err), codeOf(err)
	return status == http.StatusForbidden || status == http.StatusUnauthorized ||
		strings.HasPrefix(code, "AccessDenied") || strings.HasPrefix(code, "ExpiredToken")
}

// IsUnavailable reports whether AWS did not answer, or answered with a 5xx.
func IsUnavailable(err error) bool {
	_, asked := errors.AsType[*smithy.OperationError](err)
	status := statusOf(err)
	return asked && codeOf(err) == "" && (status == 0 || status >= http.StatusInternalServerError) || status >= http.StatusInternalServerError
}

func codeOf(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

func statusOf(err error) int {
	if r, ok := errors.AsType[*awshttp.ResponseError](err); ok && r.Response != nil && r.Response.Response != nil {
		return r.HTTPStatusCode()
	}
	return 0
}
