package contain

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"curfew/shared/access"
	"curfew/shared/fault"
	"curfew/shared/onaws"
)

func TestOrderToContainAsItIsSent(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		want   fault.Kind
	}{{"taken", http.StatusAccepted, ""}, {"not allowed", http.StatusForbidden, fault.Internal}} {
		t.Run(c.name, func(t *testing.T) {
			order := access.Order{ID: "01k1", Principal: "arn:aws:iam::111122223333:role/engineer", By: "revoke"}
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				var got access.Order
				err := json.NewDecoder(r.Body).Decode(&got)
				if err != nil || got != order || r.Method != http.MethodPost || r.URL.EscapedPath() != "/2015-03-31/functions/curfew-contain/invocations" ||
					r.Header.Get("X-Amz-Invocation-Type") != "Event" || r.Header.Get("Authorization") == "" {
					t.Errorf("got %s %s %v %+v (%v), want the order, asynchronously and signed", r.Method, r.URL, r.Header, got, err)
				}
				if c.status >= 400 {
					w.Header().Set("X-Amzn-ErrorType", "AccessDeniedException")
				}
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "secret", "")}
			err := New(cfg, onaws.ContainmentsConfig{ContainFunction: "curfew-contain"}).Contain(t.Context(), order)
			if fault.KindOf(err) != c.want || asked != 1 {
				t.Errorf("Contain = %v after %d calls, want kind %q", err, asked, c.want)
			}
		})
	}
	if New(aws.Config{}, onaws.ContainmentsConfig{}) != nil {
		t.Error("without a function there is something to order")
	}
}
