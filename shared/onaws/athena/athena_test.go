package athena

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/audit/queries"
	"curfew/shared/backoff"
	"curfew/shared/fault"
)

// service is Athena's API over HTTP: each operation gives its answers in order, and then the last again.
type service struct {
	answers map[string][]string
	calls   []string
	bodies  map[string]map[string]any
}

func (s *service) Do(r *http.Request) (*http.Response, error) {
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	s.calls = append(s.calls, operation)
	b, _ := io.ReadAll(r.Body)
	var body map[string]any
	if err := json.Unmarshal(b, &body); err != nil {
		return nil, err
	}
	s.bodies[operation] = body
	all := s.answers[operation]
	if len(all) == 0 {
		return nil, errors.New("connection reset")
	}
	answer := all[0]
	if len(all) > 1 {
		s.answers[operation] = all[1:]
	}
	status, header := http.StatusOK, http.Header{"Content-Type": {"application/x-amz-json-1.1"}}
	if strings.Contains(answer, "__type") {
		status = http.StatusBadRequest
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(answer))}, nil
}

func engine(answers map[string][]string) (*service, *Engine) {
	s := &service{answers: answers, bodies: map[string]map[string]any{}}
	return s, New(aws.Config{
		Region: "eu-central-1", HTTPClient: s, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKIAEXAMPLE", SecretAccessKey: "x"}, nil
		}),
	}, "my-curfew")
}

var held = queries.Query{Name: "held", Text: "-- Who held what.\n-- ? account text: the account\nSELECT a FROM b\nWHERE account = ? AND n > ?\n"}

const (
	started = `{"QueryExecutionId":"q1"}`
	columns = `"ResultSetMetadata":{"ColumnInfo":[{"Name":"who","Type":"varchar"},{"Name":"n","Type":"bigint"},{"Name":"part","Type":"double"}]}`
	header  = `{"Data":[{"VarCharValue":"who"},{"VarCharValue":"n"},{"VarCharValue":"part"}]}`
)

func execution(state, more string) string {
	return `{"QueryExecution":{"QueryExecutionId":"q1","Statistics":{"DataScannedInBytes":1234},"Status":{"State":"` + state + `"` + more + `}}}`
}

func TestRowsOfAllPagesHaveTheTypesOfTheirColumns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := engine(map[string][]string{
			"StartQueryExecution": {started}, "GetQueryExecution": {execution("QUEUED", ""), execution("RUNNING", ""), execution("SUCCEEDED", "")},
			"GetQueryResults": {
				`{"NextToken":"more","ResultSet":{"Rows":[` + header + `,{"Data":[{"VarCharValue":"ann"},{"VarCharValue":"9007199254740993"},{"VarCharValue":"0.5"}]}],` + columns + `}}`,
				`{"ResultSet":{"Rows":[{"Data":[{},{},{}]},{"Data":[{"VarCharValue":""},{"VarCharValue":"-1"},{}]}],` + columns + `}}`,
			},
		})
		got, err := e.Run(t.Context(), held, []queries.Value{"o'neil\\", int64(7)})
		want := queries.Result{Columns: []string{"who", "n", "part"}, Bytes: 1234, Rows: [][]queries.Value{{"ann", int64(9007199254740993), 0.5}, {nil, nil, nil}, {"", int64(-1), nil}}}
		if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
			t.Errorf("%#v, %v", got, err)
		}
		start := s.bodies["StartQueryExecution"]
		if p := fmt.Sprint(start["ExecutionParameters"]); p != `['o''neil\' 7]` || start["WorkGroup"] != "my-curfew-audit" || fmt.Sprint(start["QueryExecutionContext"]) != "map[Database:my_curfew_audit]" {
			t.Errorf("%v", start)
		}
		if text := start["QueryString"]; text != "SELECT a FROM b\nWHERE account = ? AND n > ?\n" {
			t.Errorf("the text has comments, with marks of parameters: %q", text)
		}
		if s.bodies["GetQueryResults"]["NextToken"] != "more" {
			t.Errorf("the second page was asked with %v", s.bodies["GetQueryResults"])
		}
	})
}

func TestAnAnswerWithoutRows(t *testing.T) {
	_, e := engine(map[string][]string{
		"StartQueryExecution": {started}, "GetQueryExecution": {execution("SUCCEEDED", "")}, "GetQueryResults": {`{"ResultSet":{"Rows":[` + header + `],` + columns + `}}`},
	})
	if got, err := e.Run(t.Context(), held, nil); err != nil || len(got.Rows) != 0 || len(got.Columns) != 3 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAFailedQuerySaysWhyAndWhatItRead(t *testing.T) {
	for _, c := range []struct {
		state, more string
		kind        fault.Kind
	}{
		{"FAILED", `,"StateChangeReason":"COLUMN_NOT_FOUND: line 1","AthenaError":{"ErrorCategory":2,"Retryable":false}`, fault.Internal},
		{"FAILED", `,"StateChangeReason":"GENERIC_INTERNAL_ERROR","AthenaError":{"ErrorCategory":1,"Retryable":true}`, fault.Transient},
		{"CANCELLED", `,"StateChangeReason":"Bytes scanned limit was exceeded"`, fault.Quota},
	} {
		_, e := engine(map[string][]string{"StartQueryExecution": {started}, "GetQueryExecution": {execution(c.state, c.more)}})
		_, err := e.Run(t.Context(), held, nil)
		if fault.KindOf(err) != c.kind || !strings.Contains(fmt.Sprint(err), "held "+strings.ToLower(c.state)+" after 1234 bytes: ") {
			t.Errorf("%s %s: %v %v", c.state, c.more, fault.KindOf(err), err)
		}
	}
}

// TestAQueryRanOnAfterItsCaller: what is not waited for would read on, and cost.
func TestAQueryRanOnAfterItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, e := engine(map[string][]string{"StartQueryExecution": {started}, "GetQueryExecution": {execution("RUNNING", "")}, "StopQueryExecution": {"{}"}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*backoff.Longest)
		defer cancel()
		_, err := e.Run(ctx, held, nil)
		if fault.KindOf(err) != fault.Transient || s.calls[len(s.calls)-1] != "StopQueryExecution" || s.bodies["StopQueryExecution"]["QueryExecutionId"] != "q1" {
			t.Errorf("%v after %v", err, s.calls)
		}
	})
}

func TestACallThatFails(t *testing.T) {
	const refused = `{"__type":"AccessDeniedException","Message":"no"}`
	for _, answers := range []map[string][]string{
		{"StartQueryExecution": {refused}},
		{"StartQueryExecution": {started}, "GetQueryExecution": {refused}, "StopQueryExecution": {"{}"}},
		{"StartQueryExecution": {started}, "GetQueryExecution": {execution("SUCCEEDED", "")}, "GetQueryResults": {refused}},
	} {
		_, e := engine(answers)
		if _, err := e.Run(t.Context(), held, nil); fault.KindOf(err) != fault.Internal {
			t.Errorf("%v: %v", answers, err)
		}
	}
	s, e := engine(nil)
	if _, err := e.Run(t.Context(), held, []queries.Value{nil}); fault.KindOf(err) != fault.Invalid || slices.Contains(s.calls, "StartQueryExecution") {
		t.Errorf("%v: a parameter without a value was sent", err)
	}
}
