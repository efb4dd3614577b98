package doctor

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"
)

// askCloudTrail makes one call in CloudTrail's protocol, JSON 1.1. Some calls are not worth a client of the SDK.
func (r *round) askCloudTrail(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "CloudTrail_20131101." + action}
	text, err := r.ask(ctx, "cloudtrail", header, body, func(text []byte) (code, message string) {
		var wrong struct {
			Type    string `json:"__type"`
			Message string
		}
		_ = json.Unmarshal(text, &wrong) // else the status is all that is known
		return wrong.Type[strings.LastIndexByte(wrong.Type, '#')+1:], wrong.Message
	})
	if err == nil {
		err = json.Unmarshal(text, out)
	}
	if err != nil {
		return &smithy.OperationError{ServiceID: "CloudTrail", OperationName: action, Err: err}
	}
	return nil
}

// describeStack makes one call in CloudFormation's protocol, Query.
func (r *round) describeStack(ctx context.Context, name string) (stack, error) {
	body := url.Values{"Action": {"DescribeStacks"}, "Version": {"2010-05-15"}, "StackName": {name}}.Encode()
	header := map[string]string{"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
	text, err := r.ask(ctx, "cloudformation", header, []byte(body), func(text []byte) (code, message string) {
		var wrong struct {
			Error struct{ Code, Message string }
		}
		_ = xml.Unmarshal(text, &wrong) // else the status is all that is known
		return wrong.Error.Code, wrong.Error.Message
	})
	var out struct {
		Stacks []stack `xml:"DescribeStacksResult>Stacks>member"`
	}
	if err == nil {
		err = xml.Unmarshal(text, &out)
	}
	if err == nil && len(out.Stacks) != 1 {
		err = errors.New("the answer has no stack")
	}
	if err != nil {
		return stack{}, &smithy.OperationError{ServiceID: "CloudFormation", OperationName: "DescribeStacks", Err: err}
	}
	return out.Stacks[0], nil
}

// ask returns the answer to a signed POST. code reads an error.
func (r *round) ask(ctx context.Context, service string, header map[string]string, body []byte, code func([]byte) (code, message string)) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+service+"."+r.Region+".amazonaws.com/", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, value := range header {
		q.Header.Set(name, value)
	}
	keys, err := r.aws.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, keys, q, hex.EncodeToString(sum[:]), service, r.Region, r.Now()); err != nil {
		return nil, err
	}
	client := r.aws.HTTPClient
	if client == nil {
		client = http.DefaultClient
	}
	answer, err := client.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	if err != nil || answer.StatusCode == http.StatusOK {
		return text, err
	}
	name, message := code(text)
	return nil, &smithy.GenericAPIError{Code: cmp.Or(name, answer.Status), Message: message}
}
