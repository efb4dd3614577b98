package doctor

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// askCloudTrail makes one call in CloudTrail's protocol, JSON 1.1. Two calls are not worth a client of the SDK.
func (r *round) askCloudTrail(ctx context.Context, action string, in, out any) error {
	failed := func(err error) error {
		return &smithy.OperationError{ServiceID: "CloudTrail", OperationName: action, Err: err}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://cloudtrail."+r.Region+".amazonaws.com/", bytes.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Content-Type", "application/x-amz-json-1.1")
	q.Header.Set("X-Amz-Target", "CloudTrail_20131101."+action)
	keys, err := r.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return failed(err)
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, q, hex.EncodeToString(sum[:]), "cloudtrail", r.Region, r.Now()); err != nil {
		return failed(err)
	}
	client := r.aws.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(q)
	if err != nil {
		return failed(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil {
		return failed(err)
	}
	if answer.StatusCode != http.StatusOK {
		var wrong struct {
			Type    string `json:"__type"`
			Message string
		}
		_ = json.Unmarshal(text, &wrong) // else the status is all that is known
		code := wrong.Type[strings.LastIndexByte(wrong.Type, '#')+1:]
		if code == "" {
			code = answer.Status
		}
		return failed(&smithy.GenericAPIError{Code: code, Message: wrong.Message})
	}
	if err := json.Unmarshal(text, out); err != nil {
		return failed(err)
	}
	return nil
}
