// Command console serves the page for people. It has no right to any data.
package main

import (
	"context"
	"encoding/base64"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"curfew/shared/console"
)

func main() {
	s, err := console.New(console.FromEnvironment(os.Getenv))
	if err != nil {
		log.Fatal(err)
	}
	lambda.Start(func(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		a := s.Answer(console.Request{Method: e.RequestContext.HTTP.Method, Path: e.RawPath, Tags: e.Headers["if-none-match"], Encodings: e.Headers["accept-encoding"]})
		return events.APIGatewayV2HTTPResponse{StatusCode: a.Status, Headers: a.Header, Body: base64.StdEncoding.EncodeToString(a.Body), IsBase64Encoded: true}, nil
	})
}
