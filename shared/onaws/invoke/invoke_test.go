package invoke_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/onaws/invoke"
	"curfew/shared/record"
)

// Each order is sent to its function, asynchronously and signed; a failed call is an error.
func TestOrdersAsTheyAreSent(t *testing.T) {
	order := access.Order{ID: "01k1", Principal: "arn:aws:iam::111122223333:role/engineer", By: "ttl", OrderedAt: record.Instant(time.Now())}
	for _, c := range []struct {
		name, code string // of the error; "lost": no answer
		want       fault.Kind
	}{
		{"taken", "", ""},
		{"a lost answer", "lost", fault.Transient},
		{"throttled", "TooManyRequestsException", fault.Transient},
		{"no such function", "ResourceNotFoundException", fault.Internal},
		{"it may not be invoked", "AccessDeniedException", fault.Internal},
	} {
		t.Run(c.name, func(t *testing.T) {
			paths := make(chan string, 9)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				var got access.Order
				err := json.NewDecoder(r.Body).Decode(&got)
				if err != nil || got != order || r.Method != http.MethodPost || r.Header.Get("X-Amz-Invocation-Type") != "Event" || r.Header.Get("Authorization") == "" {
					t.Errorf("got %s %s %v %+v (%v), want the order, asynchronously and signed", r.Method, r.URL, r.Header, got, err)
				}
				paths <- r.URL.EscapedPath()
				switch c.code {
				case "":
					w.WriteHeader(http.StatusAccepted)
				case "lost":
					panic(http.ErrAbortHandler)
				default:
					w.Header().Set("X-Amzn-ErrorType", c.code)
					w.WriteHeader(http.StatusBadRequest)
				}
			}))
			defer server.Close()
			cfg := aws.Config{
				Region: "us-east-1", BaseEndpoint: &server.URL, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
				Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", ""),
			}
			for function, give := range map[string]func(context.Context, access.Order) error{
				"curfew-revoke":  invoke.New(cfg, onaws.OrdersConfig{RevokeFunction: "curfew-revoke"}).Revoke,
				"curfew-contain": invoke.NewContainments(cfg, onaws.ContainmentsConfig{ContainFunction: "curfew-contain"}).Contain,
			} {
				err, path := give(t.Context(), order), <-paths
				if fault.KindOf(err) != c.want || path != "/2015-03-31/functions/"+function+"/invocations" {
					t.Errorf("%s: error = %v (%s), sent to %s, want kind %q", function, err, fault.KindOf(err), path, c.want)
				}
			}
		})
	}
	if invoke.NewContainments(aws.Config{}, onaws.ContainmentsConfig{}) != nil {
		t.Error("without a function there is something to order")
	}
}
