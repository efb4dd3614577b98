package apigateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda/messages"

	"curfew/shared/httpapi"
	"curfew/shared/identity"
	"curfew/shared/onaws"
)

// object is part of an event.
type object = map[string]any

// newFunction returns a function with a readable log.
func newFunction(t *testing.T) (*onaws.Function, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	return &onaws.Function{
		Log:     onaws.NewLog(&out, "test"),
		Metrics: &onaws.Metrics{Out: &out, Installation: "curfew", Function: "test", Now: noon},
	}, &out
}

// restEvent is a REST API's event for a machine.
func restEvent(changed object) object {
	e := object{
		"resource": "/{proxy+}", "path": "/v1/me", "httpMethod": "GET",
		"headers":           object{"Accept": "*/*"},
		"multiValueHeaders": object{"Accept": []string{"*/*"}},
		"requestContext": object{
			"apiId": "abc", "stage": "v", "accountId": "111122223333",
			"identity": object{
				"accountId": "111122223333", "caller": "AROAEXAMPLE0000000001:run-7", "user": "AROAEXAMPLE0000000001:run-7",
				"userArn": "arn:aws:sts::111122223333:assumed-role/backup-runner/run-7", "sourceIp": "192.0.2.1",
			},
		},
		"isBase64Encoded": false,
	}
	maps.Copy(e, changed)
	return e
}

// withIdentity is a REST API's event with another identity.
func withIdentity(identity any) object {
	return restEvent(object{"requestContext": object{"stage": "v", "identity": identity}})
}

// httpEvent is an HTTP API's event for a person with this token.
func httpEvent(token string, jwtClaims any, changed object) object {
	e := object{
		"version": "2.0", "routeKey": "ANY /{proxy+}", "rawPath": "/v1/me", "rawQueryString": "",
		"headers": object{"authorization": "Bearer " + token},
		"requestContext": object{
			"stage": "$default", "http": object{"method": "GET", "path": "/v1/me"},
			"authorizer": object{"jwt": object{"claims": jwtClaims, "scopes": nil}},
		},
		"isBase64Encoded": false,
	}
	maps.Copy(e, changed)
	return e
}

// echo returns the caller and the request.
func echo(w http.ResponseWriter, r *http.Request) {
	c, err := Caller(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	b, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Add("X-Two", "a")
	w.Header().Add("X-Two", "b")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(object{
		"caller": c, "method": r.Method, "path": r.URL.Path, "query": r.URL.RawQuery, "body": string(b), "keys": r.Header.Values("Idempotency-Key"),
	})
}

// echoAnswer is echo's answer.
type echoAnswer struct {
	Caller                    identity.Caller
	Method, Path, Query, Body string
	Keys                      []string
}

// send calls a function and reads its answer as the API does.
func send(t *testing.T, d Authorizers, event object) (answer events.APIGatewayV2HTTPResponse, said echoAnswer, err error) {
	t.Helper()
	f, _ := newFunction(t)
	payload, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := d.Handler(f, http.HandlerFunc(echo)).Invoke(t.Context(), payload)
	if err != nil {
		return answer, said, err
	}
	if err := json.Unmarshal(raw, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Body != "" && answer.StatusCode == http.StatusCreated {
		if err := json.Unmarshal([]byte(answer.Body), &said); err != nil {
			t.Fatal(err)
		}
	}
	return answer, said, nil
}

func machines(context.Context, string) ([]string, error) { return []string{"backup"}, nil }

func TestAMachineIsWhomIAMNamed(t *testing.T) {
	for name, c := range map[string]struct {
		identity object
		want     identity.Caller
	}{
		"a role's session": {
			object{"caller": "AROAEXAMPLE0000000001:run-7", "user": "AROAEXAMPLE0000000001:run-7", "userArn": "arn:aws:sts::111122223333:assumed-role/backup-runner/run-7"},
			identity.Caller{ID: "machine:AROAEXAMPLE0000000001", Kind: identity.Machine, Name: "run-7", ARN: "arn:aws:iam::111122223333:role/backup-runner", Groups: []string{"backup"}},
		},
		"a user": {
			object{"caller": "AIDAEXAMPLE0000000001", "user": "AIDAEXAMPLE0000000001", "userArn": "arn:aws:iam::111122223333:user/ci/builder"},
			identity.Caller{ID: "machine:AIDAEXAMPLE0000000001", Kind: identity.Machine, Name: "builder", ARN: "arn:aws:iam::111122223333:user/ci/builder", Groups: []string{"backup"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, said, err := send(t, Authorizers{Groups: machines}, withIdentity(c.identity))
			if err != nil || !reflect.DeepEqual(said.Caller, c.want) {
				t.Errorf("caller = %+v, %v, want %+v", said.Caller, err, c.want)
			}
		})
	}
}

func TestMachinesThatNobodyNamed(t *testing.T) {
	role := "arn:aws:sts::111122223333:assumed-role/backup-runner/run-7"
	for name, identity := range map[string]any{
		"no identity":             nil,
		"an empty one":            object{},
		"an address only":         object{"sourceIp": "192.0.2.1"},
		"an ARN only":             object{"userArn": role},
		"user and caller differ":  object{"caller": "AROAEXAMPLE0000000002:run-7", "user": "AROAEXAMPLE0000000001:run-7", "userArn": role},
		"sessions differ":         object{"caller": "AROAEXAMPLE0000000001:ana", "user": "AROAEXAMPLE0000000001:ana", "userArn": role},
		"a role's id for a user":  object{"caller": "AROAEXAMPLE0000000001", "user": "AROAEXAMPLE0000000001", "userArn": "arn:aws:iam::111122223333:user/ana"},
		"a user's id for a role":  object{"caller": "AIDAEXAMPLE0000000001", "user": "AIDAEXAMPLE0000000001", "userArn": role},
		"root":                    object{"caller": "111122223333", "user": "111122223333", "userArn": "arn:aws:iam::111122223333:root"},
		"a federated user":        object{"caller": "111122223333:ana", "user": "111122223333:ana", "userArn": "arn:aws:sts::111122223333:federated-user/ana"},
		"a role that is no ARN":   object{"caller": "AROAEXAMPLE0000000001:run-7", "user": "AROAEXAMPLE0000000001:run-7", "userArn": "backup-runner"},
		"an ARN with another end": object{"caller": "AROAEXAMPLE0000000001:run-7", "user": "AROAEXAMPLE0000000001:run-7", "userArn": role + "/x"},
	} {
		t.Run(name, func(t *testing.T) {
			answer, _, err := send(t, Authorizers{Groups: machines}, withIdentity(identity))
			if err != nil || answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("status = %d, %v, want 401", answer.StatusCode, err)
			}
		})
	}
}

func TestAPersonIsWhomTheTokenNames(t *testing.T) {
	i := newIssuer(t)
	d := Authorizers{Tokens: i.tokens(noon), Groups: machines}
	ana := object{"iss": i.url, "sub": "0001", "groups": "[operators]"}
	_, said, err := send(t, d, httpEvent(i.signed(t, nil), ana, nil))
	want := identity.Caller{
		ID: identity.PersonID(i.url, "0001"), Kind: identity.Person, Name: "ana", Groups: []string{"engineers", "org:team/a"}, MFA: true,
	}
	if err != nil || !reflect.DeepEqual(said.Caller, want) {
		t.Errorf("caller = %+v, %v, want %+v: the groups of the token and not the gateway's", said.Caller, err, want)
	}

	for name, event := range map[string]object{
		"another subject passed":    httpEvent(i.signed(t, nil), object{"iss": i.url, "sub": "0002"}, nil),
		"another issuer passed":     httpEvent(i.signed(t, nil), object{"iss": "https://id.example.com", "sub": "0001"}, nil),
		"no claims passed":          httpEvent(i.signed(t, nil), nil, nil),
		"the token is not good":     httpEvent("a.b.c", ana, nil),
		"no token":                  httpEvent("", ana, object{"headers": object{}}),
		"a token of another scheme": httpEvent("", ana, object{"headers": object{"authorization": "Basic " + i.signed(t, nil)}}),
		"two tokens":                httpEvent("", ana, object{"headers": object{"authorization": "Bearer " + i.signed(t, nil) + ",Bearer x"}}),
		"no authorizer": httpEvent(i.signed(t, nil), ana, object{
			"requestContext": object{"stage": "$default", "http": object{"method": "GET"}},
		}),
	} {
		t.Run(name, func(t *testing.T) {
			answer, _, err := send(t, d, event)
			if err != nil || answer.StatusCode != http.StatusUnauthorized {
				t.Errorf("status = %d, %v, want 401", answer.StatusCode, err)
			}
		})
	}

	t.Run("no door for people", func(t *testing.T) {
		answer, _, err := send(t, Authorizers{Groups: machines}, httpEvent(i.signed(t, nil), ana, nil))
		if err != nil || answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("status = %d, %v, want 401", answer.StatusCode, err)
		}
	})
}

func TestEventsOfNoDoor(t *testing.T) {
	identity := restEvent(nil)["requestContext"].(object)["identity"]
	person := object{"jwt": object{"claims": object{"sub": "0001"}}}
	for name, event := range map[string]object{
		"nothing":                       {},
		"a call of another kind":        {"id": "01k6", "verb": "ask"},
		"both doors":                    httpEvent("x", nil, object{"requestContext": object{"http": object{"method": "GET"}, "identity": identity, "authorizer": person}}),
		"a REST event with a token":     restEvent(object{"requestContext": object{"identity": identity, "authorizer": person}}),
		"a REST event with http":        restEvent(object{"requestContext": object{"identity": identity, "http": object{"method": "GET"}}}),
		"payload format 1.0":            restEvent(object{"version": "1.0"}),
		"both methods":                  httpEvent("x", nil, object{"httpMethod": "GET"}),
		"an HTTP API with IAM":          httpEvent("x", nil, object{"requestContext": object{"http": object{"method": "GET"}, "authorizer": object{"iam": object{"userId": "AROAEXAMPLE0000000001:x"}}}}),
		"an HTTP API with a function's": httpEvent("x", nil, object{"requestContext": object{"http": object{"method": "GET"}, "authorizer": object{"lambda": object{"sub": "0001"}}}}),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := send(t, Authorizers{Groups: machines}, event)
			if named, _ := err.(messages.InvokeResponse_Error); named.Type != "Denied" {
				t.Errorf("error = %v, want Denied", err)
			}
		})
	}
}

func TestWhatArrivesIsWhatWasSent(t *testing.T) {
	i := newIssuer(t)
	d := Authorizers{Tokens: i.tokens(noon), Groups: machines}
	ana := object{"iss": i.url, "sub": "0001"}
	stage := func(stage, path string) object {
		return httpEvent(i.signed(t, nil), ana, object{"rawPath": path, "requestContext": object{
			"stage": stage, "http": object{"method": "POST"}, "authorizer": object{"jwt": object{"claims": ana}},
		}})
	}
	for name, c := range map[string]struct {
		event object
		want  echoAnswer
	}{
		"a REST API": {
			restEvent(object{"httpMethod": "POST", "path": "/v1/elevations", "body": `{"a":1}`,
				"multiValueHeaders":               object{"idempotency-key": []string{"k"}, "Idempotency-Key": []string{"k"}},
				"multiValueQueryStringParameters": object{"state": []string{"a b", "c&d"}}}),
			echoAnswer{Method: "POST", Path: "/v1/elevations", Query: "state=a+b&state=c%26d", Body: `{"a":1}`, Keys: []string{"k", "k"}},
		},
		"a body in base64":       {restEvent(object{"body": base64.StdEncoding.EncodeToString([]byte("é")), "isBase64Encoded": true}), echoAnswer{Method: "GET", Path: "/v1/me", Body: "é"}},
		"an HTTP API":            {httpEvent(i.signed(t, nil), ana, object{"rawQueryString": "a=%26", "body": "{}"}), echoAnswer{Method: "GET", Path: "/v1/me", Query: "a=%26", Body: "{}"}},
		"a stage with a name":    {stage("v", "/v/v1/me"), echoAnswer{Method: "POST", Path: "/v1/me"}},
		"a stage that is not":    {stage("v", "/v1/me"), echoAnswer{Method: "POST", Path: "/v1/me"}},
		"the stage alone":        {stage("v", "/v"), echoAnswer{Method: "POST"}},
		"an encoded slash":       {stage("$default", "/v1/elevations/a%2Fb"), echoAnswer{Method: "POST", Path: "/v1/elevations/a%2Fb"}},
		"a question in the path": {stage("$default", "/v1/me?x"), echoAnswer{Method: "POST", Path: "/v1/me?x"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer, said, err := send(t, d, c.event)
			if err != nil || answer.StatusCode != http.StatusCreated {
				t.Fatalf("status = %d, %v: %s", answer.StatusCode, err, answer.Body)
			}
			said.Caller = identity.Caller{}
			if !reflect.DeepEqual(said, c.want) {
				t.Errorf("arrived %+v, want %+v", said, c.want)
			}
		})
	}
}

func TestAnswersKeepTheirHeaders(t *testing.T) {
	i := newIssuer(t)
	d := Authorizers{Tokens: i.tokens(noon), Groups: machines}
	rest, _, err := send(t, d, restEvent(nil))
	if err != nil || !reflect.DeepEqual(rest.MultiValueHeaders["X-Two"], []string{"a", "b"}) || rest.IsBase64Encoded {
		t.Errorf("REST answer = %+v, %v, want both values of X-Two, and text", rest, err)
	}
	http2, _, err := send(t, d, httpEvent(i.signed(t, nil), object{"iss": i.url, "sub": "0001"}, nil))
	if err != nil || http2.Headers["X-Two"] != "a, b" || http2.IsBase64Encoded {
		t.Errorf("HTTP answer = %+v, %v, want both values of X-Two, and text", http2, err)
	}
	head, _, err := send(t, d, restEvent(object{"httpMethod": "HEAD"}))
	if err != nil || head.StatusCode != http.StatusCreated || head.Body != "" {
		t.Errorf("HEAD answer = %+v, %v, want no body", head, err)
	}
}

func TestTheAPIBehindTheDoors(t *testing.T) {
	f, out := newFunction(t)
	svc := f.Service(onaws.InstallationConfig{Name: "curfew"})
	h := Authorizers{Groups: machines}.Handler(f, httpapi.API(svc, Caller, f.Log))
	for name, c := range map[string]struct {
		event object
		want  int
	}{
		"who am I":             {restEvent(nil), http.StatusOK},
		"a body over its size": {restEvent(object{"httpMethod": "POST", "path": "/v1/elevations", "multiValueHeaders": object{"Content-Type": []string{"application/json"}}, "body": strings.Repeat(" ", 1<<20)}), http.StatusRequestEntityTooLarge},
		"not base64":           {restEvent(object{"body": "%", "isBase64Encoded": true}), 0},
		"nowhere":              {restEvent(object{"path": "/v1/../v1/me"}), http.StatusNotFound},
		"nobody":               {withIdentity(object{}), http.StatusUnauthorized},
		"open to anybody":      {restEvent(object{"path": "/v1/openapi.json", "requestContext": object{}}), http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			payload, err := json.Marshal(c.event)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := h.Invoke(t.Context(), payload)
			if c.want == 0 {
				if named, _ := err.(messages.InvokeResponse_Error); named.Type != "Invalid" {
					t.Fatalf("error = %v, want Invalid", err)
				}
				return
			}
			var got events.APIGatewayProxyResponse
			if err := json.Unmarshal(raw, &got); err != nil || got.StatusCode != c.want {
				t.Errorf("status = %d, %v, want %d: %s", got.StatusCode, err, c.want, got.Body)
			}
		})
	}
	if !bytes.Contains(out.Bytes(), []byte(`"Kind":"unauthenticated"`)) {
		t.Errorf("no error of kind unauthenticated was counted: %s", out)
	}
}

func TestABasePathOfACustomDomainIsNoPartOfTheRoute(t *testing.T) {
	d := Authorizers{Groups: machines}
	for path, want := range map[string]string{"/v1/me": "/v1/me", "/ops/v1/me": "/v1/me", "/ops/live/v1/me": "/v1/me", "/v1/other": "/v1/other"} {
		_, said, err := send(t, d, restEvent(object{"path": path, "pathParameters": object{"proxy": "v1/me"}}))
		if err != nil || said.Path != want {
			t.Errorf("%s: %q, %v, want %s", path, said.Path, err, want)
		}
	}
}
