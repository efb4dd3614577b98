package functions_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"curfew/shared/onaws/lambdatest"
)

// startRefusingAWS is an AWS that answers every call with one error, which is not retried.
func startRefusingAWS(t *testing.T, code, message string) (url string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, body := "application/x-amz-json-1.0", fmt.Sprintf(`{"__type":"com.amazon.coral.service#%s","message":%q}`, code, message)
		if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") { // IAM and STS
			kind, body = "text/xml", "<ErrorResponse><Error><Code>"+code+"</Code><Message>"+message+"</Message></Error></ErrorResponse>"
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(body)))) // DynamoDB's answers bear it
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// verbs returns the log lines about verbs.
func verbs(t *testing.T, p *lambdatest.Process) []map[string]any {
	t.Helper()
	var all []map[string]any
	for _, text := range p.Lines() {
		var l map[string]any
		if json.Unmarshal([]byte(text), &l) == nil && l["verb"] != nil {
			all = append(all, l)
		}
	}
	return all
}

// checkRefusals: a missing resource or permission is one line with the call, the function and AWS's text. The caller
// learns only that there is a fault.
func checkRefusals(t *testing.T, d dist) {
	const id = "01k6s3v0w8q2m4n6p8r0t2v4x6"
	order := fmt.Sprintf(`{"id":%q,"account":"111122223333","principal":"arn:aws:iam::111122223333:role/engineer","by":"ttl","ordered_at":"2026-01-01T00:00:00Z"}`, id)
	const absent, denied = "Requested resource not found", "User: arn:aws:sts::111122223333:assumed-role/curfew/curfew is not authorized to perform it"
	for _, c := range []struct {
		name, function, event string
		code, message         string
		kind, call            string
	}{
		{"a missing table, of grant", "grant", `{"id":"` + id + `","execution":"x"}`, "ResourceNotFoundException", absent, "Internal", "DynamoDB: BatchGetItem"},
		{"a missing table, of wait", "wait", `{"verb":"ask","id":"` + id + `","token":"secret"}`, "ResourceNotFoundException", absent, "Internal", "DynamoDB: PutItem"},
		{"a denied read, of contain", "contain", order, "AccessDeniedException", denied, "Internal", "DynamoDB: Query"},
		{"a denied write, of wait", "wait", `{"verb":"ask","id":"` + id + `","token":"secret"}`, "AccessDeniedException", denied, "Internal", "DynamoDB: PutItem"},
		{"a denied look, of revoke", "revoke", order, "AccessDenied", denied, "Denied", "IAM: GetRolePolicy"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := d.start(t, c.function, "AWS_ENDPOINT_URL="+startRefusingAWS(t, c.code, c.message))
			a := ask(t, p, c.event)
			if a.ErrorType != c.kind || c.kind == "Internal" && strings.Contains(a.ErrorMessage, c.code) {
				t.Errorf("answer = %+v, want an error of type %s that tells nothing of a fault", a, c.kind)
			}
			lines := verbs(t, p)
			if len(lines) != 1 {
				t.Fatalf("%d lines of verbs, want one:\n%s", len(lines), strings.Join(p.Lines(), "\n"))
			}
			text := fmt.Sprint(lines[0]["error"])
			if lines[0]["function"] != c.function || lines[0]["elevation"] != id || lines[0]["kind"] != c.kind {
				t.Errorf("line = %v, want it to name the function, the elevation and the kind %s", lines[0], c.kind)
			}
			for _, want := range []string{c.call, c.code, c.message} {
				if !strings.Contains(text, want) {
					t.Errorf("error = %q, want it to say %q", text, want)
				}
			}
			if strings.Contains(strings.Join(p.Lines(), "\n"), "secret") {
				t.Error("the log holds a task token")
			}
		})
	}
}
